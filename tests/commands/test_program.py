"""What every command does alike: help, errors, exit codes."""

import errno
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click import Context, Group
from click.testing import CliRunner
from sqlalchemy import create_engine

from bot.commands.program import COMMANDS, recess
from tests.commands.conftest import LINCOLN, Shell, at_terminal
from tests.harness.patience import LONG
from tests.rosters.sets import in_folder, org, set_1p1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(sqlite_shell: Shell, command: str) -> None:
    told = sqlite_shell.done(command, "--help")
    assert told.startswith(f"Usage: recess {command} ")
    assert len(told.splitlines()) > 4


def test_the_help_lists_every_command_with_a_whole_sentence(sqlite_shell: Shell) -> None:
    told = sqlite_shell.done("--help")
    listed = told.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(whole(line) for line in listed)


def whole(line: str) -> bool:
    return line.endswith(".") and not line.endswith("...")


GROUPS = [name for name in COMMANDS if isinstance(recess.get_command(Context(recess), name), Group)]


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_its_commands_with_whole_sentences(sqlite_shell: Shell, group: str) -> None:
    listed = sqlite_shell.done(group, "--help").split("Commands:\n")[1].splitlines()
    assert [line for line in listed if not whole(line)] == []


def test_an_unknown_command_is_a_usage_error(sqlite_shell: Shell) -> None:
    assert sqlite_shell("freez").exit_code == 2
    assert sqlite_shell("sync", "--fast").exit_code == 2


def test_a_database_that_is_not_there_names_the_command_and_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = Shell(tmp_path, "sqlite:///nowhere.db").refused("partners", "list")
    assert "recess db upgrade" in told
    assert not (tmp_path / "nowhere.db").exists()


def test_a_database_without_tables_is_set_up_by_upgrade(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, empty_database_url)
    assert "recess db upgrade" in shell.refused("sync")
    shell.done("db", "upgrade")
    shell.done("db", "upgrade")
    shell.synced()


@pytest.mark.parametrize(
    "url",
    ["nothing", "postgres://u:tellnobody@127.0.0.1/x", "postgresql://u:tellnobody@127.0.0.1:9/x"],
)
@pytest.mark.parametrize("command", [["partners", "list"], ["db", "upgrade"]])
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    tmp_path: Path, url: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = Shell(tmp_path, url).refused(*command)
    assert "DATABASE_URL" in told
    assert "tellnobody" not in told
    assert "Traceback" not in told


def test_a_database_in_a_folder_that_may_not_be_read_is_told(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bot.commands.stores.sqlite_path", fail)
    assert "cannot be used (Permission denied)" in sqlite_shell.refused("partners", "list")


def test_a_setting_that_cannot_be_meant_is_named(sqlite_shell: Shell) -> None:
    sqlite_shell.environment |= {"HTTP_PORT": "many", "PUBLIC_URL": "https://[recess"}
    told = sqlite_shell.refused("partners", "list")
    assert "HTTP_PORT: " in told
    assert "PUBLIC_URL: " in told


@pytest.mark.parametrize("content", [b"\xff\xfeS\0", b"SUPPORT_CONTACT=caf\xe9\n"])
def test_a_file_of_settings_that_is_no_text_is_told(sqlite_shell: Shell, content: bytes) -> None:
    (sqlite_shell.folder / ".env").write_bytes(content)
    assert "The file .env is here and cannot be read (it is not UTF-8)" in sqlite_shell.refused(
        "partners", "list"
    )


def test_a_file_of_settings_that_may_not_be_read_is_told(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bot.settings.Settings", fail)
    assert "cannot be read (Permission denied)" in sqlite_shell.refused("partners", "list")


def test_an_unexpected_error_has_a_reference_that_the_log_has_too(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.settings.load", broken)
    told = sqlite_shell.refused("partners", "list")
    reference = told.split("Reference ")[1].split(":")[0]
    [record] = caplog.records
    assert reference in record.getMessage()
    assert record.exc_info is not None
    assert "ZeroDivisionError" not in told


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_database() -> None:
    with create_engine("sqlite://").begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE schools (id)")


@pytest.mark.parametrize("full", [full_disk, full_database])
def test_a_full_disk_is_told_in_a_sentence(
    sqlite_shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    full: Callable[[], None],
) -> None:
    monkeypatch.setattr("bot.settings.load", full)
    assert sqlite_shell.refused("partners", "list").startswith("The disk is full. ")
    assert not caplog.records


def test_names_from_outside_do_not_move_the_cursor(sqlite_shell: Shell) -> None:
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    nasty = "Oak\x1b[2J\x9b1A\u202eelementary"
    in_folder(sqlite_shell.folder / "roster", set_1p1([org("s1", nasty)]))
    shown = sqlite_shell.done("sync", "--dry-run")
    shown += sqlite_shell.done("sync") + sqlite_shell.done("schools", "list", "lincoln")
    shown += sqlite_shell.done("schools", "history", "lincoln", "s1")
    assert "Oak�[2J�1A�elementary" in shown
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert sqlite_shell.json("schools", "list", "lincoln")[0]["name"] == nasty


def test_a_json_document_is_plain_ascii(sqlite_shell: Shell) -> None:
    sqlite_shell.roster({"s1": "Peña\x9b"})
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    sqlite_shell.done("sync")
    assert sqlite_shell.done("schools", "list", "lincoln", "--json").isascii()


def test_it_runs_as_a_module_and_as_a_script(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    module = sqlite_shell.process("sync", "--dry-run")
    assert (module.returncode, module.stderr) == (0, "")
    assert "\x1b" not in module.stdout, "nothing is coloured where nobody sees it"
    script = Path(sys.executable).with_name("recess")
    by_script = subprocess.run(
        [script, "sync", "nobody"],
        env=sqlite_shell.outside(),
        cwd=sqlite_shell.folder,
        capture_output=True,
        text=True,
    )
    assert by_script.returncode == 1
    assert by_script.stdout == ""
    assert by_script.stderr.startswith("There is no partner “nobody”.")


def test_a_terminal_that_cannot_show_a_character_does_not_end_the_command(
    sqlite_shell: Shell,
) -> None:
    sqlite_shell.roster({"s1": "Łuk"})
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    sqlite_shell.done("sync")
    sqlite_shell.environment["PYTHONIOENCODING"] = "latin-1"
    shown = sqlite_shell.process("schools", "list", "lincoln")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\\u0141uk" in shown.stdout


def test_ctrl_c_leaves_quietly_and_the_next_sync_need_not_wait(sqlite_shell: Shell) -> None:
    sqlite_shell.roster()
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    # Long enough to be interrupted in the middle; a signal that comes too late does not count.
    with (sqlite_shell.folder / "roster" / "users.csv").open("a") as users:
        users.writelines(f"c{n},,,,s1,student{',' * 12}\n" for n in range(400_000))
    ended = next(end for _ in range(5) if (end := _interrupted(sqlite_shell))[0] != 0)
    # A shell says 130 to both. Python ends by the signal itself where it came while a string was
    # being executed, as every import of a dataclass does.
    assert ended in ((130, "", ""), (-signal.SIGINT, "", ""))
    sqlite_shell.roster()
    sqlite_shell.done("sync")


def _interrupted(shell: Shell) -> tuple[int, str, str]:
    """How a sync ends, and what it says, that gets Ctrl-C when its run has begun."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "sync"],
        cwd=shell.folder,
        env=shell.outside(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and not _under_way(shell):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG)
    return process.returncode, out, err


def _under_way(shell: Shell) -> bool:
    return any(run["outcome"] is None for run in shell.json("runs", "list"))


def test_a_terminal_is_shown_colours_unless_it_asks_not_to_be(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    assert "\x1b[1m" in at_terminal(sqlite_shell, "sync", "--dry-run")[1]
    for no_color, coloured in (("", True), ("1", False)):
        shell = CliRunner(env={"DATABASE_URL": sqlite_shell.url, "NO_COLOR": no_color})
        shown = shell.invoke(recess, ["sync", "--dry-run"], color=True).output
        assert ("\x1b[1m" in shown) is coloured


def test_serve_and_demo_are_started_with_what_was_asked(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("bot.serving.serve", lambda settings: asked.append(settings.http_port))
    monkeypatch.setattr(
        "bot.demo.program.run", lambda *given, **named: asked.append((given, named))
    )
    sqlite_shell.environment["HTTP_PORT"] = "8123"
    sqlite_shell.done("serve")
    sqlite_shell.done("demo")
    sqlite_shell.done("demo", "--folder", "here", "--port", "1", "--http")
    assert asked == [
        8123,
        ((Path("demo"), 8100), {"http": False}),
        ((Path("here"), 1), {"http": True}),
    ]


def test_serve_names_the_settings_that_it_lacks(sqlite_shell: Shell) -> None:
    told = sqlite_shell.refused("serve")
    assert "SLACK_BOT_TOKEN" in told
    assert len(told.splitlines()) == 1


def test_ctrl_c_at_a_question_leaves_quietly(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sqlite_shell.synced().folder / "staff.csv"
    head = "Staff First Name,Staff Last Name,Staff Email,Schools"
    file.write_text(f"{head}\nNia,Wu,nia@example.org,Oak Elementary\n")
    monkeypatch.setattr("bot.commands.upload.asks", lambda: True)
    left = sqlite_shell("upload", "lincoln", str(file), typed="")
    assert (left.exit_code, left.stderr) == (130, "")
    assert len(sqlite_shell.json("accounts", "list", "lincoln")) == 4
