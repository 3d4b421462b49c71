"""The program: which commands there are, and what an error looks like from the shell."""

import errno
import logging
import os
import secrets
import sqlite3
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from bot.commands.terminal import Refused, sentence
from storage.errors import RecessError

log = logging.getLogger(__name__)

REFERENCE_BYTES = 4
INTERRUPTED = 130
NO_ROOM = (
    "The disk is full. Whatever was not finished was not stored; make room on it, and try again."
)

# Each command by the module of `bot.commands` that has it, in the order of the help.
COMMANDS: Mapping[str, str] = {
    "serve": "running",
    "demo": "running",
    "db": "db",
    "partners": "partners",
    "sync": "sync",
    "upload": "upload",
    "schools": "schools",
    "accounts": "accounts",
    "runs": "runs",
    "tokens": "tokens",
    "webhooks": "webhooks",
    "doctor": "doctor",
    "manifest": "manifest",
}


class Program(click.Group):
    """Imports a command when it is called: a sync must not carry what only `serve` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"bot.commands.{COMMANDS[name]}"), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RecessError as error:
            raise Refused(sentence(error)) from error
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            raise Refused(NO_ROOM if _no_room(error) else unexpected()) from error


def _no_room(error: Exception) -> bool:
    """Whether a disk is full: ours, that of SQLite, or that of the PostgreSQL server."""
    cause = getattr(error, "orig", error)
    return (
        getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == "53100"
    )


def unexpected() -> str:
    """The sentence for the error that is being handled, which is logged with its reference."""
    reference = secrets.token_hex(REFERENCE_BYTES)
    log.exception("Unexpected error, reference %s", reference)
    return (
        "Something went wrong that nobody expected. Whatever was not finished was not stored. "
        f"Reference {reference}: the log above has it too; please tell whoever runs Recess."
    )


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recess", message="%(version)s")
@click.pass_context
def recess(ctx: click.Context) -> None:
    """Recess asks the right people what to do when a school drops out of a partner's roster.

    Settings are environment variables, also read from .env; .env.example explains each.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
