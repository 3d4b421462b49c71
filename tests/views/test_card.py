"""What the card makes of its room."""

from datetime import UTC, datetime

from handlers.views.card import ALWAYS_SHOWN, card
from storage.cards import Decisions, Entry
from storage.partners import Partner
from storage.rules.lifecycle import Event, Status
from storage.schools import School, Transition
from tests.harness.slack.surfaces import reading

AT = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)
LINCOLN = Partner(
    id=1,
    slug="lincoln-usd",
    name="Lincoln Unified",
    timezone="America/Los_Angeles",
    channel="C0LINCOLN",
    admins=("U0ANA",),
    viewers=(),
    contact="",
    sync_cron=None,
    pause_windows=(),
    breaker={},
    source={"kind": "csv"},
    roster_version=1,
    created_at=AT,
    retired_at=None,
    new_source=False,
)


def entry(key: int, name: str, status: Status, event: Event) -> Entry:
    school = School(key, 1, f"s{key}", f"{key:04}", name, status, False, 3, AT, AT)
    last = Transition(
        key, school.id, 3, Status.ACTION_NEEDED, status, event, "U0ANA", "Ana", "slack", "", AT
    )
    return Entry(school, 12, last, unfreeze_asked=False, recreated=None)


def test_the_newest_decisions_are_shown_however_many_schools_wait() -> None:
    """Wherever the last school that fits happens to end, which the length of its name decides."""
    decided = [entry(100 + n, f"Frozen {n}", Status.FROZEN, Event.FROZEN) for n in range(9)]
    newest = [one.school.title for one in decided[-ALWAYS_SHOWN:]]
    for length in range(1, 90):
        waiting = [
            entry(n, "N" * length, Status.ACTION_NEEDED, Event.WENT_MISSING) for n in range(40)
        ]
        shown = card(Decisions(LINCOLN, [*waiting, *decided], AT, replaced=False, newer=None))
        read = reading("", shown.blocks)
        assert [title for title in newest if title not in read] == [], f"names of {length}"
