"""`recess runs`: what became of each sync, and deciding about a held one."""

import pytest

from bot.practice import Workspace
from tests.commands.conftest import Shell, reachable
from tests.commands.test_schools import by


def test_what_was_held_is_applied_unless_it_would_do_more_than_was_shown(
    shell: Shell, slack: Workspace
) -> None:
    shell.environment |= reachable(slack)
    shell.synced().roster({"s9": "Another School"})
    shell.refused("sync")
    with shell.store() as store:
        store.partners.advance(store.partners.locked("lincoln"))
    told = shell.refused("runs", "apply", "lincoln", "2", *by("U0ANA"))
    assert told.endswith("would do more than was shown. Nothing was changed.\n")
    assert set(shell.statuses().values()) == {"active"}
    shell.refused("sync")
    shown = shell.done("runs", "apply", "lincoln", "3", "--pause-all", *by("U0ANA"))
    assert shown.startswith("lincoln: applied. 1 school (1 new, 3 missing)")
    assert [run["outcome"] for run in shell.json("runs", "list")] == [
        "applied", "superseded", "applied",
    ]  # fmt: skip
    assert shell.statuses()["s1"] == "paused"
    paused = shell.json("schools", "history", "lincoln", "s1")[0]
    assert (paused["to"], paused["by"], paused["via"]) == ("paused", "U0ANA", "cli")


def test_what_is_discarded_changes_nothing(sqlite_shell: Shell, slack: Workspace) -> None:
    sqlite_shell.environment |= reachable(slack)
    sqlite_shell.synced().roster({"s9": "Another School"})
    sqlite_shell.refused("sync")
    sqlite_shell.done("runs", "discard", "lincoln", "2", *by("U0ANA"))
    assert sqlite_shell.json("runs", "list")[0]["outcome"] == "discarded"
    told = sqlite_shell.refused("runs", "apply", "lincoln", "2", *by("U0ANA"))
    assert "discarded this roster" in told
    assert "s9" not in sqlite_shell.statuses()


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_at_least_one_run_is_listed(sqlite_shell: Shell, limit: str) -> None:
    assert sqlite_shell("runs", "list", "--limit", limit).exit_code == 2
