"""Unread: nothing was read of a roster, and nothing may change."""

from collections.abc import Iterator
from typing import ClassVar

_SHOWN = 80


class Unread(Exception):
    """No roster was read. `str()` is the sentence for people, `details` is JSON-able."""

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __str__(self) -> str:
        return self.sentence.format_map({key: _shown(value) for key, value in self._fields()})

    @property
    def details(self) -> dict[str, object]:
        """The code and the facts of the sentence, as JSON-able values."""
        return {"code": self.code} | {key: _plain(value) for key, value in self._fields()}

    def _fields(self) -> Iterator[tuple[str, object]]:
        for name in getattr(self, "__dataclass_fields__", ()):
            yield name, getattr(self, name)


class RosterFault(Unread):
    """The feed is at fault; never evidence that a school or a person left.

    `again` tells whether reading once more soon can help without anybody doing anything.
    """

    again: ClassVar[bool] = False

    @classmethod
    def every(cls) -> Iterator[type["RosterFault"]]:
        """Every cause there is, theme by theme."""
        for kind in cls.__subclasses__():
            if "code" in vars(kind):
                yield kind
            yield from kind.every()


def _shown(value: object) -> str:
    """A value as people read it: on one line, printable, and not endless."""
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    text = "".join(char if char.isprintable() else "�" for char in str(value)[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
