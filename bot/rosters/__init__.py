"""Where rosters come from: one file per kind of source, behind one small interface.

Adding a source is one file with an `opened` function and one line in `KINDS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from bot.rosters import oneroster_csv
from bot.rosters.faults import NoBatch, RosterFault, UnknownSourceKind
from storage.snapshot import RosterPerson, RosterSchool

__all__ = ["KINDS", "NoBatch", "Progress", "Roster", "RosterFault", "open_roster"]

Progress = Callable[[int, int], None]
"""Told the bytes read and the bytes in all, at most about a hundred times a second."""


class Roster(Protocol):
    """One opened reading of a partner's roster."""

    @property
    def schools(self) -> Sequence[RosterSchool]:
        """Every school there is, complete and checked: type school and not deleted."""

    @property
    def note(self) -> str | None:
        """A sentence to show with the outcome, such as a paused district."""

    def people(self) -> Iterator[RosterPerson]:
        """The staff, in a stream, each person once; to be called once.

        Only when it is exhausted is the roster complete and without fault: what was yielded
        before a RosterFault proves nothing.
        """


class Opener(Protocol):
    def __call__(
        self, source: Mapping[str, object], *, base: Path, progress: Progress | None
    ) -> AbstractContextManager[Roster]: ...


KINDS: dict[str, Opener] = {
    "oneroster-csv": oneroster_csv.opened,
}


def open_roster(
    source: Mapping[str, object], *, base: Path, progress: Progress | None = None
) -> AbstractContextManager[Roster]:
    """The roster of a partner's `source` (its table of the partners file).

    A relative path in it starts at `base`. Entering the context reads the schools. Raises
    RosterFault when the feed is at fault (the run failed) and NoBatch when the source says that
    there is nothing new (the run is skipped); both also from `people()`.
    """
    kind = str(source.get("kind", ""))
    if kind not in KINDS:
        raise UnknownSourceKind(kind=kind, known=tuple(KINDS))
    return KINDS[kind](source, base=base, progress=progress)
