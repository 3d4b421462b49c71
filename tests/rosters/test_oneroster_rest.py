"""Reading OneRoster services: what they really send, and every fault they can have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.partners_file import PartnersFileInvalid, read_partners
from bot.rosters import RosterFault, open_roster, rest
from bot.rosters.rest import USER_AGENT, Web
from bot.settings import Settings
from storage.partners import Declaration
from storage.snapshot import RosterPerson, RosterSchool
from tests.rosters.standins.oneroster import (
    DIGESTS,
    SECRET,
    USER,
    Fault,
    OneRoster,
    Record,
    body,
    cut,
    drips,
    empty,
    fails,
    headed,
    html,
    ids,
    is_not_json,
    role_1p2,
    school,
    user_1p1,
    user_1p2,
    without_envelope,
)
from tests.rosters.standins.oneroster_contract import breaches

WAYS = [("1.1", "oauth1"), ("1.1", "oauth2"), ("1.2", "oauth2")]


@dataclass
class Time:
    """What the reader slept, instead of sleeping; a dripping server lets a second pass."""

    slept: list[float] = field(default_factory=list)
    passed: float = 0.0

    def tick(self) -> None:
        self.passed += 1.0


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """No wait is real."""
    time = Time()
    monkeypatch.setenv("ONEROSTER_SECRET", SECRET)
    web = Web(sleep=time.slept.append, clock=lambda: time.passed, now=lambda: 1_000.0)
    monkeypatch.setattr(rest, "USUAL", web)
    return time


def running(version: str, auth: str) -> OneRoster:
    """Three schools and five staff among students, two records to a page."""
    user = USER[version]
    staff = [user("u1"), user("u2", ["s1", "s2"]), user("u3", ["s3"], "aide"), user("u4", ["s2"])]
    students = [user(f"p{n}", ["s1"], "student") for n in range(4)]
    return OneRoster(
        version=version,
        auth=auth,
        schools=[school("s1"), school("s2"), school("s3")],
        users=[*staff[:2], *students, *staff[2:]],
    )


@pytest.fixture(params=WAYS, ids=" ".join)
def service(request: pytest.FixtureRequest) -> Iterator[OneRoster]:
    with running(*request.param) as service:
        yield service


@pytest.fixture
def old() -> Iterator[OneRoster]:
    with running("1.1", "oauth2") as service:
        yield service


@pytest.fixture
def new() -> Iterator[OneRoster]:
    with running("1.2", "oauth2") as service:
        yield service


@pytest.fixture
def signing() -> Iterator[OneRoster]:
    with running("1.1", "oauth1") as service:
        yield service


def read(service: OneRoster, **more: Any) -> tuple[list[RosterSchool], list[RosterPerson]]:
    with open_roster(service.source(**more), settings=Settings()) as roster:
        return list(roster.schools), list(roster.people())


def staff(service: OneRoster) -> dict[str, tuple[str, ...]]:
    return {person.id: person.schools for person in read(service)[1]}


def refused(service: OneRoster, **more: Any) -> RosterFault:
    with pytest.raises(RosterFault) as caught:
        read(service, **more)
    assert SECRET not in str(caught.value) + repr(caught.value) + str(caught.value.details)
    return caught.value


# What is read


def test_schools_and_staff_are_read_to_the_last_page(service: OneRoster) -> None:
    schools, people = read(service)
    assert [school.id for school in schools] == ["s1", "s2", "s3"]
    assert schools[0] == RosterSchool("s1", "0s1", "School s1")
    assert {person.id: person.schools for person in people} == {
        "u1": ("s1",), "u2": ("s1", "s2"), "u3": ("s3",), "u4": ("s2",)
    }  # fmt: skip
    assert people[0] == RosterPerson("u1", "u1@example.org", "Ada", "Byron", ("s1",))


def test_ids_are_kept_byte_for_byte(service: OneRoster) -> None:
    service.schools = [school("007"), school("7 "), school("{ä/ü}?")]
    service.users = [USER[service.version]("0001", ["007", "7 ", "{ä/ü}?"])]
    schools, people = read(service)
    assert [school.id for school in schools] == ["007", "7 ", "{ä/ü}?"]
    assert people[0].id == "0001"
    assert people[0].schools == ("007", "7 ", "{ä/ü}?")


def test_every_request_says_who_asks(service: OneRoster) -> None:
    read(service)
    assert {asked.headers["user-agent"] for asked in service.asked} == {USER_AGENT}


def test_an_address_may_name_the_base_path_itself(service: OneRoster) -> None:
    path = {"1.1": "/ims/oneroster/v1p1/", "1.2": "/ims/oneroster/rostering/v1p2/"}
    assert len(read(service, url=service.url + path[service.version])[0]) == 3


def test_only_organizations_of_type_school_are_schools(service: OneRoster) -> None:
    service.schools.append(school("d1", type="district"))
    service.schools.append(school("x1", type="department"))
    assert [school.id for school in read(service)[0]] == ["s1", "s2", "s3"]


def test_what_is_to_be_deleted_is_absent(service: OneRoster) -> None:
    service.schools[0]["status"] = "tobedeleted"
    service.users[0]["status"] = "tobedeleted"
    schools, people = read(service)
    assert [school.id for school in schools] == ["s2", "s3"]
    assert [person.id for person in people] == ["u2", "u3", "u4"]


def test_inactive_means_to_be_deleted(service: OneRoster) -> None:
    service.checked = False
    service.schools[0]["status"] = service.users[0]["status"] = "inactive"
    schools, people = read(service)
    assert (len(schools), len(people)) == (2, 3)


def test_a_disabled_user_is_there_all_the_same(service: OneRoster) -> None:
    service.users[0]["enabledUser"] = False if service.version == "1.1" else "false"
    assert "u1" in staff(service)


def test_what_is_null_or_left_out_reads_as_empty(service: OneRoster) -> None:
    service.checked = False
    service.users = [{**service.users[0], "email": None, "givenName": None}]
    del service.users[0]["familyName"], service.users[0]["status"]
    service.schools = [{**service.schools[0], "name": None, "identifier": None}]
    schools, people = read(service)
    assert schools == [RosterSchool("s1", "", "s1")]
    assert people == [RosterPerson("u1", "", "", "", ("s1",))]


def test_somebody_of_the_district_alone_is_staff_without_a_school_of_ours(
    service: OneRoster,
) -> None:
    service.users = [USER[service.version]("u1", ["d1"])]
    assert staff(service) == {"u1": ("d1",)}


@pytest.mark.parametrize("role", ["administrator", "aide", "proctor", "teacher"])
def test_every_role_of_staff_is_kept(old: OneRoster, role: str) -> None:
    old.checked = False
    old.users = [user_1p1("u1", role=role)]
    assert list(staff(old)) == ["u1"]


@pytest.mark.parametrize("role", ["principal", "counselor", "siteAdministrator", "teacher"])
def test_every_role_of_staff_is_kept_in_the_newer_version(new: OneRoster, role: str) -> None:
    new.users = [user_1p2("u1", role=role)]
    assert list(staff(new)) == ["u1"]


@pytest.mark.parametrize("role", ["student", "parent", "guardian", "relative"])
def test_nobody_else_is_kept(service: OneRoster, role: str) -> None:
    service.users = [USER[service.version]("u1", role=role)]
    assert staff(service) == {}


def test_several_roles_count_together_and_only_those_of_staff(new: OneRoster) -> None:
    roles = [role_1p2("teacher", "s2"), role_1p2("aide", "s1", "secondary")]
    roles += [role_1p2("parent", "s3"), role_1p2("teacher", "s2"), role_1p2("ext:coach", "s3")]
    new.users = [user_1p2("u1", roles=roles), user_1p2("u2", role="ext:coach")]
    assert staff(new) == {"u1": ("s1", "s2")}


def test_a_service_without_anything_is_read_as_such(service: OneRoster) -> None:
    service.schools, service.users = [], []
    assert read(service) == ([], [])


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
IDS = TEXTS.filter(lambda text: not text.isspace())


@settings(max_examples=40)
@given(
    schools=st.lists(IDS, unique=True, max_size=7),
    users=st.lists(st.tuples(IDS, TEXTS, st.booleans()), unique_by=lambda u: u[0], max_size=12),
    largest=st.integers(1, 5),
    totals=st.booleans(),
    links=st.booleans(),
)
def test_rows_out_are_rows_in_however_they_are_paged(
    schools: list[str],
    users: list[tuple[str, str, bool]],
    largest: int,
    totals: bool,
    links: bool,
) -> None:
    service = OneRoster(version="1.1", auth="oauth2", largest=largest, totals=totals, links=links)
    service.schools = [school(id) for id in schools]
    service.users = [
        user_1p1(id, [id], "teacher" if here else "student", familyName=name)
        for id, name, here in users
    ]
    with service:
        found, people = read(service)
    assert [school.id for school in found] == schools
    assert [(p.id, p.family_name, p.schools) for p in people] == [
        (id, name.strip(), (id,)) for id, name, here in users if here
    ]


# How pages are followed


def asked_pages(service: OneRoster, what: str) -> list[str]:
    return [a.target.partition("?")[2] for a in service.asked if f"/{what}?" in a.target]


def test_a_page_may_be_shorter_than_what_was_asked_for(old: OneRoster) -> None:
    assert read(old)[0]
    assert asked_pages(old, "schools") == 2 * ["limit=1000&offset=0", "limit=1000&offset=2"]


def test_links_to_the_next_page_are_followed(old: OneRoster) -> None:
    old.links = True
    assert len(read(old)[0]) == 3
    assert asked_pages(old, "schools") == 2 * ["limit=1000&offset=0", "limit=2&offset=2"]


@pytest.mark.parametrize(
    "link",
    [
        '<https://inner.example/ims/oneroster/v1p1/users?offset=2>; rel="next"',
        '</ims/oneroster/v1p1/students?offset=2>; rel="next"',
        "<//evil.example/users>; rel=next",
        '<http://[bad>; rel="next"',
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(old: OneRoster, link: str) -> None:
    old.spoil("users", headed(Link=link), times=4)
    assert len(staff(old)) == 4
    assert asked_pages(old, "users")[1] == "limit=1000&offset=2"


def test_a_link_in_a_header_without_end_is_not_looked_for(old: OneRoster) -> None:
    link = f'<{"<" * 5_000}>; rel="prev", </ims/oneroster/v1p1/users?offset=2>; rel="next"'
    old.spoil("users", headed(Link=link), times=4)
    assert len(staff(old)) == 4
    assert asked_pages(old, "users")[1] == "limit=1000&offset=2"


def test_a_list_without_totals_ends_with_an_empty_page(service: OneRoster) -> None:
    service.totals = False
    assert len(staff(service)) == 4
    assert asked_pages(service, "users")[-1] == "limit=1000&offset=8"


def test_a_list_with_links_and_without_totals_ends_with_a_short_page(old: OneRoster) -> None:
    old.totals, old.links = False, True
    old.users.append(user_1p1("u5"))
    assert len(staff(old)) == 5
    assert asked_pages(old, "users")[-1] == "limit=2&offset=8"


def test_a_link_that_is_lost_on_a_full_page_is_no_end(old: OneRoster) -> None:
    old.totals, old.links = False, True
    old.spoil("users", headed(Link=None), nth=2)
    assert len(staff(old)) == 4


def test_a_total_that_is_no_number_counts_as_none(old: OneRoster) -> None:
    old.spoil("users", headed(X_Total_Count="many"), times=10)
    assert len(staff(old)) == 4


def test_a_list_that_changes_its_length_is_read_again(service: OneRoster) -> None:
    late = USER[service.version]("u9", ["s3"])
    service.meanwhile("users", lambda: service.users.append(late), nth=2)
    assert staff(service)["u9"] == ("s3",)
    assert asked_pages(service, "users").count("limit=1000&offset=0") == 2


def test_somebody_who_leaves_during_the_walk_hides_nobody(service: OneRoster) -> None:
    service.meanwhile("users", lambda: service.users.pop(0), nth=2)
    assert list(staff(service)) == ["u2", "u3", "u4"]


# Who asks


def test_one_token_lasts_for_a_whole_reading(old: OneRoster) -> None:
    read(old)
    assert old.times("token") == 1


def test_a_token_that_expires_on_the_way_is_had_anew(new: OneRoster) -> None:
    new.meanwhile("users", new.revoke, nth=2)
    assert len(staff(new)) == 4
    assert new.times("token") == 2


def test_access_that_is_revoked_on_the_way_is_a_fault(new: OneRoster) -> None:
    new.spoil("users", fails(401), nth=2, times=100)
    assert refused(new).code == "access_refused"
    assert new.times("token") == 2


def test_a_token_that_is_refused_on_the_way_is_a_fault(new: OneRoster) -> None:
    new.meanwhile("users", new.revoke, nth=2)
    new.spoil("token", fails(401), nth=2)
    assert refused(new).code == "token_refused"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_request_for_a_token_may_be_refused(old: OneRoster, status: int) -> None:
    old.spoil("token", fails(status), times=100)
    assert refused(old).code == "token_refused"
    assert old.times("schools") == 0


def test_a_wrong_secret_is_refused(service: OneRoster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEROSTER_SECRET", "last year's")
    code = {"oauth1": "access_refused", "oauth2": "token_refused"}[service.auth]
    fault = refused(service)
    assert fault.code == code
    assert "last year" not in str(fault)


def test_a_secret_that_is_not_there_is_named(
    service: OneRoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONEROSTER_SECRET")
    fault = refused(service)
    assert (fault.code, fault.details["name"]) == ("secret_missing", "ONEROSTER_SECRET")
    assert service.asked == []


@pytest.mark.parametrize("answer", [[], {}, {"access_token": None}, {"error": "x"}])
def test_an_answer_without_a_token_is_a_fault(old: OneRoster, answer: Any) -> None:
    old.spoil("token", body(lambda _: answer))
    assert refused(old).code == "token_malformed"


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_server_may_know_one_way_of_signing_alone(signing: OneRoster, digest: str) -> None:
    signing.digests = [digest]
    assert len(staff(signing)) == 4


def test_an_error_before_the_first_answer_says_nothing_of_the_way_of_signing(
    signing: OneRoster,
) -> None:
    signing.digests = ["HMAC-SHA1"]
    signing.spoil("schools", fails(503))
    assert len(staff(signing)) == 4


def test_a_signature_is_not_tried_in_another_way_once_it_was_accepted(
    signing: OneRoster,
) -> None:
    signing.spoil("users", fails(401), nth=2, times=100)
    assert refused(signing).code == "access_refused"
    assert len(asked_pages(signing, "users")) == 2


def test_every_try_is_signed_anew(signing: OneRoster) -> None:
    signing.spoil("users", fails(503), nth=2)
    assert len(staff(signing)) == 4


# What may pass by itself


def test_a_wait_that_the_server_asks_for_is_kept(service: OneRoster, time: Time) -> None:
    service.spoil("users", fails(429, X_RateLimit_Reset="1030"), nth=2)
    assert len(staff(service)) == 4
    assert time.slept == [30.0]


def test_an_error_in_the_middle_is_tried_again(service: OneRoster, time: Time) -> None:
    service.spoil("users", fails(500), nth=2, times=2)
    assert len(staff(service)) == 4
    assert time.slept == [1.0, 2.0]


def test_a_broken_connection_is_tried_again(service: OneRoster) -> None:
    service.spoil("users", cut, nth=2)
    assert len(staff(service)) == 4


# Every fault, in either list, on the first page and in the middle

FAULTS: dict[str, tuple[Fault, str]] = {
    "an error of the server": (fails(500), "server_failed"),
    "too many requests": (fails(429, Retry_After="1"), "too_many_requests"),
    "access ended": (fails(401), "access_refused"),
    "access not granted": (fails(403), "access_forbidden"),
    "no such list": (fails(404), "list_not_found"),
    "a status of its own": (fails(418), "status_unexpected"),
    "a web page": (html, "html_answer"),
    "a web page called JSON": (lambda right: html(headed()(right)), "html_answer"),
    "no envelope": (without_envelope, "envelope_missing"),
    "an envelope without a list": (body(lambda d: dict.fromkeys(d)), "envelope_missing"),
    "a bare list": (body(lambda d: next(iter(d.values()))), "envelope_missing"),
    "half a document": (is_not_json, "not_json"),
    "half a body": (cut, "connection_broken"),
    "a body without an end": (drips, "answer_too_slow"),
    "nothing though more was announced": (empty, "total_not_met"),
    "fewer than announced": (headed(X_Total_Count="99"), "total_not_met"),
}


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("what", ["schools", "users"])
@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_ends_the_reading(
    old: OneRoster, time: Time, case: str, what: str, nth: int
) -> None:
    fault, code = FAULTS[case]
    old.dripped = time.tick
    old.spoil(what, fault, nth=nth, times=500)
    found = refused(old)
    assert found.code == code
    assert found.details["what"] == what


def in_record(**fields: Any) -> Callable[[Record], Record]:
    return lambda record: {**record, **fields}


def without(key: str) -> Callable[[Record], Record]:
    return lambda record: {k: v for k, v in record.items() if k != key}


RECORDS: dict[str, tuple[str, Callable[[Record], Any], str]] = {
    "no id of a school": ("schools", without("sourcedId"), "record_id_missing"),
    "no id of a user": ("users", in_record(sourcedId=" "), "record_id_missing"),
    "an id that is a number": ("users", in_record(sourcedId=7), "field_wrong"),
    "not a record": ("users", lambda _: "u1", "record_malformed"),
    "status of a school": ("schools", in_record(status="closed"), "record_status_unknown"),
    "status of a user": ("users", in_record(status="hunter2"), "record_status_unknown"),
    "type of a school": ("schools", in_record(type="camp"), "record_type_unknown"),
    "type left out": ("schools", without("type"), "record_type_unknown"),
    "half a character": ("users", in_record(givenName="\ud83d"), "text_unusable"),
    "a zero in a name": ("schools", in_record(name="Oak\0"), "text_unusable"),
}
RECORDS_1P1 = {
    "role": ("users", in_record(role="hunter2"), "record_role_unknown"),
    "role left out": ("users", without("role"), "record_role_unknown"),
    "a role of 1.2": ("users", in_record(role="principal"), "record_role_unknown"),
    "orgs empty": ("users", in_record(orgs=[]), "staff_without_school"),
    "orgs left out": ("users", without("orgs"), "staff_without_school"),
    "an org without id": ("users", in_record(orgs=[{"type": "org"}]), "record_id_missing"),
    "orgs that are ids": ("users", in_record(orgs=["s1"]), "field_wrong"),
    "a type of 1.2": ("schools", in_record(type="ext:camp"), "record_type_unknown"),
}
RECORDS_1P2 = {
    "a role of 1.1": ("users", in_record(roles=[role_1p2("administrator", "s1")]),
                      "record_role_unknown"),
    "roles empty": ("users", in_record(roles=[]), "user_without_roles"),
    "roles left out": ("users", without("roles"), "user_without_roles"),
    "one role of two without org": (
        "users", in_record(roles=[role_1p2("aide", "s1"), {"role": "teacher"}]), "field_wrong"
    ),
}  # fmt: skip


def spoilt(service: OneRoster, case: tuple[str, Callable[[Record], Any], str]) -> RosterFault:
    what, change, code = case
    service.checked = False
    records = service.schools if what == "schools" else service.users
    records[0] = change(records[0])
    service.users.reverse()
    fault = refused(service)
    assert fault.code == code, fault
    assert "hunter2" not in str(fault)
    return fault


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_at_fault_ends_the_reading(service: OneRoster, case: str) -> None:
    assert spoilt(service, RECORDS[case]).details["what"] == RECORDS[case][0]


@pytest.mark.parametrize("case", RECORDS_1P1)
def test_a_record_at_fault_in_the_older_version(old: OneRoster, case: str) -> None:
    spoilt(old, RECORDS_1P1[case])


@pytest.mark.parametrize("case", RECORDS_1P2)
def test_a_record_at_fault_in_the_newer_version(new: OneRoster, case: str) -> None:
    spoilt(new, RECORDS_1P2[case])


def test_a_record_at_fault_is_named_by_its_id(old: OneRoster) -> None:
    old.checked = False
    old.users[3]["role"] = "hunter2"
    fault = refused(old)
    assert fault.details["place"] == old.users[3]["sourcedId"]
    assert fault.details["place"] in str(fault)


def test_an_id_that_comes_on_two_pages_is_a_fault(service: OneRoster) -> None:
    service.users[5] = service.users[0]
    assert refused(service).details == {
        "code": "record_twice", "service": name(service), "what": "users", "id": "u1"
    }  # fmt: skip


def test_a_student_who_comes_twice_is_a_fault_too(service: OneRoster) -> None:
    service.users[2] = service.users[5]
    assert refused(service).details["id"] == ids(service.users)[5]


def test_a_school_that_comes_twice_is_a_fault(service: OneRoster) -> None:
    service.schools.append(service.schools[0])
    assert refused(service).details["what"] == "schools"


@pytest.mark.parametrize("totals", [True, False])
def test_records_that_change_their_order_are_a_fault(service: OneRoster, totals: bool) -> None:
    service.totals = totals
    service.meanwhile("users", service.users.reverse, nth=2)
    assert refused(service).code == "record_twice"


def test_a_server_that_does_not_know_offsets_is_a_fault(service: OneRoster) -> None:
    service.totals = False
    page: list[bytes] = []

    def the_first_page(right: Any) -> Any:
        page.append(right.body)
        return replace(right, body=page[0])

    service.spoil("users", the_first_page, times=9)
    assert refused(service).code == "record_twice"
    assert service.times("users") == 2, "it is told at once, not after thousands of pages"


def test_a_list_that_never_stands_still_is_a_fault(service: OneRoster) -> None:
    user = USER[service.version]
    for nth in range(2, 40, 2):
        service.meanwhile("users", lambda n=nth: service.users.append(user(f"n{n}")), nth=nth)
    fault = refused(service)
    assert (fault.code, fault.details["walks"]) == ("total_moves", 3)


def test_a_school_that_one_of_two_answers_leaves_out_is_a_fault(service: OneRoster) -> None:
    service.meanwhile("users", lambda: service.schools.pop(1), nth=3)
    assert refused(service).code == "schools_moved"


def test_more_than_announced_is_a_fault(old: OneRoster) -> None:
    old.links = True
    old.spoil("users", headed(X_Total_Count="2"), times=9)
    fault = refused(old)
    assert fault.code == "total_not_met"
    assert (fault.details["total"], fault.details["received"]) == (2, 8)


def test_a_total_that_counts_each_full_page_alone_hides_nothing(
    old: OneRoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rosters.oneroster_rest.LIMIT", 2)
    old.spoil("users", headed(X_Total_Count="2"), times=9)
    assert refused(old).code == "total_not_met"


def test_equal_hashes_of_different_ids_are_no_fault(
    old: OneRoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rosters.csvtable.hash", lambda _: 1, raising=False)
    monkeypatch.setattr("bot.rosters.oneroster_rest.hash", lambda _: 1, raising=False)
    assert len(staff(old)) == 4


def test_nothing_is_sent_without_encryption_to_another_machine(old: OneRoster) -> None:
    assert refused(old, url="http://roster.example").code == "address_not_secure"
    assert refused(old, token_url="http://roster.example/token").code == "address_not_secure"


@pytest.mark.parametrize("key", ["url", "version", "auth", "client_id", "client_secret"])
def test_a_table_that_is_incomplete_is_refused(service: OneRoster, key: str) -> None:
    fault = refused(service, **{key: ""})
    assert (fault.code, fault.details["key"]) == ("source_key_missing", key)


# How it is declared, and what the server is checked against

TABLES: dict[str, tuple[str, str]] = {
    "http": ('url = "http://roster.example"', "source.url has to be an address that begins with"),
    "no host": ('url = "https://"', "source.url has to be an address that begins with"),
    "a password": ('url = "https://a:b@roster.example"', "source.url has to be an address alone"),
    "a version": ('version = "1.0"', "source.version (“1.0” is not a version of OneRoster"),
    "a way in": ('auth = "basic"', "source.auth (“basic” is not a way to sign in"),
    "a secret in plain text": ('client_secret = "hunter"', "source.client_secret has to be named"),
    "no id": ('client_id = " "', "source.client_id has to be filled in"),
    "oauth2 without tokens": ("token_url", "source needs token_url"),
    "oauth1 for 1.2": ('auth = "oauth1"', "source says oauth1, which OneRoster 1.2 does not have"),
}
PARTNER = """
[[partner]]
slug = "lincoln"
name = "Lincoln Unified"
timezone = "America/Chicago"
channel = "C0LINCOLN"
admins = ["U0ANA"]
[partner.source]
kind = "oneroster"
url = "https://roster.example/api"
version = "1.2"
auth = "oauth2"
client_id = "recess"
client_secret = "${LINCOLN_SECRET}"
token_url = "https://roster.example/token"
"""


def declared(folder: Path, line: str = "") -> list[Declaration]:
    """The partner, with one line in place of the one with the same key; a bare key is left out."""
    key = line.partition(" ")[0]
    kept = [text for text in PARTNER.splitlines() if not key or not text.startswith(f"{key} ")]
    file = folder / "partners.toml"
    file.write_text("\n".join([*kept, line if "=" in line else ""]))
    return read_partners(file)


def test_a_service_is_declared_with_its_secret_by_name(tmp_path: Path) -> None:
    [partner] = declared(tmp_path)
    assert partner.source["client_secret"] == "${LINCOLN_SECRET}"


@pytest.mark.parametrize("case", TABLES)
def test_a_declaration_that_cannot_be_meant_is_refused(tmp_path: Path, case: str) -> None:
    line, told = TABLES[case]
    with pytest.raises(PartnersFileInvalid) as caught:
        declared(tmp_path, line)
    assert [m for m in caught.value.mistakes if told in m] == caught.value.mistakes


@pytest.mark.parametrize("version", USER)
@pytest.mark.parametrize(
    "change", [in_record(status="inactive"), without("familyName"), in_record(nick="x")]
)
def test_the_server_checks_itself_against_the_specification(
    version: str, change: Callable[[Record], Record]
) -> None:
    user = USER[version]("u1")
    assert breaches(version, "users", {"users": [user]}) == []
    assert breaches(version, "users", {"users": [change(user)]})


@pytest.mark.parametrize("version", USER)
def test_the_versions_are_told_apart(version: str) -> None:
    other = {"1.1": user_1p2, "1.2": user_1p1}[version]("u1")
    assert breaches(version, "users", {"users": [other]})


def name(service: OneRoster) -> str:
    return f"The OneRoster server {service.url.removeprefix('http://')}"
