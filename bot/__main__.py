"""`recess`, also as `python -m bot`."""

import io
import sys


def main() -> None:
    """Do what the command line says, and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character must not end the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        from bot.commands.program import recess

        recess.main(prog_name="recess")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
