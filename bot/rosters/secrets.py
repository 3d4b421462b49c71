"""Secrets of a source: written as "${NAME}" in the partners file, read when they are used."""

import os
import re

from bot.rosters.faults import SecretMissing

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def from_environment(text: str) -> str:
    """The text with every "${NAME}" replaced. Raises SecretMissing, with the name alone."""

    def value(found: "re.Match[str]") -> str:
        known = os.environ.get(found[1])
        if not known:
            raise SecretMissing(name=found[1])
        return known

    return _NAMED.sub(value, text)
