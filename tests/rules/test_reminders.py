"""When people are reminded: on working days, in daylight, once for each day that came."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.reminders import (
    OF_REQUESTS,
    OF_SCHOOLS,
    another_day,
    awake,
    digest_due,
    due,
)

LOS_ANGELES, KIRITIMATI = ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Kiritimati")
ZONES = st.sampled_from([LOS_ANGELES, KIRITIMATI, ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
SINCE = datetime(2026, 10, 7, 9, tzinfo=UTC)


def at(text: str, zone: ZoneInfo = LOS_ANGELES) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("local", "may"),
    [
        ("2026-10-07T07:59", False),
        ("2026-10-07T08:00", True),
        ("2026-10-07T17:59", True),
        ("2026-10-07T18:00", False),
        ("2026-10-09T12:00", True),
        ("2026-10-10T12:00", False),
        ("2026-10-11T12:00", False),
        ("2026-11-02T08:30", True),
    ],
)
def test_people_are_left_alone_at_night_and_at_the_weekend(local: str, may: bool) -> None:
    for zone in (LOS_ANGELES, KIRITIMATI):
        assert awake(at(local, zone), zone) is may


def test_a_school_is_due_on_each_of_its_days_once() -> None:
    told, days = None, []
    for hour in range(24 * 30):
        now = SINCE + timedelta(hours=hour)
        if (day := due(OF_SCHOOLS, SINCE, told, now)) is not None:
            days.append((day, hour))
            told = now
    assert days == [(3, 72), (7, 168), (14, 336)]


def test_what_came_while_nobody_could_be_told_is_due_once_and_as_the_last_of_it() -> None:
    assert due(OF_SCHOOLS, SINCE, None, SINCE + timedelta(days=10)) == 7
    told = SINCE + timedelta(days=10)
    assert due(OF_SCHOOLS, SINCE, told, SINCE + timedelta(days=11)) is None
    assert due(OF_SCHOOLS, SINCE, told, SINCE + timedelta(days=14)) == 14


@given(TIMES, st.integers(0, 400), st.integers(0, 400))
def test_nothing_is_due_right_after_people_were_told(
    since: datetime, first: int, then: int
) -> None:
    now = since + timedelta(days=first)
    assert due(OF_REQUESTS, since, now, now) is None
    again = due(OF_REQUESTS, since, now, now + timedelta(days=then))
    assert again is None or since + timedelta(days=again) > now


def test_the_gaps_of_a_request_never_shrink() -> None:
    gaps = [b - a for a, b in pairwise(OF_REQUESTS)]
    assert gaps == sorted(gaps)


@given(TIMES, ZONES)
def test_the_digest_is_due_on_a_monday_morning_of_the_last_seven_days(
    now: datetime, zone: ZoneInfo
) -> None:
    when = digest_due(now, zone)
    local = when.astimezone(zone)
    assert (local.weekday(), local.hour, local.minute) == (0, 8, 0)
    assert timedelta(0) <= now - when <= timedelta(days=7, hours=1)


def test_a_day_is_that_of_the_people() -> None:
    evening, morning = at("2026-10-07T17:30"), at("2026-10-08T08:00")
    assert another_day(morning, evening, LOS_ANGELES)
    assert not another_day(at("2026-10-07T17:59"), at("2026-10-07T08:00"), LOS_ANGELES)
    assert another_day(evening, None, LOS_ANGELES)
