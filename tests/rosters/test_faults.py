"""Every fault of a feed ends in its own sentence, with file, line and column."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.rosters import RosterFault, faults
from tests.rosters import sets
from tests.rosters.conftest import Reading
from tests.rosters.sets import ROLES, USERS_1P2, org, role, set_1p1, set_1p2, table, user, user_1p2

Reader = Callable[[sets.Files], Reading]

SECRET = "hunter2"


def with_file(name: str, content: bytes) -> sets.Files:
    return set_1p1() | {name: content}


def with_orgs(text: str) -> sets.Files:
    return with_file("orgs.csv", ("sourcedId,status,name,type\n" + text).encode())


def without(name: str, files: sets.Files) -> sets.Files:
    return {other: content for other, content in files.items() if other != name}


def with_manifest(text: str) -> sets.Files:
    return with_file("manifest.csv", ("propertyName,value\n" + text).encode())


def one_1p2(**files: bytes) -> sets.Files:
    small = set_1p2([org("s1")], [user_1p2("u1")], [role("r1", "u1")])
    return small | {f"{name}.csv": content for name, content in files.items()}


BOTH = "oneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n"

CASES: dict[str, tuple[sets.Files, dict[str, Any]]] = {
    "manifest_missing": (without("manifest.csv", set_1p1()), {}),
    "manifest_property_twice": (
        with_manifest(BOTH + "file.orgs,absent"),
        {"property": "file.orgs", "line": 5},
    ),
    "manifest_value_unknown": (
        with_manifest("oneroster.version,1.1\nfile.orgs,whole"),
        {"property": "file.orgs", "line": 3},
    ),
    "version_missing": (with_manifest("file.orgs,bulk"), {}),
    "version_unknown": (with_manifest("oneroster.version,1.0"), {"line": 2}),
    "delta_set": (
        with_manifest("oneroster.version,1.1\nfile.orgs,bulk\nfile.users,delta"),
        {"file": "users.csv"},
    ),
    "file_missing": (without("users.csv", set_1p1()), {"file": "users.csv"}),
    "file_missing: a file nobody reads": (
        with_manifest(BOTH + "file.classes,bulk"),
        {"file": "classes.csv"},
    ),
    "file_wrong_case": (
        without("users.csv", set_1p1() | {"Users.csv": b""}),
        {"file": "users.csv", "found": "Users.csv"},
    ),
    "file_wrong_case: of the manifest": (
        without("manifest.csv", set_1p1() | {"Manifest.CSV": b""}),
        {"file": "manifest.csv", "found": "Manifest.CSV"},
    ),
    "file_listed_absent": (
        with_manifest("oneroster.version,1.1\nfile.orgs,absent\nfile.users,absent"),
        {"file": "orgs.csv"},
    ),
    "file_not_listed": (with_file("classes.csv", b"sourcedId\nc1"), {"file": "classes.csv"}),
    "needed_file_absent": (
        without("users.csv", with_manifest("oneroster.version,1.1\nfile.orgs,bulk")),
        {"file": "users.csv"},
    ),
    "needed_file_absent: roles of 1.2": (
        without("roles.csv", one_1p2(manifest=sets.manifest("1.2", orgs="bulk", users="bulk"))),
        {"file": "roles.csv"},
    ),
    "file_empty": (with_file("users.csv", b""), {"file": "users.csv"}),
    "file_empty: a mark and blank lines": (
        with_file("users.csv", b"\xef\xbb\xbf\n \n"),
        {"file": "users.csv"},
    ),
    "no_rows": (with_file("users.csv", table(sets.USERS, [])), {"file": "users.csv"}),
    "no_rows: a file nobody reads": (
        with_manifest(BOTH + "file.classes,bulk") | {"classes.csv": b"sourcedId,title\n"},
        {"file": "classes.csv"},
    ),
    "not_utf8": (
        with_file("orgs.csv", b"sourcedId,name,type\ns1,Oak,school\ns2,Pe\xf1a,school\n"),
        {"file": "orgs.csv", "line": 3},
    ),
    "utf16": (
        with_file("orgs.csv", "sourcedId,name,type\ns1,Oak,school".encode("utf-16")),
        {"file": "orgs.csv", "line": 1},
    ),
    "nul_byte": (with_orgs("s1,,Oak,school\ns2,,A\0sh,school"), {"file": "orgs.csv", "line": 3}),
    "unclosed_quote": (
        with_orgs('s1,,Oak,school\ns2,,"Ash,school\ns3,,Elm,school\n'),
        {"file": "orgs.csv", "line": 3},
    ),
    "bad_quoting": (
        with_orgs('s1,,Oak,school\ns2,,"Ash" School,school\n'),
        {"file": "orgs.csv", "line": 3},
    ),
    "cell_too_long": (
        with_orgs('s1,,Oak,school\ns2,,"' + "x,\n" * 60_000),
        {"file": "orgs.csv", "line": 3},
    ),
    "row_too_long": (with_orgs("s1,,Oak,school\n" + "x" * 3_000_000), {"line": 3}),
    "row_too_long: of many lines": (
        with_orgs("s1,,Oak,school\ns2" + ',"\n"' * 1_000_000),
        {"line": 3},
    ),
    "rows_swallowed": (
        with_orgs('s1,,"Oak,school\ns2,,Ash,school\ns3,,Elm",school\n'),
        {"file": "orgs.csv", "line": 2, "column": "name"},
    ),
    "too_few_cells": (
        with_orgs("s1,,Oak,school\ns2,,Ash\n"),
        {"file": "orgs.csv", "line": 3, "cells": 3, "expected": 4},
    ),
    "too_many_cells": (
        with_orgs("s1,,Oak,school\ns2,,Ash,school,,x\n"),
        {"file": "orgs.csv", "line": 3, "cells": 6, "expected": 4},
    ),
    "wrong_delimiter": (
        with_file("orgs.csv", b"sourcedId;name;type\ns1;Oak;school"),
        {"file": "orgs.csv"},
    ),
    "header_missing": (
        with_file("orgs.csv", b"sourcedId,status,name\ns1,,Oak"),
        {"file": "orgs.csv", "column": "type", "line": 1},
    ),
    "header_wrong_case": (
        with_file("orgs.csv", b"sourcedId,Status,name,type\ns1,,Oak,school"),
        {"file": "orgs.csv", "column": "status", "line": 1},
    ),
    "header_twice": (
        with_file("orgs.csv", b"sourcedId,name,type,name\ns1,Oak,school,Ash"),
        {"file": "orgs.csv", "column": "name", "line": 1},
    ),
    "id_empty": (with_orgs("s1,,Oak,school\n ,,Ash,school"), {"file": "orgs.csv", "line": 3}),
    "id_twice": (
        set_1p1(users=[user("u0"), user("u7"), user("u1", role="student"), user("u7")]),
        {"file": "users.csv", "id": "u7", "first": 3, "line": 5},
    ),
    "id_twice: behind a cell of two lines": (
        with_orgs('s1,,"O\nk",school\ns2,,Ash,school\ns2,,Elm,district'),
        {"file": "orgs.csv", "id": "s2", "first": 4, "line": 5},
    ),
    "id_twice: of roles": (
        one_1p2(roles=table(ROLES, [role("r1", "u1"), role("r1", "u1")])),
        {"file": "roles.csv", "id": "r1", "first": 2, "line": 3},
    ),
    "status_unknown": (
        set_1p1(users=[user("u1", role="student", status=SECRET)]),
        {"file": "users.csv", "line": 2, "column": "status"},
    ),
    "org_type_unknown": (
        with_orgs(f"s1,,Oak,{SECRET}"),
        {"file": "orgs.csv", "line": 2, "column": "type"},
    ),
    "org_type_unknown: extended in 1.1": (with_orgs("s1,,Oak,ext:camp"), {"line": 2}),
    "role_unknown": (
        set_1p1(users=[user("u1"), user("u2", role=SECRET)]),
        {"file": "users.csv", "line": 3, "column": "role"},
    ),
    "role_unknown: empty": (set_1p1(users=[user("u1", role="")]), {"line": 2}),
    "role_unknown: of 1.2": (
        one_1p2(roles=table(ROLES, [role("r1", "u1", role="administrator")])),
        {"file": "roles.csv", "line": 2},
    ),
    "reference_empty": (
        set_1p1(users=[user("u1"), user("u2", " , ")]),
        {"file": "users.csv", "line": 3, "column": "orgSourcedIds"},
    ),
    "reference_empty: the user of a role": (
        one_1p2(roles=table(ROLES, [role("r1", "")])),
        {"file": "roles.csv", "line": 2, "column": "userSourcedId"},
    ),
    "reference_empty: the school of a role": (
        one_1p2(roles=table(ROLES, [role("r1", "u1", "")])),
        {"file": "roles.csv", "line": 2, "column": "orgSourcedId"},
    ),
    "role_user_unknown": (
        one_1p2(roles=table(ROLES, [role("r1", "u1"), role("r2", "u2", role="student")])),
        {"file": "roles.csv", "line": 3, "user": "u2"},
    ),
    "user_without_role": (
        one_1p2(users=table(USERS_1P2, [user_1p2("u1"), user_1p2("u2")])),
        {"file": "users.csv", "line": 3, "user": "u2"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_of_the_feed_says_what_and_where(read_files: Reader, case: str) -> None:
    files, expected = CASES[case]
    with pytest.raises(RosterFault) as caught:
        read_files(files)
    fault = caught.value
    assert fault.code == case.split(":")[0], fault
    assert {key: fault.details[key] for key in expected} == expected
    assert all(str(value) in str(fault) for value in expected.values())
    assert SECRET not in str(fault) + str(fault.details)


ALL = list(faults.RosterFault.every())


def test_every_fault_has_its_own_code_and_wording() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)
    assert len({kind.sentence for kind in ALL}) == len(ALL)
    parts = [part for kind in ALL for part in kind.sentence.split(". ")[:1]]
    assert len(set(parts)) == len(ALL)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.code)
def test_a_sentence_tells_what_happened_and_what_to_do(kind: type[RosterFault]) -> None:
    values: dict[str, Any] = {
        name: ("ab", "cd") if "tuple" in str(field.type) else 7
        for name, field in getattr(kind, "__dataclass_fields__", {}).items()
    }
    fault = kind(**values)
    assert fault.code.replace("_", "").isalnum()
    assert fault.code == fault.code.lower()
    assert str(fault).count(". ") >= 1
    assert str(fault).endswith(".")
    assert "{" not in str(fault)


def test_the_picture_at_the_top_names_every_fault() -> None:
    assert faults.__doc__ is not None
    missing = [kind.__name__ for kind in ALL if kind.__name__ not in faults.__doc__]
    assert missing == []


def test_a_sentence_stays_on_one_line_and_short_whatever_an_id_is() -> None:
    fault = faults.IdTwice("users.csv", "a\n\x1b[31m" + "b" * 5000, 2, 3)
    assert str(fault).isprintable()
    assert len(str(fault)) < 300
    assert fault.details["id"] == fault.id


def test_leading_zeros_are_shown_in_five_pairs_at_most() -> None:
    fault = faults.LeadingZeros(tuple((f"00{number}", str(number)) for number in range(1, 9)))
    assert "001 is now 1, 002 is now 2" in str(fault)
    assert "005 is now 5" in str(fault)
    assert "006" not in str(fault)


def test_equal_hashes_of_different_ids_are_no_fault(
    read_files: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rosters.csvtable.hash", lambda _: 1, raising=False)
    monkeypatch.setattr("bot.rosters.oneroster_csv.hash", lambda _: 1, raising=False)
    assert len(read_files(set_1p1())[1]) == 2


def test_two_faults_that_are_tried_again_and_one_that_is_not() -> None:
    assert faults.SetChanged.again
    assert faults.ReadFailed.again
    assert not faults.IdTwice.again
