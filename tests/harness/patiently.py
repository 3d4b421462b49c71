"""`recess` as it is, with the patience of the tests: `python -m tests.harness.patiently demo`."""

import bot.demo.program
from bot.__main__ import main
from bot.practice import Workspace
from tests.harness.patience import be_patient, patient


def slack(**given: object) -> Workspace:
    """The demo's Slack."""
    return patient(Workspace(**given))  # type: ignore[arg-type]


if __name__ == "__main__":
    be_patient()
    bot.demo.program.Workspace = slack  # type: ignore[misc,assignment]
    main()
