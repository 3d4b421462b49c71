"""The guards around every test do go off."""

import os
import re
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.harness import leftovers, network
from tests.harness.environment import foreign

ROOT = Path(__file__).parents[2]


def outcome_of(tmp_path: Path, test: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run a planted test under our conftest; its exit status and what it said."""
    planted = tmp_path / "tests" / "test_planted.py"
    planted.parent.mkdir()
    planted.write_text(textwrap.dedent(test))
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        ROOT,
    ]
    command += ["-p", "tests.conftest", "-p", "no:cacheprovider", *arguments, planted]
    # So wide that the summary cuts no reason off.
    environment = {"COLUMNS": "500", **environment}
    ran = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("host", ["93.184.216.34", "slack.com", "2606:2800:220:1::1", "10.0.0.1"])
def test_other_machines_are_far(host: str) -> None:
    assert not network.is_near(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "", None, b"127.1.2.3"]
)
def test_this_machine_is_near(host: object) -> None:
    assert network.is_near(host)


def test_a_connection_to_another_machine_is_refused_before_it_is_made() -> None:
    with socket.socket() as far, pytest.raises(network.FarConnection, match="this machine alone"):
        far.connect(("192.0.2.1", 9))
    with pytest.raises(network.FarConnection):
        socket.getaddrinfo("recess.invalid", 443)
    network.FAR.clear()


def test_a_test_fails_that_swallowed_the_refusal_and_a_session_that_leaves_a_process_running(
    tmp_path: Path,
) -> None:
    status, said = outcome_of(
        tmp_path,
        """
        import contextlib, socket, subprocess, sys

        def test_far():
            with contextlib.suppress(Exception), socket.socket() as far:
                far.connect(("192.0.2.1", 9))

        def test_leaving():
            leave = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', %r])"
            sleep = "import time; time.sleep(5) # planted"
            subprocess.run([sys.executable, "-c", leave % sleep], check=True)
        """,
    )
    assert status == pytest.ExitCode.TESTS_FAILED
    assert re.search(r"ERROR .*::test_far - .*the test tried to reach another machine", said)
    assert re.search(r"ERROR .*::test_leaving - .*left processes running", said)
    assert "# planted" in said


def test_a_process_that_ends_in_time_is_no_leftover() -> None:
    mark = f"planted-{os.getpid()}"
    environment = os.environ | {leftovers.MARK: mark}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, env=environment) as child:
        assert leftovers.still_running(mark, within=0)[0].startswith(str(child.pid))
        child.communicate()
    assert leftovers.still_running(mark, within=0) == []


@pytest.mark.parametrize(("required", "status"), [("0", "SKIPPED"), ("1", "ERROR")])
def test_what_is_missing_is_a_skip_or_a_failure_as_asked_and_a_browser_comes_last(
    tmp_path: Path, required: str, status: str
) -> None:
    _, said = outcome_of(
        tmp_path,
        """
        def test_page(page): ...
        def test_server(postgres_server): ...
        def test_neither(): ...
        """,
        "-v",
        PATH=str(tmp_path),
        RECESS_TEST_POSTGRES_BIN=str(tmp_path),
        RECESS_REQUIRE_BROWSER=required,
        RECESS_REQUIRE_POSTGRES=required,
    )
    order = re.findall(r"::test_(\w+) [A-Z]+ ", said)
    assert order == ["server", "neither", "page"]
    assert re.search(rf"{status} .*no browser here", said)
    assert re.search(rf"{status} .*PostgreSQL does not start here", said)


def test_settings_and_proxies_of_the_developer_are_foreign() -> None:
    environment = {"SLACK_BOT_TOKEN": "x", "https_proxy": "x", "PATH": "x", "SYNC_CRON": "x"}
    example = "# The bot's token.\nSLACK_BOT_TOKEN=\n# SYNC_CRON=0 2 * * *\n"
    assert foreign(environment, example) == {"SLACK_BOT_TOKEN", "https_proxy", "SYNC_CRON"}
