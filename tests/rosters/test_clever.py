"""Clever: what a district shares is read whole, or not at all."""

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.partners_file import PartnersFileInvalid, read_partners
from bot.rosters import RosterFault, Surroundings, faults, open_roster, rest
from bot.rosters.clever import opened
from bot.rosters.rest import USER_AGENT, Limits
from bot.settings import Settings
from bot.sync import Result, Syncing
from handlers.telling import Telling
from storage.database import Database
from storage.snapshot import RosterPerson, RosterSchool
from storage.store import Stores
from storage.tables import accounts, memberships, schools
from storage.work import Job
from tests.rosters.standins import clever as standin
from tests.rosters.standins.clever import (
    DISTRICT,
    SECRET,
    TOKEN,
    Clever,
    Spoilt,
    breaks,
    drips,
    fails,
    html,
    said,
    school,
    user,
    with_document,
    with_links,
    with_record,
)
from tests.rosters.standins.nights import declared

Read = tuple[list[RosterSchool], list[RosterPerson]]


@pytest.fixture
def clever() -> Clever:
    """Five schools, and seven staff of whom two are in both lists."""
    people = [user(number, teacher=[number, 5]) for number in range(1, 4)]
    people += [user(4, teacher=[1], staff=[2, 5]), user(5, staff=[3]), user(6, staff=[])]
    people += [user(7, staff=[4], teacher=[4], district_admin={"title": "Head"})]
    return Clever(users=people)


def read(clever: Clever, **source: Any) -> Read:
    table = {"kind": "clever", "district": DISTRICT} | source
    with opened(table, Surroundings(clever.settings()), clever.web()) as roster:
        return list(roster.schools), list(roster.people())


def note(clever: Clever) -> str:
    table = {"kind": "clever", "district": DISTRICT}
    with opened(table, Surroundings(clever.settings()), clever.web()) as roster:
        return roster.note or ""


def fault_of(clever: Clever, **source: Any) -> RosterFault:
    with pytest.raises(RosterFault) as caught:
        read(clever, **source)
    told = str(caught.value) + str(caught.value.details)
    assert not any(secret in told for secret in (SECRET, TOKEN, "hunter2", "Ada", "@example"))
    return caught.value


def by_number(people: list[RosterPerson]) -> dict[int, list[int]]:
    """The schools of each person, both by the numbers that their ids were made from."""
    return {int(p.id[1:], 16): [int(id[1:], 16) for id in p.schools] for p in people}


# What is read


def test_every_school_and_every_person_of_all_pages_is_read(clever: Clever) -> None:
    schools, people = read(clever)
    assert [(s.number, s.name) for s in schools] == [
        (f"{number:04}", f"School {number}") for number in range(1, 6)
    ]
    assert sorted(by_number(people)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_person_has_the_schools_of_both_roles_and_comes_once(clever: Clever) -> None:
    _, people = read(clever)
    assert len(people) == len({person.id for person in people})
    assert by_number(people)[4] == [1, 2, 5]
    assert by_number(people)[7] == [4]


def test_a_list_that_shows_one_role_of_each_is_united_all_the_same(clever: Clever) -> None:
    clever.projected = True
    _, people = read(clever)
    assert by_number(people)[4] == [1, 2, 5]
    assert len(people) == 7


def test_a_person_has_names_and_an_address(clever: Clever) -> None:
    _, people = read(clever)
    one = next(person for person in people if person.id.endswith("1"))
    assert (one.email, one.given_name, one.family_name) == ("user1@example.org", "Ada 1", "Byron")


@pytest.mark.parametrize("email", [None, ""])
def test_a_person_without_an_address_is_read(clever: Clever, email: str | None) -> None:
    clever.users[0] |= {"email": email, "name": {"first": None, "middle": None, "last": None}}
    person = next(person for person in read(clever)[1] if person.id.endswith("1"))
    assert (person.email, person.given_name, person.family_name) == ("", "", "")


def test_a_district_administrator_alone_has_no_schools(clever: Clever) -> None:
    clever.users = [user(9, staff=[], district_admin={"title": "Head"})]
    assert by_number(read(clever)[1]) == {9: []}


def test_a_school_that_is_not_shared_stays_with_the_person_for_the_comparison(
    clever: Clever,
) -> None:
    clever.users = [user(1, teacher=[1, 99])]
    assert by_number(read(clever)[1]) == {1: [1, 99]}


@pytest.mark.parametrize(
    ("fields", "number", "name"),
    [
        ({"school_number": " 007 "}, "007", "Oak"),
        ({"school_number": ""}, "sis-1", "Oak"),
        ({"school_number": "", "sis_id": ""}, "", "Oak"),
        ({"name": " "}, "0001", school(1)["id"]),
    ],
)
def test_a_school_has_its_number_or_the_one_of_its_sis(
    clever: Clever, fields: dict[str, str], number: str, name: str
) -> None:
    clever.schools = [school(1, "Oak") | fields]
    (found,) = read(clever)[0]
    assert (found.number, found.name) == (number, name)


def test_a_district_that_shares_nothing_is_read_as_such(clever: Clever) -> None:
    clever.schools, clever.users = [], []
    assert read(clever) == ([], [])


ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(
    st.sets(ids.filter(str.strip), max_size=12),
    st.sets(ids.filter(str.strip), max_size=12),
    st.integers(1, 5),
)
def test_rows_out_are_rows_in_and_ids_stay_byte_for_byte(
    schools: set[str], people: set[str], page: int
) -> None:
    rows = [{**school(1), "id": id} for id in sorted(schools)]
    users = [{**user(1, teacher=[1]), "id": id} for id in sorted(people)]
    found, staff = read(Clever(schools=rows, users=users, page=page))
    assert [school.id for school in found] == sorted(schools)
    assert [person.id for person in staff] == sorted(people)


# How it is asked


def test_the_token_is_asked_for_by_the_application_and_all_else_by_the_token(
    clever: Clever,
) -> None:
    read(clever)
    first, *others = clever.asked
    assert first.url.path == "/oauth/tokens"
    assert first.headers["Authorization"].startswith("Basic ")
    assert {request.headers["Authorization"] for request in others} == {f"Bearer {TOKEN}"}
    assert {request.headers["User-Agent"] for request in clever.asked} == {USER_AGENT}


def test_only_links_are_followed_and_pages_stay_small(clever: Clever) -> None:
    read(clever)
    for request in clever.asked[2:-1]:
        assert 1 <= int(request.url.params["limit"]) <= 10_000
        assert request.url.params.keys() <= {"limit", "role", "starting_after"}


def test_students_and_contacts_are_never_asked_for(clever: Clever) -> None:
    read(clever)
    users = [request for request in clever.asked if request.url.path.endswith("/users")]
    assert {request.url.params["role"] for request in users} == {"staff", "teacher"}


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_both_versions_are_read(clever: Clever, version: str) -> None:
    clever.version = version
    assert len(read(clever, version=version)[1]) == 7


def test_no_payload_and_no_secret_is_logged(
    clever: Clever, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    read(clever)
    assert not any(text in caplog.text for text in (SECRET, TOKEN, "Ada", "@example.org"))


# The connection and the state of the district


def test_a_district_that_disconnected_is_a_failure_and_no_absence(clever: Clever) -> None:
    clever.connected = {"4fd43cc56d11340000000099": "another"}
    fault = fault_of(clever)
    assert fault.code == "clever_not_connected"
    assert "says nothing about its schools" in str(fault)


def test_a_token_is_found_among_many_on_any_page(clever: Clever) -> None:
    clever.connected = {"another": "another", DISTRICT: TOKEN}
    clever.spoil(
        "tokens", with_links({"rel": "next", "uri": "/oauth/tokens?owner_type=district&p=2"})
    )
    clever.spoil("tokens", with_document(lambda page: {**page, "data": page["data"][:1]}))
    assert len(read(clever)[1]) == 7


def test_an_application_whose_secret_is_refused_is_told_apart(clever: Clever) -> None:
    clever.spoil("tokens", fails(401))
    assert fault_of(clever).code == "clever_secret_refused"


@pytest.mark.parametrize("missing", ["clever_client_id", "clever_client_secret"])
def test_without_the_settings_nothing_is_asked(clever: Clever, missing: str) -> None:
    settings = clever.settings().model_copy(update={missing: None})
    with (
        pytest.raises(faults.CleverNotConfigured),
        opened({"district": DISTRICT}, Surroundings(settings), clever.web()),
    ):
        pass
    assert clever.asked == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"district": ""}, "clever_without_district"),
        ({"version": "2.1"}, "clever_version_unknown"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(
    clever: Clever, source: dict[str, str], code: str
) -> None:
    assert fault_of(clever, **source).code == code
    assert clever.asked == []


def test_a_token_of_another_district_is_refused(clever: Clever) -> None:
    clever.district = {"id": "4fd43cc56d11340000000099"}
    assert fault_of(clever).code == "clever_other_district"


@pytest.mark.parametrize(
    ("state", "code"),
    [("error", "clever_district_error"), ("pending", "clever_district_pending")],
)
def test_a_district_in_error_or_pending_fails(clever: Clever, state: str, code: str) -> None:
    clever.district = {"state": state}
    assert fault_of(clever).code == code
    assert not any(request.url.path.endswith("/schools") for request in clever.asked)


def test_a_state_that_nobody_knows_fails(clever: Clever) -> None:
    clever.spoil("districts", with_record(state="hunter2"))
    assert fault_of(clever).code == "clever_state_unknown"


@pytest.mark.parametrize("state", ["running", "success", "", None])
def test_a_district_at_work_is_read_and_its_last_sync_is_noted(
    clever: Clever, state: str | None
) -> None:
    clever.spoil("districts", with_record(state=state))
    assert note(clever) == "Clever's own last sync: 2026-11-01 02:00 UTC."


def test_a_paused_district_is_read_with_a_note(clever: Clever) -> None:
    clever.district = {"state": "paused"}
    assert len(read(clever)[1]) == 7
    assert "paused" in note(clever)
    assert "2026-11-01 02:00 UTC" in note(clever)


@pytest.mark.parametrize("synced", [None, "hunter2", "0001-01-01T00:00:00+14:00"])
def test_a_last_sync_that_is_not_a_time_is_not_shown(clever: Clever, synced: str | None) -> None:
    clever.spoil("districts", with_record(last_sync=synced))
    assert note(clever) == "Clever's own last sync: not known."


def test_a_sync_of_clevers_own_in_the_middle_is_a_fault(clever: Clever) -> None:
    clever.spoil("districts", with_record(last_sync="2026-11-01T09:00:00Z"), page=2)
    fault = fault_of(clever)
    assert (fault.code, fault.again) == ("clever_synced_meanwhile", True)


def test_a_district_that_falls_into_error_in_the_middle_is_a_fault(clever: Clever) -> None:
    clever.spoil("districts", with_record(state="error"), page=2)
    assert fault_of(clever).code == "clever_district_error"


# Faults, each at every step

STEPS = [
    *[("tokens", 1), ("districts", 1)],
    *[("schools", 1), ("schools", 2), ("schools", 3), ("end of schools", 1)],
    *[("staff", 1), ("staff", 2), ("end of staff", 1)],
    *[("teacher", 1), ("teacher", 2), ("teacher", 3), ("end of teacher", 1)],
    ("districts", 2),
]
FAULTS: dict[str, Spoilt] = {
    "server_failed": fails(500),
    "server_failed: HTML": html(502),
    "too_many_requests": fails(429),
    "too_many_requests: for an hour": fails(429, X_RateLimit_Reset="1003600"),
    "access_refused": fails(401),
    "access_forbidden": fails(403),
    "list_not_found": fails(404),
    "status_unexpected": fails(413),
    "html_answer": html(),
    "not_json_type": said(b"hunter2", "text/plain"),
    "not_json": said(b'{"data": [{"data": {"id": "hunter2'),
    "envelope_missing": said(b"{}"),
    "envelope_missing: null": said(b'{"data": null, "links": []}'),
    "envelope_missing: an error as 200": said(b'{"error": "hunter2"}'),
    "record_malformed": said(b'{"data": ["hunter2"], "links": []}'),
    "connection_broken": breaks(httpx.RemoteProtocolError),
    "server_unreachable": breaks(httpx.ConnectError),
    "server_silent": breaks(httpx.ReadTimeout),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("what", "page"), STEPS)
def test_a_fault_at_any_step_fails_the_reading(
    clever: Clever, what: str, page: int, fault: str
) -> None:
    clever.spoil(what, FAULTS[fault], page)
    expected = fault.split(":")[0]
    if (what, expected) == ("tokens", "access_refused"):
        expected = "clever_secret_refused"
    assert fault_of(clever).code == expected


@pytest.mark.parametrize(("what", "page"), STEPS)
def test_a_fault_that_passes_is_waited_for_at_any_step(
    clever: Clever, what: str, page: int
) -> None:
    clever.spoil(what, fails(503), page, times=2)
    assert len(read(clever)[1]) == 7
    assert clever.slept == [1, 2]


def test_the_reset_of_the_rate_limit_is_waited_for(clever: Clever) -> None:
    clever.spoil("teacher", fails(429, X_RateLimit_Reset="1000042"), 2, times=1)
    assert len(read(clever)[1]) == 7
    assert clever.slept == [42]


def test_a_token_that_is_revoked_in_the_middle_is_not_tried_again(clever: Clever) -> None:
    def revoked(right: httpx.Response) -> httpx.Response:
        clever.connected.clear()
        return right

    clever.spoil("teacher", revoked)
    assert fault_of(clever).code == "access_refused"
    assert clever.slept == []


@pytest.mark.parametrize("what", ["tokens", "districts", "schools", "staff", "teacher"])
def test_a_slow_drip_is_a_fault(clever: Clever, what: str) -> None:
    def later() -> None:
        clever.time += 7

    clever.spoil(what, drips(later))
    assert fault_of(clever).code == "answer_too_slow"


def test_a_walk_that_takes_too_long_is_a_fault(clever: Clever) -> None:
    def slowly(right: httpx.Response) -> httpx.Response:
        clever.time += 1000
        return right

    clever.spoil("schools", slowly, 1)
    clever.spoil("staff", slowly, 1)
    web = clever.web(limits=Limits(request=1500, walk=1800))
    table = {"district": DISTRICT}
    with (
        opened(table, Surroundings(clever.settings()), web) as roster,
        pytest.raises(faults.WalkTooLong, match="users with role staff"),
    ):
        list(roster.people())


def test_a_huge_page_is_refused(clever: Clever) -> None:
    clever.spoil("schools", drips(lambda: None, 20_000))
    table = {"district": DISTRICT}
    web = clever.web(limits=Limits(page=10_000))
    with (
        pytest.raises(faults.PageTooBig),
        opened(table, Surroundings(clever.settings()), web),
    ):
        pass


# Pages that do not hold together


LISTS = ["schools", "staff", "teacher"]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_ends_too_early_is_not_taken_for_the_whole(clever: Clever, what: str) -> None:
    clever.spoil(what, with_links())
    fault = fault_of(clever)
    assert (fault.code, fault.again) == ("list_cut_short", True)


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_is_empty_only_once_is_not_taken_for_empty(clever: Clever, what: str) -> None:
    clever.spoil(what, said(b'{"data": [], "links": []}'))
    assert fault_of(clever).code == "list_cut_short"


@pytest.mark.parametrize("what", LISTS)
def test_a_page_that_lost_its_last_record_is_not_taken_for_the_whole(
    clever: Clever, what: str
) -> None:
    clever.spoil(what, with_document(lambda page: {**page, "data": page["data"][:-1]}))
    assert fault_of(clever).code == "list_cut_short"


@pytest.mark.parametrize("what", LISTS)
def test_an_id_that_comes_on_two_pages_is_a_fault(clever: Clever, what: str) -> None:
    first: list[Any] = []

    def kept(page: Any) -> Any:
        first.append(page["data"][0])
        return page

    def again(page: Any) -> Any:
        return {**page, "data": [first[0], *page["data"]]}

    clever.spoil(what, with_document(kept), 1)
    clever.spoil(what, with_document(again), 2)
    fault = fault_of(clever)
    assert (fault.code, fault.again) == ("record_twice", True)


def test_an_id_that_comes_twice_on_one_page_is_a_fault(clever: Clever) -> None:
    clever.spoil("teacher", with_document(lambda page: {**page, "data": page["data"] * 2}), 2)
    assert fault_of(clever).code == "record_twice"


@pytest.mark.parametrize("seed", range(20))
def test_a_list_that_is_ordered_anew_between_pages_is_whole_or_a_fault(
    clever: Clever, seed: int
) -> None:
    """Pages by number in place of Clever's own, which such a server could not give."""
    everyone = [user(number, teacher=[1]) for number in range(1, 8)]
    orders = random.Random(seed)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("role") != "teacher" or request.url.params["limit"] == "1":
            return clever.answer(request)
        number = int(request.url.params.get("number", "0"))
        people = orders.sample(everyone, len(everyone))[number * 2 : number * 2 + 2]
        following = f"/v3.1/users?role=teacher&limit=1000&number={number + 1}"
        links = [{"rel": "next", "uri": following}] if number < 3 else []
        return httpx.Response(200, json={"data": [{"data": p} for p in people], "links": links})

    clever.users = everyone
    web = clever.web()
    web = rest.Web(httpx.MockTransport(answer), web.sleep, web.clock, web.now)
    with opened({"district": DISTRICT}, Surroundings(clever.settings()), web) as roster:
        try:
            found = {person.id for person in roster.people()}
        except faults.RecordTwice:
            return
    assert found == {person["id"] for person in everyone}


def test_a_person_who_changes_between_the_two_lists_is_a_fault(clever: Clever) -> None:
    def moved(right: httpx.Response) -> httpx.Response:
        clever.users[3] = user(4, teacher=[2], staff=[2, 5])
        return right

    clever.spoil("end of staff", moved)
    fault = fault_of(clever)
    assert (fault.code, fault.again) == ("record_moved", True)


def test_a_person_who_is_renamed_between_the_two_lists_is_a_fault(clever: Clever) -> None:
    def renamed(right: httpx.Response) -> httpx.Response:
        clever.users[3] |= {"name": {"first": "Bo", "middle": None, "last": "Ek"}}
        return right

    clever.projected = True
    clever.spoil("end of staff", renamed)
    assert fault_of(clever).code == "record_moved"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("/v3.1/schools?limit=500", "paging_loop"),
        ("https://evil.example/v3.1/schools?starting_after=1", "link_leads_away"),
        ("//evil.example/v3.1/schools", "link_leads_away"),
        ("/v3.1/users?role=staff", "link_leads_away"),
        ("http://[", "link_leads_away"),
        (7, "paging_malformed"),
        (None, "paging_malformed"),
        ("", "link_leads_away"),
    ],
)
def test_a_link_that_leads_astray_is_a_fault(clever: Clever, uri: object, code: str) -> None:
    clever.spoil("schools", with_links({"rel": "next", "uri": uri}), 1)
    assert fault_of(clever).code == code


def test_a_link_to_users_of_another_role_is_a_fault(clever: Clever) -> None:
    last = user(5)["id"]
    uri = f"/v3.1/users?role=student&starting_after={last}"
    clever.spoil("staff", with_links({"rel": "next", "uri": uri}))
    assert fault_of(clever).code == "link_leads_away"


@pytest.mark.parametrize("links", [{}, 7, ["hunter2"], [[]], "next"])
def test_links_that_cannot_be_understood_are_a_fault(clever: Clever, links: object) -> None:
    clever.spoil("schools", with_document(lambda page: {**page, "links": links}))
    assert fault_of(clever).code == "paging_malformed"


def test_two_next_pages_are_a_fault(clever: Clever) -> None:
    link = {"rel": "next", "uri": "/v3.1/schools?limit=500&starting_after=x"}
    clever.spoil("schools", with_links(link, link))
    assert fault_of(clever).code == "paging_malformed"


def test_an_empty_page_with_a_next_one_is_no_end(clever: Clever) -> None:
    clever.users = [user(number, teacher=[1]) for number in range(1, 8)]
    uri = "/v3.1/users?role=teacher&limit=1000&starting_after=0"
    clever.spoil("teacher", with_document(lambda page: {**page, "data": []}))
    clever.spoil("teacher", with_links({"rel": "next", "uri": uri}))
    assert len(read(clever)[1]) == 7


# Fields of another kind


@pytest.mark.parametrize("value", [7, True, {}, ["x"]])
@pytest.mark.parametrize("key", ["id", "name", "school_number", "sis_id"])
def test_a_field_of_a_school_with_another_kind_is_a_fault(
    clever: Clever, key: str, value: object
) -> None:
    fields = {"school_number": "", key: value}
    clever.spoil("schools", with_record(**fields), 2)
    fault = fault_of(clever)
    assert (fault.code, fault.details["field"]) == ("field_wrong", key)
    assert "schools, page 2" in str(fault)


BROKEN: list[tuple[str, object, str]] = [
    ("id", 7, "id"),
    ("email", {}, "email"),
    ("name", "Ada", "name"),
    ("name", {"first": 7}, "name.first"),
    ("roles", None, "roles"),
    ("roles", [], "roles"),
    ("roles", {}, "roles.teacher"),
    ("roles", {"student": {}}, "roles.teacher"),
    ("roles", {"teacher": []}, "roles.teacher"),
    ("roles", {"teacher": {}}, "roles.teacher.schools"),
    ("roles", {"teacher": {"schools": None}}, "roles.teacher.schools"),
    ("roles", {"teacher": {"schools": "x"}}, "roles.teacher.schools"),
    ("roles", {"teacher": {"schools": [7]}}, "roles.teacher.schools"),
    ("roles", {"teacher": {"schools": [""]}}, "roles.teacher.schools"),
    ("roles", {"teacher": {"schools": []}, "staff": 7}, "roles.staff"),
]


@pytest.mark.parametrize(("key", "value", "field"), BROKEN)
def test_a_field_of_a_person_with_another_kind_is_a_fault(
    clever: Clever, key: str, value: object, field: str
) -> None:
    clever.spoil("teacher", with_record(**{key: value}), 2)
    fault = fault_of(clever)
    assert (fault.code, fault.details["field"]) == ("field_wrong", field)
    assert "users with role teacher, page 2" in str(fault)


@pytest.mark.parametrize("id", [None, "", "  "])
@pytest.mark.parametrize("what", LISTS)
def test_a_record_without_an_id_is_a_fault(clever: Clever, what: str, id: str | None) -> None:
    clever.spoil(what, with_record(id=id))
    assert fault_of(clever).code == "record_id_missing"


def test_half_a_character_is_a_fault_and_not_a_crash(clever: Clever) -> None:
    clever.spoil("schools", with_record(name="\ud83d"))
    assert fault_of(clever).code == "text_unusable"


# The whole way, over a real connection and into a database


class Nobody:
    """Carries nothing: these tests read what is stored."""

    def carry(self, tx: Connection, job: Job) -> None:
        pass


@dataclass
class Lincoln:
    """A partner whose roster is at Clever, and its nights."""

    clever: Clever
    stores: Stores
    syncing: Syncing

    def night(self) -> Result:
        self.clever.again()
        return self.syncing.now("lincoln")

    def statuses(self) -> dict[int, str]:
        with self.stores.database.read() as connection:
            rows = connection.execute(select(schools.c.source_id, schools.c.status)).all()
        return {int(row.source_id[1:], 16): row.status for row in rows}

    def stored(self) -> list[Any]:
        """All that a sync may change."""
        with self.stores.database.read() as connection:
            return [
                connection.execute(select(table).order_by(*table.primary_key)).all()
                for table in (schools, accounts, memberships)
            ]


def partner(clever: Clever, url: str, settings: Settings) -> Lincoln:
    stores = Stores(Database(url), Nobody(), lambda: datetime(2026, 11, 2, 10, tzinfo=UTC))
    with stores.transaction() as store:
        store.partners.declare(declared({"kind": "clever", "district": DISTRICT}))
    return Lincoln(clever, stores, Syncing(stores, Telling("C0SUPPORT"), "here", settings))


@pytest.fixture
def lincoln(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lincoln]:
    """Twelve schools with sixty staff, in a network without sockets."""
    clever = Clever(
        schools=[school(number) for number in range(1, 13)],
        users=[user(n, **{["teacher", "staff"][n % 2]: [n % 12 + 1]}) for n in range(1, 61)],
        page=5,
    )
    monkeypatch.setattr(rest, "USUAL", clever.web())
    lincoln = partner(clever, sqlite_url, clever.settings())
    yield lincoln
    lincoln.stores.database.dispose()


def test_the_first_night_connects_all(lincoln: Lincoln) -> None:
    run = lincoln.night().run
    assert run is not None
    assert run.counts is not None
    assert (run.outcome, run.counts.schools_total, run.counts.staff_total) == ("applied", 12, 60)
    assert set(lincoln.statuses().values()) == {"active"}


def test_the_same_night_again_changes_nothing(lincoln: Lincoln) -> None:
    lincoln.night()
    before = lincoln.stored()
    assert lincoln.night().outcome == "no_change"
    assert lincoln.stored() == before


def test_a_school_that_is_not_shared_any_more_needs_a_decision(lincoln: Lincoln) -> None:
    lincoln.night()
    del lincoln.clever.schools[3]
    assert lincoln.night().outcome == "applied"
    assert lincoln.statuses()[4] == "action_needed"
    assert list(lincoln.statuses().values()).count("active") == 11


def test_a_school_that_is_shared_again_is_active(lincoln: Lincoln) -> None:
    lincoln.night()
    gone = lincoln.clever.schools.pop(3)
    lincoln.night()
    lincoln.clever.schools.insert(3, gone)
    assert lincoln.night().outcome == "applied"
    assert lincoln.statuses()[4] == "active"


def test_a_district_that_shares_no_school_any_more_is_held(lincoln: Lincoln) -> None:
    lincoln.night()
    before = lincoln.stored()
    lincoln.clever.schools.clear()
    assert lincoln.night().outcome == "held"
    assert lincoln.stored() == before


def test_a_district_that_shares_no_staff_any_more_is_held(lincoln: Lincoln) -> None:
    lincoln.night()
    before = lincoln.stored()
    lincoln.clever.users.clear()
    assert lincoln.night().outcome == "held"
    assert lincoln.stored() == before


def test_a_first_night_without_a_school_fails(lincoln: Lincoln) -> None:
    lincoln.clever.schools.clear()
    result = lincoln.night()
    assert result.run is not None
    assert (result.outcome, result.run.cause) == ("failed", "no_schools_on_first_run")


def test_a_paused_district_is_compared_as_usual(lincoln: Lincoln) -> None:
    lincoln.night()
    lincoln.clever.district = {"state": "paused"}
    del lincoln.clever.schools[3]
    assert lincoln.night().outcome == "applied"


def test_what_a_source_says_of_its_reading_stands_with_the_run(lincoln: Lincoln) -> None:
    lincoln.clever.district = {"state": "paused"}
    run = lincoln.night().run
    assert run is not None
    assert "paused" in run.reason


SPOILING: dict[str, Callable[[Lincoln], object]] = {
    "clever_not_connected": lambda lincoln: lincoln.clever.connected.clear(),
    "clever_district_error": lambda lincoln: lincoln.clever.district.update(state="error"),
    "clever_district_pending": lambda lincoln: lincoln.clever.district.update(state="pending"),
    "list_cut_short": lambda lincoln: lincoln.clever.spoil("schools", with_links()),
    **{
        f"server_failed: {what}, page {page}": (
            lambda lincoln, what=what, page=page: lincoln.clever.spoil(what, fails(500), page)
        )
        for what, page in STEPS
    },
}


@pytest.mark.parametrize("fault", SPOILING)
def test_a_night_at_fault_fails_and_changes_nothing(lincoln: Lincoln, fault: str) -> None:
    lincoln.night()
    before = lincoln.stored()
    lincoln.clever.schools = lincoln.clever.schools[:11]
    lincoln.clever.users = lincoln.clever.users[:50]
    SPOILING[fault](lincoln)
    result = lincoln.night()
    assert result.run is not None
    assert (result.outcome, result.run.cause) == ("failed", fault.split(":")[0])
    assert lincoln.stored() == before


def test_a_district_is_read_over_a_real_connection(
    clever: Clever, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(rest, "USUAL", rest.Web(sleep=slept.append))
    clever.spoil("teacher", fails(503, Retry_After="9"), 2, times=1)
    with clever.listening() as address:
        lincoln = partner(clever, sqlite_url, clever.settings(address))
        first = lincoln.night()
        again = lincoln.night()
    lincoln.stores.database.dispose()
    assert (first.outcome, again.outcome, slept) == ("applied", "no_change", [9])
    assert lincoln.statuses() == dict.fromkeys(range(1, 6), "active")


def test_the_kind_is_opened_by_its_name(clever: Clever) -> None:
    table = {"kind": "clever", "district": DISTRICT}
    with (
        clever.listening() as address,
        open_roster(table, settings=clever.settings(address)) as roster,
    ):
        assert len(list(roster.people())) == 7


# How it is declared

FILE = """
[[partner]]
slug = "lincoln"
name = "Lincoln Unified"
timezone = "America/Los_Angeles"
channel = "C0LINCOLN"
admins = ["U0ANA"]
source = { kind = "clever", %s }
"""


@pytest.mark.parametrize("version", ["", ', version = "3.0"', ', version = "3.1"'])
def test_a_district_is_declared_by_its_id(tmp_path: Path, version: str) -> None:
    file = tmp_path / "partners.toml"
    file.write_text(FILE % f'district = "{DISTRICT}"{version}')
    (found,) = read_partners(file)
    assert found.source["district"] == DISTRICT


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('version = "3.0"', "source.district is missing"),
        ('district = ""', "source.district has to be Clever's id"),
        ('district = "a b"', "source.district has to be Clever's id"),
        ("district = 7", "source.district has to be text, in quotes"),
        (f'district = "{DISTRICT}", version = "2.1"', "source.version (“2.1” is not a version"),
        (f'district = "{DISTRICT}", version = 3.1', "source.version has to be text, in quotes"),
        (f'district = "{DISTRICT}", path = "x"', "source.path is not a known key"),
    ],
)
def test_a_table_that_cannot_be_meant_is_not_imported(tmp_path: Path, keys: str, told: str) -> None:
    file = tmp_path / "partners.toml"
    file.write_text(FILE % keys)
    with pytest.raises(PartnersFileInvalid) as caught:
        read_partners(file)
    assert f"lincoln: {told}" in str(caught.value)


# The stand-in itself


def test_the_stand_in_checks_itself_against_the_specification() -> None:
    with pytest.raises(AssertionError, match=r"answer\.data\[0\]\.data\.id"):
        standin.kept("schools", {"data": [{"data": {**school(1), "id": 7}}], "links": []})
    with pytest.raises(AssertionError, match="is not in the specification"):
        standin.kept("schools", {"data": [{"data": school(1, sourcedId="x")}], "links": []})
    someone = {key: value for key, value in user(1).items() if key != "roles"}
    with pytest.raises(AssertionError, match="has no roles"):
        standin.kept("users", {"data": [{"data": someone}], "links": []})
