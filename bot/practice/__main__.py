"""A practice workspace in a process of its own: `python -m bot.practice --port 8765`."""

from __future__ import annotations

import argparse
import threading

from bot.practice.workspace import Workspace


def main() -> None:
    """Serve until interrupted; people and channels are added through the control endpoint."""
    parser = argparse.ArgumentParser(prog="python -m bot.practice", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--request-url", help="where the app takes requests; else Socket Mode")
    given = parser.parse_args()
    with Workspace(port=given.port, request_url=given.request_url) as workspace:
        print(workspace.url, flush=True)  # noqa: T201 - the one thing a starter needs
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
