"""The nights of a partner whose roster comes by OneRoster, in each of the five ways.

The real sync, a real database, and a server on loopback.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.rosters import rest
from bot.rosters.rest import Web
from bot.settings import Settings
from tests.rosters.standins.nights import Nights, nights
from tests.rosters.standins.oneroster import (
    KEY,
    PARTNER_KEY,
    SECRET,
    USER,
    ClassLink,
    Fault,
    OneRoster,
    body,
    empty,
    fails,
    html,
    school,
    without_envelope,
)


def _directly(service: OneRoster) -> dict[str, Any]:
    pair = {"client_id": KEY, "client_secret": "${ONEROSTER_SECRET}"}
    return {"kind": "classlink", "url": service.url, **pair}


WAYS: dict[str, tuple[Callable[[], OneRoster], Callable[[Any], dict[str, Any]]]] = {
    "oneroster 1.1 oauth1": (lambda: OneRoster("1.1", "oauth1"), OneRoster.source),
    "oneroster 1.1 oauth2": (lambda: OneRoster("1.1", "oauth2"), OneRoster.source),
    "oneroster 1.2 oauth2": (lambda: OneRoster("1.2", "oauth2"), OneRoster.source),
    "classlink through its proxy": (ClassLink, ClassLink.source),
    "classlink directly": (lambda: OneRoster("1.1", "oauth1"), _directly),
}


@dataclass
class Lincoln:
    """Three schools and their staff, as the service has them tonight."""

    service: OneRoster
    nights: Nights

    def night(self) -> tuple[str, str | None]:
        """The outcome and the cause of the next night."""
        run = self.nights.night().run
        assert run is not None
        return run.outcome or "", run.cause

    @property
    def statuses(self) -> dict[str, str]:
        return self.nights.stored()[0]

    @property
    def people(self) -> dict[str, tuple[str, ...]]:
        return self.nights.stored()[1]

    def lose(self, *ids: str) -> None:
        self.service.schools = [s for s in self.service.schools if s["sourcedId"] not in ids]


@pytest.fixture(params=WAYS)
def lincoln(
    request: pytest.FixtureRequest, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lincoln]:
    monkeypatch.setenv("ONEROSTER_SECRET", SECRET)
    monkeypatch.setattr(rest, "USUAL", Web(sleep=lambda _: None))
    made, source = WAYS[request.param]
    with made() as service:
        user = USER[service.version]
        service.schools = [school("s1"), school("s2"), school("s3")]
        service.users = [user("u1"), user("u2", ["s1", "s2"]), user("p1", role="student")]
        service.users += [user("u3", ["s3"]), user("p2", role="student")]
        settings = Settings(classlink_api_key=PARTNER_KEY, classlink_proxy_url=service.url)
        with nights(sqlite_url, source(service), settings) as partner:
            yield Lincoln(service, partner)


ACTIVE = dict.fromkeys(("s1", "s2", "s3"), "active")
STAFF = {"u1": ("s1",), "u2": ("s1", "s2"), "u3": ("s3",)}


def test_the_first_night_connects_all(lincoln: Lincoln) -> None:
    assert lincoln.night() == ("applied", None)
    assert (lincoln.statuses, lincoln.people) == (ACTIVE, STAFF)


def test_the_same_night_again_changes_nothing(lincoln: Lincoln) -> None:
    lincoln.night()
    before = lincoln.nights.stored()
    lincoln.service.users.reverse()
    lincoln.service.schools.reverse()
    assert lincoln.night() == ("no_change", None)
    assert lincoln.nights.stored() == before


def test_a_school_that_is_gone_needs_a_decision_and_keeps_its_people(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.lose("s2")
    assert lincoln.night() == ("applied", None)
    assert lincoln.statuses == {**ACTIVE, "s2": "action_needed"}
    assert lincoln.people == STAFF


def test_a_school_to_be_deleted_is_gone(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.service.schools[1]["status"] = "tobedeleted"
    assert lincoln.night() == ("applied", None)
    assert lincoln.statuses == {**ACTIVE, "s2": "action_needed"}


def test_a_school_that_is_back_is_active(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.lose("s2")
    lincoln.night()
    lincoln.service.schools.append(school("s2"))
    assert lincoln.night() == ("applied", None)
    assert lincoln.statuses == ACTIVE


def test_a_roster_without_any_school_is_held(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.service.schools = []
    assert lincoln.night()[0] == "held"
    assert (lincoln.statuses, lincoln.people) == (ACTIVE, STAFF)


def test_a_roster_without_any_staff_is_held(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.service.users = [user for user in lincoln.service.users if user["sourcedId"] < "u"]
    assert lincoln.night()[0] == "held"
    assert (lincoln.statuses, lincoln.people) == (ACTIVE, STAFF)


def test_somebody_who_left_is_removed(lincoln: Lincoln) -> None:
    lincoln.night()
    del lincoln.service.users[0]
    assert lincoln.night() == ("applied", None)
    assert lincoln.people == {"u2": ("s1", "s2"), "u3": ("s3",)}


def test_a_first_night_without_a_school_fails(lincoln: Lincoln) -> None:
    lincoln.service.schools = []
    assert lincoln.night() == ("failed", "no_schools_on_first_run")


def _without_one(document: Any) -> Any:
    """The same number of organizations, but one is no school any more."""
    document["orgs"][0]["type"] = "department"
    return document


FAULTS: dict[str, tuple[str, int, Fault, str]] = {
    "schools cannot be asked for": ("schools", 1, html, "html_answer"),
    "schools are cut short": ("schools", 2, empty, "total_not_met"),
    "schools differ at the end": ("schools", 3, body(_without_one), "schools_moved"),
    "users are not there": ("users", 1, fails(404), "list_not_found"),
    "users lose their envelope": ("users", 2, without_envelope, "envelope_missing"),
    "users are cut short": ("users", 3, empty, "total_not_met"),
    "users break off": ("users", 3, fails(500), "server_failed"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_night_at_fault_fails_and_changes_nothing(lincoln: Lincoln, case: str) -> None:
    lincoln.night()
    before = lincoln.nights.stored()
    what, nth, fault, code = FAULTS[case]
    lincoln.lose("s2")
    lincoln.service.schools.append(school("s4"))
    lincoln.service.spoil(what, fault, nth=nth, times=99)
    assert lincoln.night() == ("failed", code)
    assert lincoln.nights.stored() == before


def test_a_night_without_a_way_in_fails_and_changes_nothing(lincoln: Lincoln) -> None:
    lincoln.night()
    before = lincoln.nights.stored()
    lincoln.service.revoke()
    for step in ("token", "applications", "schools"):
        lincoln.service.spoil(step, fails(401), times=99)
    outcome, cause = lincoln.night()
    assert outcome == "failed"
    assert cause in ("token_refused", "access_refused", "partner_key_refused")
    assert lincoln.nights.stored() == before


def test_a_night_after_a_fault_is_as_if_there_had_been_none(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.lose("s2")
    lincoln.service.spoil("users", fails(500), nth=2, times=4)
    assert lincoln.night() == ("failed", "server_failed")
    assert lincoln.night() == ("applied", None)
    assert lincoln.statuses == {**ACTIVE, "s2": "action_needed"}


def test_a_fault_on_the_way_is_told_without_a_payload_in_the_log(
    lincoln: Lincoln, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    lincoln.service.checked = False
    lincoln.service.users[0]["status"] = "hunter2"
    assert lincoln.night() == ("failed", "record_status_unknown")
    kept = (SECRET, PARTNER_KEY, "hunter2", "555-0100", "district-bearer", "@example.org")
    assert not [word for word in kept if word in caplog.text]


@pytest.fixture
def proxied(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ClassLink, Nights]]:
    monkeypatch.setattr(rest, "USUAL", Web(sleep=lambda _: None))
    with ClassLink(schools=[school("s1")], users=[USER["1.1"]("u1")]) as service:
        settings = Settings(classlink_api_key=PARTNER_KEY, classlink_proxy_url=service.url)
        with nights(sqlite_url, service.source(), settings) as partner:
            yield service, partner


def test_a_district_that_vanished_from_classlink_loses_nothing(
    proxied: tuple[ClassLink, Nights],
) -> None:
    service, partner = proxied
    partner.night()
    before = partner.stored()
    del service.applications[1]
    run = partner.night().run
    assert run is not None
    assert (run.outcome, run.cause) == ("failed", "application_gone")
    assert partner.stored() == before
