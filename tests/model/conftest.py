"""Says at the end of the session how many steps the model agreed with."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed")
    for report in reports:
        for name, done in report.user_properties:
            if name == "steps":
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {done}")
