"""A process that works until SIGTERM: `python -m tests.engine.colleague URL BEAT STALE`.

A job whose key begins with "endless" never ends.
"""

import os
import signal
import sys
import threading

from bot.engine import WORKERS, Engine


def say(line: str) -> None:
    # In one piece, also when several threads speak.
    os.write(1, f"{line}\n".encode())


def work(key: str) -> None:
    say(f"begun {key}")
    if key.startswith("endless"):
        threading.Event().wait()
    say(f"ended {key}")


def main(url: str, beat: str, stale: str) -> None:
    # Before any thread begins; a handler that sets an event can be missed by a waiting main thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    engine = Engine(
        url, dict.fromkeys(WORKERS, work), poll=0.05, beat=float(beat), stale=float(stale)
    )
    engine.launch()
    say("launched")
    signal.sigwait({signal.SIGTERM})
    if not engine.stop(0.5):
        # What is left after the time to stop is handed back all the same, when there is no hurry.
        for thread in threading.enumerate():
            if thread.name == "engine-leaving":
                thread.join()
        os._exit(3)


if __name__ == "__main__":
    main(*sys.argv[1:])
