"""Moving a partner to a new source from the shell: import, match, apply."""

from collections.abc import Mapping

import pytest

from bot.practice import Workspace
from tests.commands.conftest import LINCOLN, SCHOOLS, STAFF, Shell, reachable
from tests.commands.test_schools import by
from tests.rosters.sets import in_folder, org, set_1p1, user

ELSEWHERE = LINCOLN.replace('path = "roster"', 'path = "elsewhere"')


def move(shell: Shell, more: Mapping[str, str] = {}) -> Shell:
    """The same schools and people from another folder, all with other ids; held.

    `more` says where people are who are there now, or elsewhere than before.
    """
    orgs = [org(f"n{id}", name, identifier=f"00{id[1:]}") for id, name in SCHOOLS.items()]
    users = [
        user(f"n{id}", ",".join(f"n{s}" for s in where.split(",")), email=f"{id}@example.org")
        for id, where in {**STAFF, **more}.items()
    ]
    in_folder(shell.folder / "elsewhere", set_1p1(orgs, users))
    shell.done("partners", "import", str(shell.declare(ELSEWHERE)), "--new-source")
    assert "It is from a new source" in shell.refused("sync")
    return shell


@pytest.fixture
def moved(shell: Shell, slack: Workspace) -> Shell:
    """Once on each database."""
    shell.environment |= reachable(slack)
    return move(shell.synced())


@pytest.fixture
def matched(sqlite_shell: Shell, slack: Workspace) -> Shell:
    """Where the database makes no difference."""
    sqlite_shell.environment |= reachable(slack)
    return move(sqlite_shell.synced())


def run_of(shell: Shell) -> str:
    return str(shell.json("runs", "list", "lincoln")[0]["run"])


def test_what_is_proposed_is_listed(moved: Shell) -> None:
    rows = moved.json("schools", "match", "lincoln")
    assert rows[0] == {
        "partner": "lincoln",
        "run": int(run_of(moved)),
        "id": "s2",
        "number": "002",
        "name": "Elm Elementary",
        "status": "active",
        "state": "proposed",
        "new": {"id": "ns2", "number": "002", "name": "Elm Elementary"},
        "because": "the same number",
        "by": None,
        "at": None,
        "reason": "",
    }
    assert "Elm Elementary (002)" in moved.done("schools", "match", "lincoln")


def test_all_are_accepted_and_applied_and_keep_their_history(moved: Shell) -> None:
    shown = moved.done("schools", "match", "lincoln", "--accept", *by("U0SAM"))
    assert shown.count("linked") == 3
    moved.done("runs", "apply", "lincoln", run_of(moved), *by("U0ANA"))
    assert moved.statuses() == {"ns1": "active", "ns2": "active", "ns3": "active"}
    assert len(moved.json("schools", "history", "lincoln", "ns1")) == 1
    accounts = moved.json("accounts", "list", "lincoln")
    assert {a["id"]: a["schools"] for a in accounts}["nu2"] == ["ns1", "ns2"]
    assert len(accounts) == 4
    assert [run["outcome"] for run in moved.json("sync")] == ["no_change"]


def test_single_schools_are_decided(matched: Shell) -> None:
    decide = ("schools", "match", "lincoln", "--pair", "s1=ns2", "--none", "s2", "--none", "s3")
    rows = {row["id"]: row for row in matched.json(*decide, *by("U0SAM", "Merged"))}
    assert (rows["s1"]["state"], rows["s1"]["new"]["id"]) == ("linked", "ns2")
    assert (rows["s2"]["state"], rows["s2"]["new"]) == ("none", None)
    assert (rows["s1"]["by"], rows["s1"]["reason"]) == ("U0SAM", "Merged")
    assert rows[None]["new"]["id"] in {"ns1", "ns3"}
    assert "2 schools of the new source without a match" in matched.done(
        "schools", "match", "lincoln"
    )


def test_a_frozen_school_has_to_be_decided_first(shell: Shell, slack: Workspace) -> None:
    shell.environment |= reachable(slack)
    shell.synced().done("schools", "freeze", "lincoln", "s1", *by("U0ANA"), "--yes")
    move(shell)
    assert "is Frozen and has to be decided" in shell.done("schools", "match", "lincoln")
    assert "more account" not in shell.done("schools", "match", "lincoln")
    told = shell.refused("runs", "apply", "lincoln", run_of(shell), *by("U0SAM"))
    assert "Oak Elementary (001) is Frozen" in told
    assert "`recess schools match lincoln`" in told
    shell.done("schools", "match", "lincoln", "--pair", "s1=ns1", *by("U0SAM"))
    shell.done("runs", "apply", "lincoln", run_of(shell), *by("U0SAM"))
    assert shell.statuses()["ns1"] == "frozen"
    locked = [a for a in shell.json("accounts", "list", "lincoln") if a["locked"]]
    assert {a["email"] for a in locked} == {"u1@example.org", "u2@example.org"}


def test_it_is_said_how_many_more_accounts_a_frozen_school_locks(
    shell: Shell, slack: Workspace
) -> None:
    shell.environment |= reachable(slack)
    shell.synced().done("schools", "freeze", "lincoln", "s1", *by("U0ANA"), "--yes")
    move(shell, {"u3": "s1,s2", "u9": "s1"})
    shown = shell.done("schools", "match", "lincoln", "--pair", "s1=ns1", *by("U0SAM"))
    assert "Oak Elementary (001) stays Frozen as Oak Elementary (001): 2 more accounts" in shown
    locked = {a["email"] for a in shell.json("accounts", "list", "lincoln") if a["locked"]}
    shell.done("runs", "apply", "lincoln", run_of(shell), *by("U0SAM"))
    after = {a["email"] for a in shell.json("accounts", "list", "lincoln") if a["locked"]}
    assert after - locked == {"u3@example.org", "u9@example.org"}


def test_a_partner_whose_schools_are_to_be_matched_is_marked(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    marked = "new source, to be matched"
    assert marked not in sqlite_shell.done("partners", "list")
    move(sqlite_shell)
    assert marked in sqlite_shell.done("partners", "list")
    assert sqlite_shell.json("partners", "list")[0]["new_source"] is True


def test_proposals_that_a_later_run_replaced_are_not_accepted_unseen(matched: Shell) -> None:
    seen = run_of(matched)
    matched.refused("sync")
    told = matched.refused("schools", "match", "lincoln", "--accept", "--run", seen, *by("U0SAM"))
    assert f"Run {seen} is not held any more: run {run_of(matched)} took its place" in told
    matched.done("schools", "match", "lincoln", "--accept", "--run", run_of(matched), *by("U0SAM"))


def test_only_support_may_match(matched: Shell) -> None:
    told = matched.refused("schools", "match", "lincoln", "--accept", *by("U0ANA"))
    assert "Only the support team can link" in told


@pytest.mark.parametrize(
    "options",
    [
        ("--accept",),
        ("--accept", "--by", "U0SAM"),
        ("--accept", "--by", "U0SAM", "--reason", " "),
        ("--pair", "s1", "--by", "U0SAM", "--reason", "x"),
        ("--pair", "s1=ns1", "--none", "s1", "--by", "U0SAM", "--reason", "x"),
        ("--none", "s1", "--none", "s1", "--by", "U0SAM", "--reason", "x"),
    ],
)
def test_what_does_not_make_sense_is_a_usage_error(matched: Shell, options: list[str]) -> None:
    assert matched("schools", "match", "lincoln", *options).exit_code == 2
    assert {row["state"] for row in matched.json("schools", "match", "lincoln")} == {"proposed"}


def test_without_a_new_source_there_is_nothing_to_show(sqlite_shell: Shell) -> None:
    told = sqlite_shell.synced().refused("schools", "match", "lincoln")
    assert "nothing to match" in told


def test_a_dry_run_of_a_new_source_says_that_it_would_be_held(matched: Shell) -> None:
    before = run_of(matched)
    ended = matched("sync", "--dry-run")
    assert (ended.exit_code, run_of(matched)) == (1, before)
    assert "lincoln: held. It is from a new source" in ended.stderr


def test_an_upload_of_a_new_source_waits_to_be_matched(shell: Shell, slack: Workspace) -> None:
    shell.environment |= reachable(slack)
    shell.synced()
    uploads = LINCOLN.replace('kind = "oneroster-csv", path = "roster"', 'kind = "csv"')
    shell.done("partners", "import", str(shell.declare(uploads)), "--new-source")
    told = shell.refused("upload", "lincoln", "roster", "--yes")
    assert "It is from a new source" in told
    assert f"it waits as run {run_of(shell)}" in told
    assert shell.json("runs", "list", "lincoln")[0]["outcome"] == "held"
    shell.done("schools", "match", "lincoln", "--accept", *by("U0SAM"))
    shell.done("runs", "apply", "lincoln", run_of(shell), *by("U0ANA"))
    assert shell.statuses() == dict.fromkeys(("s1", "s2", "s3"), "active")
    assert "no change" in shell.done("upload", "lincoln", "roster", "--yes")
