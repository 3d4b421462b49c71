"""OneRoster 1.1 and 1.2 as CSV files, in a folder or a .zip."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.snapshot import RosterPerson, RosterSchool


@dataclass
class OneRosterSet:
    schools: Sequence[RosterSchool]
    note: str | None = None

    def people(self) -> Iterator[RosterPerson]:
        raise NotImplementedError


@contextmanager
def opened(
    source: Mapping[str, object], *, base: Path, progress: Callable[[int, int], None] | None
) -> Iterator[OneRosterSet]:
    """One reading of the set at the source's `path`."""
    yield OneRosterSet([])
