"""`recess partners tell-apart`: ids that differ only by zeros in front, and are both real."""

import pytest

from bot.practice import Workspace
from tests.commands.conftest import LINCOLN, SCHOOLS, STAFF, Shell, reachable
from tests.commands.test_schools import by

TELL = ("partners", "tell-apart", "lincoln", "--pair")


@pytest.fixture
def synced(shell: Shell, slack: Workspace) -> Shell:
    shell.environment |= reachable(slack)
    return shell.synced()


def renamed(id: str, to: str) -> dict[str, str]:
    """The schools with another id for one of them."""
    return {to if known == id else known: name for known, name in SCHOOLS.items()}


def test_a_school_is_another_one_once_support_says_so(synced: Shell) -> None:
    synced.roster(renamed("s1", "0s1"))
    told = synced.refused("sync")
    assert "s1 is now 0s1" in told
    assert "`recess partners tell-apart`" in told
    assert "not among the people who may" in synced.refused(*TELL, "s1=0s1", *by("U0ANA"))
    synced.refused("sync")
    assert "`recess sync lincoln` reads" in synced.done(*TELL, "0s1=s1", *by("U0SAM"))
    synced.done("sync")
    assert synced.statuses() == {
        "s1": "action_needed", "0s1": "active", "s2": "active", "s3": "active",
    }  # fmt: skip


def test_a_person_is_another_one_once_support_says_so(synced: Shell) -> None:
    people = {id: where for id, where in STAFF.items() if id != "u4"} | {"0u4": "s3"}
    synced.roster(staff=people)
    assert "u4 is now 0u4" in synced.refused("sync")
    synced.done(*TELL, "u4=0u4", *by("U0SAM"))
    synced.done("sync")
    assert {row["id"] for row in synced.json("accounts", "list", "lincoln")} == set(people)


def test_a_school_that_people_name_without_its_zeros_loses_nobody(sqlite_shell: Shell) -> None:
    numbers = {f"00{id[1:]}": name for id, name in SCHOOLS.items()}
    people = {id: where.replace("s", "00") for id, where in STAFF.items()}
    sqlite_shell.roster(numbers, people)
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    sqlite_shell.done("sync")
    spoilt = {id: where.replace("00", "") for id, where in people.items()}
    sqlite_shell.roster(numbers, spoilt)
    assert "001 is now 1, 002 is now 2, 003 is now 3" in sqlite_shell.refused("sync")
    accounts = sqlite_shell.json("accounts", "list", "lincoln")
    assert {row["id"]: ",".join(row["schools"]) for row in accounts} == people


def test_it_is_said_once_and_of_those_alone(synced: Shell) -> None:
    for _ in range(2):
        synced.done(*TELL, "s1=0s1", *by("U0SAM"))
    synced.roster(renamed("s2", "0s2"))
    assert "s2 is now 0s2" in synced.refused("sync")


@pytest.mark.parametrize(
    ("pair", "because"),
    [
        ("s1=s2", "do not differ by zeros in front alone"),
        ("s1=s1", "do not differ by zeros in front alone"),
        ("x=0x", "has no school and nobody with the id"),
    ],
)
def test_other_pairs_are_refused(synced: Shell, pair: str, because: str) -> None:
    assert because in synced.refused(*TELL, pair, *by("U0SAM"))


def test_a_pair_is_two_ids(synced: Shell) -> None:
    assert synced(*TELL, "s1", *by("U0SAM")).exit_code == 2
    assert synced(*TELL, "s1=0s1", *by("U0SAM", reason=" ")).exit_code == 2
