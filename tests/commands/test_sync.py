"""`recess sync` and `recess runs list`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.commands.bar import Bar
from bot.commands.stores import now
from storage.partners import Partner
from storage.roster.compare import compare
from storage.roster.plan import Plan
from storage.rules.lifecycle import Event
from storage.schools import Actor
from tests.commands.conftest import CEDAR, LINCOLN, SCHOOLS, STAFF, Shell, at_terminal

NONE = {"new": 0, "missing": 0, "returned": 0, "total": 0}
NOBODY = {"added": 0, "changed": 0, "removed": 0, "total": 0}


def test_the_first_run_is_told_and_described(shell: Shell) -> None:
    shell.roster()
    shell.done("partners", "import", str(shell.declare(LINCOLN)))
    assert shell.json("sync") == [
        {
            "partner": "lincoln",
            "run": 1,
            "outcome": "applied",
            "reason": "",
            "schools": {"new": 3, "missing": 0, "returned": 0, "total": 3},
            "staff": {"added": 4, "changed": 0, "removed": 0, "total": 4},
        }
    ]
    assert shell.done("sync") == "lincoln: no change. 3 schools; 4 staff.\n"


def test_runs_are_listed_as_sync_described_them(shell: Shell) -> None:
    shell.roster()
    shell.done("partners", "import", str(shell.declare(LINCOLN)))
    first, second = shell.json("sync"), shell.json("sync")
    assert shell.json("runs", "list") == second + first
    assert shell.json("runs", "list", "lincoln", "--limit", "1") == second
    assert "no change" in shell.done("runs", "list")


def test_missing_and_returned_schools_are_counted_once(shell: Shell) -> None:
    shell.synced().roster({"s1": "Oak Elementary", "s3": "Fir Middle School"})
    assert shell.json("sync")[0]["schools"] == {**NONE, "missing": 1, "total": 2}
    assert shell.json("sync")[0]["schools"] == {**NONE, "total": 2}
    assert shell.statuses() == {"s1": "active", "s2": "action_needed", "s3": "active"}
    shell.roster()
    assert shell.json("sync")[0]["schools"] == {**NONE, "returned": 1, "total": 3}


def test_a_feed_at_fault_fails_and_changes_nothing(shell: Shell) -> None:
    shell.synced()
    (shell.folder / "roster" / "users.csv").unlink()
    result = shell("sync", "--json")
    assert result.exit_code == 1
    assert '"outcome": "failed"' in result.stdout
    assert result.stderr.startswith("lincoln: failed. ")
    assert "users.csv" in result.stderr
    assert result.stderr.endswith("Nothing was changed.\n")
    assert set(shell.statuses().values()) == {"active"}


def test_a_held_run_is_an_error_and_changes_nothing(shell: Shell) -> None:
    shell.synced().roster({"s9": "Another School"})
    result = shell("sync")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("lincoln: held. It has none of the schools")
    assert shell.json("runs", "list")[0]["outcome"] == "held"
    assert set(shell.statuses().values()) == {"active"}


def test_no_batch_is_skipped_and_fine(shell: Shell) -> None:
    shell.synced()
    for name in ("orgs.csv", "users.csv"):
        (shell.folder / "roster" / name).unlink()
    manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    (shell.folder / "roster" / "manifest.csv").write_text(manifest)
    [run] = shell.json("sync")
    assert (run["outcome"], run["schools"], run["staff"]) == ("skipped", NONE, NOBODY)


def test_somebody_elses_sync_is_named(shell: Shell) -> None:
    shell.synced()
    with shell.store() as store:
        store.runs.here(store.partners.locked("lincoln"), "now:x", "recess sync on attic")
    result = shell("sync", "--json")
    assert (result.exit_code, result.stdout) == (1, "[]\n")
    assert "recess sync on attic" in result.stderr


def test_one_refused_partner_does_not_stop_the_others(shell: Shell) -> None:
    shell.roster()
    shell.done("partners", "import", str(shell.declare(LINCOLN, CEDAR)))
    result = shell("sync")
    assert result.exit_code == 1
    assert result.stdout == "lincoln: applied. 3 schools (3 new); 4 staff (4 added).\n"
    assert result.stderr.startswith("cedar: failed. ")


def test_an_error_that_nobody_expected_does_not_stop_the_others(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_shell.synced()
    sqlite_shell.roster(folder="cedar")
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN, CEDAR)))

    def broken(read: Any, partner: Partner, *more: Any, **named: Any) -> Plan:
        if partner.slug == "cedar":
            raise ZeroDivisionError
        return compare(read, partner, *more, **named)

    monkeypatch.setattr("bot.sync.compare", broken)
    result = sqlite_shell("sync", "--json")
    assert (result.exit_code, [run["partner"] for run in json.loads(result.stdout)]) == (
        1,
        ["lincoln"],
    )
    assert result.stderr.startswith("cedar: Something went wrong that nobody expected.")
    runs = sqlite_shell.json("runs", "list", "cedar")
    assert [(run["outcome"], run["reason"]) for run in runs] == [
        ("failed", "It was interrupted before its end.")
    ]


def test_a_name_given_twice_is_synced_once(shell: Shell) -> None:
    shell.synced()
    assert len(shell.json("sync", "lincoln", "lincoln")) == 1


def test_without_partners_there_is_nothing_to_do(sqlite_shell: Shell) -> None:
    result = sqlite_shell("sync", "--json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert "recess partners import" in result.stderr


# A dry run


def test_a_dry_run_says_what_would_be_and_writes_nothing(shell: Shell) -> None:
    shell.synced().roster({"s1": "Oak Elementary", "s2": "Elm Elementary"})
    [run] = shell.json("sync", "--dry-run")
    assert (run["run"], run["outcome"]) == (None, "applied")
    assert run["schools"] == {**NONE, "missing": 1, "total": 2}
    assert len(shell.json("runs", "list")) == 1
    assert set(shell.statuses().values()) == {"active"}


def test_a_dry_run_of_a_held_roster_is_an_error_too(shell: Shell) -> None:
    shell.synced().roster({"s9": "Another School"})
    result = shell("sync", "--dry-run", "--json")
    assert result.exit_code == 1
    assert '"run": null, "outcome": "held"' in result.stdout


def test_the_difference_is_readable(shell: Shell) -> None:
    shell.synced().without("s2")
    shell.roster(
        {"s1": "Oak Academy", "s2": "Elm Elementary", "s4": "Ash Elementary"},
        {"u1": "s1,s4", "u2": "s1,s2", "u3": "s2", "u5": "s4"},
    )
    shown = shell.done("sync", "--dry-run")
    assert shown.splitlines() == [
        "lincoln: would be applied. Nothing is stored.",
        "  Schools",
        "    + Ash Elementary (004): new, Active",
        "    - Fir Middle School (003): missing, Active → Action Needed; its staff (1) stay",
        "    ↩ Elm Elementary (002): back, Action Needed → Active",
        "    ~ Oak Elementary (001): now called Oak Academy (001)",
        "      3 in the roster",
        "  Staff",
        "    + 1 added: u5",
        "    ~ 1 changed: u1",
        "    - 1 not in it any more: u4",
        "      4 in the roster",
        "  Circuit breaker: lets it pass.",
        "    1 of 2 schools gone (held from 3 and 20 % on)",
        "    0 of 4 staff gone from schools that are there "
        "(held from 20 % on, when at least 50 are known)",
    ]


def test_a_frozen_school_that_goes_missing_stays_frozen_in_the_difference(shell: Shell) -> None:
    shell.synced()
    with shell.store() as store:
        partner = store.partners.locked("lincoln")
        [school] = store.schools.picked(partner, ["s2"])
        store.schools.change(school, Event.FROZEN, Actor("U0ANA", "Ana", "slack"))
    shell.roster({"s1": "Oak Elementary", "s3": "Fir Middle School"})
    assert "- Elm Elementary (002): missing, stays Frozen" in shell.done("sync", "--dry-run")


def test_many_schools_and_people_are_not_all_named(shell: Shell) -> None:
    schools = {f"s{n}": f"School {n:03}" for n in range(60)}
    shell.roster(schools, {f"u{n}": "s1" for n in range(9)})
    shell.done("partners", "import", str(shell.declare(LINCOLN)))
    shown = shell.done("sync", "--dry-run")
    assert "+ …and 10 more" in shown
    assert "+ 9 added: u0, u1, u2, u3, u4, …" in shown
    assert "Circuit breaker: not asked, this is the first run." in shown


# What is around it


def test_the_bar_shows_itself_for_long_files_only(capsys: pytest.CaptureFixture[str]) -> None:
    short = Bar("lincoln", long=100)
    short(50, 99)
    short.close()
    assert capsys.readouterr() == ("", "")
    long = Bar("[bold]lincoln", long=100)
    long(50, 100)
    long.close()
    shown = capsys.readouterr()
    assert shown.out == ""


def test_a_person_at_a_terminal_sees_the_bar_of_a_long_file(sqlite_shell: Shell) -> None:
    sqlite_shell.roster()
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    with (sqlite_shell.folder / "roster" / "users.csv").open("a") as users:
        users.writelines(f"c{n},,,,s1,student,{'x' * 400}{',' * 11}\n" for n in range(12_000))
    code, seen = at_terminal(sqlite_shell, "sync")
    assert code == 0
    assert "━" in seen
    assert "lincoln: applied" in seen


def test_a_sync_carries_nothing_that_only_serve_needs(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    heavy = ("starlette", "uvicorn", "apscheduler", "rich", "websockets", "bot.partners_file")
    heavy += ("slack_bolt", "slack_sdk")
    look = (
        "import sys; from bot.__main__ import main\n"
        "try: main()\n"
        f"except SystemExit: print([name for name in {heavy} if name in sys.modules])"
    )
    looked = subprocess.run(
        [sys.executable, "-c", look, "sync"],
        cwd=sqlite_shell.folder,
        env=sqlite_shell.outside(),
        capture_output=True,
        text=True,
    )
    assert looked.stdout.splitlines() == ["lincoln: no change. 3 schools; 4 staff.", "[]"]


def test_its_messages_are_left_to_serve(shell: Shell) -> None:
    shell.synced()
    with shell.store() as store:
        assert store.messages.backlog() == 1


def test_the_path_of_a_roster_does_not_depend_on_where_one_stands(
    shell: Shell, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.synced()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert shell.json("sync")[0]["outcome"] == "no_change"
    [partner] = shell.json("partners", "list")
    assert Path(partner["source"]["path"]) == shell.folder / "roster"
    assert partner["last_synced"] <= f"{now():%Y-%m-%dT%H:%M:%SZ}"
    assert (partner["schools"], partner["staff"]) == (len(SCHOOLS), len(STAFF))
