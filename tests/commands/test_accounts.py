"""`recess accounts` and `recess upload`: people, locks, and adding somebody by hand."""

from pathlib import Path

import pytest

from bot.practice import Workspace
from storage.rules.lifecycle import Event
from storage.schools import Actor
from tests.commands.conftest import LINCOLN, SCHOOLS, STAFF, Shell, reachable

HEAD = "Staff First Name,Staff Last Name,Staff Email,Schools"


def frozen(shell: Shell, *ids: str) -> Shell:
    with shell.store() as store:
        partner = store.partners.locked("lincoln")
        for school in store.schools.picked(partner, ids):
            store.schools.change(school, Event.FROZEN, Actor("U0ANA", "Ana", "slack"))
    return shell


def accounts(shell: Shell) -> dict[str, dict[str, object]]:
    return {row["email"]: row for row in shell.json("accounts", "list", "lincoln")}


def add(*schools: str, email: str = "New@Example.org") -> list[str]:
    where = [part for id in schools for part in ("--school", id)]
    named = ["--email", email, "--given-name", "Nia", "--family-name", "Wu"]
    return ["accounts", "add", "lincoln", *named, *where]


# Listing


def test_accounts_are_listed_as_the_interface_says(shell: Shell) -> None:
    rows = frozen(shell.synced(), "s1", "s2").json("accounts", "list", "lincoln")
    assert rows == [
        {
            "partner": "lincoln",
            "id": "u1",
            "email": "u1@example.org",
            "schools": ["s1"],
            "locked": True,
            "because": ["s1"],
        },
        {
            "partner": "lincoln",
            "id": "u2",
            "email": "u2@example.org",
            "schools": ["s1", "s2"],
            "locked": True,
            "because": ["s1", "s2"],
        },
        {
            "partner": "lincoln",
            "id": "u3",
            "email": "u3@example.org",
            "schools": ["s2"],
            "locked": True,
            "because": ["s2"],
        },
        {
            "partner": "lincoln",
            "id": "u4",
            "email": "u4@example.org",
            "schools": ["s3"],
            "locked": False,
            "because": [],
        },
    ]


def test_people_read_one_line_for_each(shell: Shell) -> None:
    shown = frozen(shell.synced(), "s1").done("accounts", "list", "lincoln")
    assert shown.splitlines()[1:3] == [
        "u2  u2@example.org  s1, s2  LOCKED by s1",
        "u3  u3@example.org  s2",
    ]


def test_more_accounts_than_are_read_at_a_time_are_all_listed(shell: Shell) -> None:
    shell.synced().roster(SCHOOLS, {f"u{n}": "s1,s2,s3" for n in range(1_500)})
    shell.done("sync")
    rows = shell.json("accounts", "list", "lincoln")
    assert len(rows) == 1_500
    assert {tuple(row["schools"]) for row in rows} == {("s1", "s2", "s3")}


def test_an_unknown_partner_has_no_list(sqlite_shell: Shell) -> None:
    assert "no partner “x”" in sqlite_shell.refused("accounts", "list", "x", "--json")


# Adding one


def test_a_person_is_added_by_hand_and_stays(shell: Shell) -> None:
    shown = shell.synced().done(*add("s1", "s3"))
    assert (
        shown == "New@Example.org was added at Oak Elementary (001) and Fir Middle School (003).\n"
    )
    shell.done("sync")
    assert accounts(shell)["New@Example.org"]["schools"] == ["s1", "s3"]


def test_adding_again_changes_nothing(shell: Shell) -> None:
    shell.synced().done(*add("s1"))
    assert "was already added at" in shell.done(*add("s1", email="new@example.ORG"))
    assert len(accounts(shell)) == len(STAFF) + 1


def test_a_known_person_gets_the_school_as_well(shell: Shell) -> None:
    shell.synced().done(*add("s3", email="U1@example.org"))
    assert accounts(shell)["u1@example.org"]["schools"] == ["s1", "s3"]
    shell.done("sync")
    assert accounts(shell)["u1@example.org"]["schools"] == ["s1", "s3"]


def test_who_joins_a_frozen_school_is_locked_at_once(shell: Shell) -> None:
    shown = frozen(shell.synced(), "s1").done(*add("s1"))
    assert "Locked at once, because frozen: Oak Elementary (001)." in shown
    assert accounts(shell)["New@Example.org"]["locked"] is True


def test_one_unknown_school_stores_nothing(shell: Shell) -> None:
    told = shell.synced().refused(*add("s1", "s9"))
    assert "lincoln has no school with the id “s9”" in told
    assert len(accounts(shell)) == len(STAFF)


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.org", "Nia <n@example.org>"])
def test_an_address_has_to_be_one(sqlite_shell: Shell, email: str) -> None:
    assert sqlite_shell.synced()(*add("s1", email=email)).exit_code == 2


# Releasing


@pytest.fixture
def locked(shell: Shell, slack: Workspace) -> Shell:
    """Elm Elementary is frozen, with u2 (who is at Oak Elementary too) and u3."""
    shell.environment |= reachable(slack)
    return frozen(shell.synced(), "s2")


def release(*people: str, by: str = "U0SAM", reason: str = "Still teach") -> list[str]:
    decision = ["--school", "s2", "--by", by, "--reason", reason]
    return ["accounts", "release", "lincoln", *people, *decision]


def locked_now(shell: Shell) -> list[str]:
    return [str(row["id"]) for row in accounts(shell).values() if row["locked"]]


def test_support_releases_by_id_and_email_until_the_next_freeze(locked: Shell) -> None:
    shown = locked.done(*release("u2", "U3@Example.org"), "--yes")
    assert shown.splitlines() == [
        "2 accounts of Elm Elementary (002) to be released:",
        "  Ada Byron: Oak Elementary (001)",
        "  Ada Byron: only here",
        "2 accounts of Elm Elementary (002) released.",
    ]
    assert locked_now(locked) == []
    locked.done("sync")
    assert locked_now(locked) == []
    with locked.store() as store:
        [school] = store.schools.picked(store.partners.locked("lincoln"), ["s2"])
        store.schools.change(school, Event.UNFROZEN, Actor("U0SAM", "Sam", "slack"))
    assert locked_now(frozen(locked, "s2")) == ["u2", "u3"]


def test_all_who_also_work_elsewhere_are_released_at_once(locked: Shell) -> None:
    assert "1 account of Elm" in locked.done(*release("--all-elsewhere"), "--yes")
    assert locked_now(locked) == ["u3"]
    told = locked.refused(*release("--all-elsewhere"), "--yes")
    assert "Nobody whom Elm Elementary (002) locks works elsewhere too" in told


def test_a_release_by_one_school_leaves_the_lock_of_another(locked: Shell) -> None:
    shown = frozen(locked, "s1").done(*release("u2"), "--yes")
    assert "1 of them stays locked, because another school of theirs is frozen." in shown
    assert accounts(locked)["u2@example.org"]["because"] == ["s1"]


@pytest.mark.parametrize("by", ["U0ANA", "U0VIC", "U0CARMEN"])
def test_only_support_releases(locked: Shell, by: str) -> None:
    told = locked.refused(*release("u2", by=by), "--yes")
    assert "Only the support team can release accounts" in told
    assert locked_now(locked) == ["u2", "u3"]


def test_releasing_twice_changes_nothing(locked: Shell) -> None:
    locked.done(*release("u2"), "--yes")
    assert "are released from Elm Elementary (002) already" in locked.refused(
        *release("u2"), "--yes"
    )


def test_who_does_not_work_there_is_not_released(locked: Shell) -> None:
    told = locked.refused(*release("u2", "u4"), "--yes")
    assert "Nobody at Elm Elementary (002) has the id or email “u4”" in told
    assert locked_now(locked) == ["u2", "u3"]


def test_a_school_that_is_not_frozen_releases_nobody(locked: Shell) -> None:
    told = locked.refused(
        "accounts", "release", "lincoln", "u1", "--school", "s1",
        "--by", "U0SAM", "--reason", "Why not", "--yes",
    )  # fmt: skip
    assert "Oak Elementary (001) is not frozen" in told


def test_a_release_is_asked_about(locked: Shell) -> None:
    result = locked(*release("u2"))
    assert result.exit_code == 1
    assert "Nobody was released; --yes does it without a question." in result.stderr


@pytest.mark.parametrize("people", [(), ("",), ("u2", " "), ("u2", "--all-elsewhere")])
def test_who_is_released_is_said_in_one_way(locked: Shell, people: tuple[str, ...]) -> None:
    assert locked(*release(*people), "--yes").exit_code == 2
    assert locked(*release("u2", reason=" "), "--yes").exit_code == 2


# A staff list


def staff_list(shell: Shell, *rows: str) -> str:
    file = shell.folder / "staff.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")
    return str(file)


def test_a_staff_list_is_shown_and_added(shell: Shell) -> None:
    file = staff_list(
        shell.synced(),
        'Nia,Wu,nia@example.org,"Oak Elementary, Fir Middle School"',
        "Ada,Byron,u1@example.org,Elm Elementary",
        "Ada,Byron,U3@example.org,Elm Elementary",
    )
    assert shell.done("upload", "lincoln", file, "--yes").splitlines() == [
        "3 people to add, 1 of them new; 0 are there already.",
        "  nia@example.org: Oak Elementary (001) and Fir Middle School (003)",
        "  u1@example.org (known): Elm Elementary (002)",
        "  U3@example.org (known): Elm Elementary (002)",
        "3 people were added. Nobody was removed.",
    ]
    assert accounts(shell)["nia@example.org"]["schools"] == ["s1", "s3"]
    assert accounts(shell)["u1@example.org"]["schools"] == ["s1", "s2"]
    again = shell.done("upload", "lincoln", file)
    assert again == "0 people to add, 0 of them new; 3 are there already.\n"


def test_a_dry_run_adds_nobody(shell: Shell) -> None:
    file = staff_list(shell.synced(), "Nia,Wu,nia@example.org,Oak Elementary")
    shown = shell.done("upload", "lincoln", file, "--dry-run")
    assert shown.startswith("1 person to add, 1 of them new;")
    assert len(accounts(shell)) == len(STAFF)


def test_names_that_are_not_one_school_refuse_the_whole_list(shell: Shell) -> None:
    shell.roster({**SCHOOLS, "s4": "Oak Elementary"})
    shell.done("partners", "import", str(shell.declare(LINCOLN)))
    shell.done("sync")
    file = staff_list(
        shell,
        "Nia,Wu,nia@example.org,Fir Middle School",
        'Bo,Li,bo@example.org,"Fir middle school, Oak Elementary"',
    )
    told = shell.refused("upload", "lincoln", file, "--yes")
    assert [line.split(" the staff list: ")[1] for line in told.splitlines()[:2]] == [
        "this partner has no school called exactly “Fir middle school”. "
        "Copy the name from the list of its schools.",
        "more than one school is called “Oak Elementary” (numbers 001, 004). "
        "Leave this person out; whoever runs Recess adds them by the school's id, with "
        "`recess accounts add`.",
    ]
    assert told.splitlines()[2] == "Nothing was stored."
    assert len(accounts(shell)) == len(STAFF)


def test_who_would_be_locked_is_said_before(shell: Shell) -> None:
    file = staff_list(frozen(shell.synced(), "s1"), "Nia,Wu,nia@example.org,Oak Elementary")
    shown = shell.done("upload", "lincoln", file, "--dry-run")
    assert "Locked at once, because frozen: Oak Elementary (001)." in shown


def test_without_a_terminal_a_list_needs_yes(sqlite_shell: Shell) -> None:
    file = staff_list(sqlite_shell.synced(), "Nia,Wu,nia@example.org,Oak Elementary")
    result = sqlite_shell("upload", "lincoln", file)
    assert result.exit_code == 1
    assert "Nothing was stored; --yes confirms it." in result.stderr
    assert len(accounts(sqlite_shell)) == len(STAFF)


@pytest.mark.parametrize(("typed", "code", "more"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_at_a_terminal_it_is_asked(sqlite_shell: Shell, typed: str, code: int, more: int) -> None:
    file = staff_list(sqlite_shell.synced(), "Nia,Wu,nia@example.org,Oak Elementary")
    ended, seen = sqlite_shell.asked("upload", "lincoln", file, typed=typed)
    assert "Add them? [y/N]" in seen
    assert ended == code
    assert len(accounts(sqlite_shell)) == len(STAFF) + more


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "staff.csv"),
        (f"{HEAD}\n", "staff.csv"),
        ("First,Last\na,b\n", "Staff First Name"),
        (f"{HEAD}\nNia,Wu,,Oak Elementary\n", "Line 2 of the staff list: Staff Email is empty"),
        (f"{HEAD}\nNia,Wu,nia,Oak Elementary\n", "does not look like name@example.org"),
        (f"{HEAD}\nNia,Wu,nia@example.org,\n", "Line 2 of the staff list: Schools is empty"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    sqlite_shell: Shell, content: str, told: str
) -> None:
    file = sqlite_shell.synced().folder / "staff.csv"
    file.write_text(content)
    sentence = sqlite_shell.refused("upload", "lincoln", str(file), "--yes")
    assert told in sentence
    assert sentence.endswith("Nothing was stored.\n")


def test_wrong_use_of_upload(sqlite_shell: Shell) -> None:
    file = staff_list(sqlite_shell.synced(), "Nia,Wu,nia@example.org,Oak Elementary")
    assert sqlite_shell("upload", "lincoln", "nowhere.csv").exit_code == 2
    assert sqlite_shell("upload", "lincoln", file, "--yes", "--dry-run").exit_code == 2
    assert "no partner “x”" in sqlite_shell.refused("upload", "x", file)
    assert Path(file).exists()
