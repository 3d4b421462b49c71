"""Where rosters come from: one file per kind of source, behind one small interface.

Adding a source is one file with an `opened` function and one line in `KINDS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from bot.rosters.faults import NoBatch, RosterFault, UnknownSourceKind
from bot.rosters.secrets import from_environment
from bot.settings import Settings
from storage.roster.last import LastSnapshot
from storage.snapshot import RosterPerson, RosterSchool

__all__ = [
    "KINDS",
    "NEVER_BY_CLOCK",
    "SENDS_CHANGES",
    "NoBatch",
    "Progress",
    "Roster",
    "RosterFault",
    "Surroundings",
    "Verdict",
    "open_roster",
]

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
    """What the file of a kind offers as `opened`."""

    def __call__(
        self, source: Mapping[str, object], around: "Surroundings"
    ) -> AbstractContextManager[Roster]: ...


@dataclass(frozen=True)
class Verdict:
    """What became of the run that a roster was read for; `fault` is why it failed."""

    outcome: str
    fault: RosterFault | None = None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Surroundings:
    """What a source may need beside its table in the partners file.

    A relative path starts at `base`. `secret` turns "${NAME}" into the environment's value and
    leaves every other text alone; it raises SecretMissing. `settings` has the keys that serve
    all partners of a kind.

    `known` is the last applied snapshot, `upload` the file that somebody handed over. What a
    source adds to `afterwards` is called when the run is recorded, and never for a dry run; a
    crash before that must do no harm.
    """

    settings: Settings
    base: Path = Path()
    progress: Progress | None = None
    secret: Callable[[str], str] = from_environment
    clock: Callable[[], datetime] = _now
    known: LastSnapshot | None = None
    upload: Path | None = None
    afterwards: list[Callable[[Verdict], None]] = field(default_factory=list)


# The file of each kind; imported when the first roster of the kind is opened.
KINDS: Mapping[str, str] = {
    "oneroster-csv": "oneroster_csv",
    "tp-connector": "tp_connector",
    "csv": "csv_upload",
    "clever": "clever",
    "oneroster": "oneroster_rest",
    "classlink": "classlink",
}

# These partners are compared when a file arrives, never by the clock.
NEVER_BY_CLOCK = frozenset({"csv"})

# These send a person's row only when it changes: what it says has to be kept in every word.
SENDS_CHANGES = frozenset({"tp-connector"})


def open_roster(
    source: Mapping[str, object],
    *,
    settings: Settings | None = None,
    base: Path = Path(),
    progress: Progress | None = None,
    around: Surroundings | None = None,
) -> AbstractContextManager[Roster]:
    """The roster of a partner's `source` (its table of the partners file).

    Entering the context reads the schools. Raises RosterFault when the feed is at fault (the run
    failed) and NoBatch when the source says that there is nothing new (the run is skipped); both
    also from `people()`. `around` gives all surroundings at once.
    """
    kind = str(source.get("kind", ""))
    if kind not in KINDS:
        raise UnknownSourceKind(kind=kind, known=tuple(KINDS))
    opener: Opener = import_module(f"bot.rosters.{KINDS[kind]}").opened
    return opener(source, around or Surroundings(settings or Settings(), base, progress))
