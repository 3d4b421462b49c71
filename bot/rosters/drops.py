"""A drop folder: which batches lie in it, and moving them away when they are done with."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.rosters import faults

ARCHIVE, REJECTED = "archive", "rejected"
TOP = "at the top of the drop folder"
_MOVING = ".moving-"

Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Batch:
    """Files that were uploaded together. `name` is how people know it.

    `path` is the .zip (`packed`) or the folder, which for loose files is the drop folder itself
    (`top`); `marks` say how each file looked when it was found.
    """

    name: str
    path: Path
    marks: Mapping[str, Mark]
    packed: bool = False
    top: bool = False

    @property
    def changed(self) -> int:
        """When any of its files changed last, in nanoseconds since 1970."""
        return max(mark[1] for mark in self.marks.values())

    def same(self) -> bool:
        """Whether its files still are what they were when it was found."""
        return all(_mark(self._file(name)) == mark for name, mark in self.marks.items())

    def _file(self, name: str) -> Path:
        return self.path if self.packed else self.path / name


class Drop:
    """The drop folder at `path`; `place` is how people know it."""

    def __init__(self, place: str, path: Path) -> None:
        self.place = place
        self.path = path

    def batches(self) -> list[Batch]:
        """Everything that may be a batch, the oldest first. Raises a RosterFault."""
        loose: dict[str, Mark] = {}
        found = []
        for entry in self._entries():
            if entry.is_dir(follow_symlinks=False):
                found.append(Batch(_shown(entry), Path(entry.path), _marks(Path(entry.path))))
            elif _has(entry, ".zip"):
                found.append(
                    Batch(_shown(entry), Path(entry.path), {entry.name: _mark(entry)}, packed=True)
                )
            elif _has(entry, ".csv"):
                loose[entry.name] = _mark(entry)
        done = max(self._half_moved().values(), default=0)
        loose = {name: mark for name, mark in loose.items() if mark[1] > done}
        found.append(Batch(TOP, self.path, loose, top=True))
        return sorted((b for b in found if b.marks), key=lambda batch: (batch.changed, batch.name))

    def put(self, batch: Batch, where: str, now: datetime, report: str = "") -> bool:
        """Move a batch to a folder of that name; false when it is not what it was any more.

        The report is written first, beside it. Raises OSError.
        """
        self._finish()
        if not batch.same():
            return False
        target = self._target(where, batch, now)
        if report:
            target.with_name(f"{target.name}.report.txt").write_text(report, "utf-8")
        if batch.top:
            self._move_top(batch, target)
        else:
            batch.path.rename(target)
        return True

    def _target(self, where: str, batch: Batch, now: datetime) -> Path:
        folder = self.path / where
        folder.mkdir(exist_ok=True)
        name = f"{now:%Y%m%dT%H%M%SZ}-{'files' if batch.top else batch.name}"
        taken = {path.name for path in folder.iterdir()}
        names = (name, *(f"{number}-{name}" for number in range(2, len(taken) + 3)))
        return folder / next(name for name in names if name not in taken)

    def _move_top(self, batch: Batch, target: Path) -> None:
        """Many files cannot move at once, so a folder says what is on its way until all are."""
        moving = target.with_name(f"{_MOVING}{batch.changed}-{target.name}")
        moving.mkdir()
        for name in batch.marks:
            (self.path / name).rename(moving / name)
        moving.rename(target)

    def _half_moved(self) -> dict[Path, int]:
        """What a crash left on its way, with the last change of the batch."""
        found = {}
        for where in (ARCHIVE, REJECTED):
            for path in (self.path / where).glob(f"{_MOVING}*"):
                found[path] = int(path.name.removeprefix(_MOVING).split("-")[0])
        return found

    def _finish(self) -> None:
        for moving, changed in self._half_moved().items():
            for name, mark in _marks(self.path).items():
                if name.lower().endswith(".csv") and mark[1] <= changed:
                    (self.path / name).rename(moving / name)
            final = moving.name.removeprefix(_MOVING).split("-", 1)[1]
            moving.rename(moving.with_name(final))

    def _entries(self) -> Iterator["os.DirEntry[str]"]:
        try:
            with os.scandir(self.path) as entries:
                found = [e for e in entries if not e.name.startswith(".") and not e.is_symlink()]
        except FileNotFoundError as error:
            raise faults.PlaceMissing(self.place) from error
        except NotADirectoryError as error:
            raise faults.DropNotAFolder(self.place) from error
        except PermissionError as error:
            raise faults.PlaceUnreadable(self.place) from error
        except OSError as error:
            raise faults.ReadFailed(self.place, error.strerror or "unknown") from error
        yield from (entry for entry in found if entry.name not in (ARCHIVE, REJECTED))


def _has(entry: "os.DirEntry[str]", suffix: str) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(suffix)


def _shown(entry: "os.DirEntry[str]") -> str:
    """The name as text: what an upload calls its files need not be UTF-8, and is stored."""
    return os.fsencode(entry.name).decode("utf-8", "replace")


def _mark(file: "Path | os.DirEntry[str]") -> Mark:
    """Size, last change and identity; nothing for what is gone."""
    try:
        found = Path(file).stat()
    except OSError:
        return 0, 0, 0
    return found.st_size, found.st_mtime_ns, found.st_ino


def _marks(folder: Path) -> dict[str, Mark]:
    """Of all files in a folder that are not hidden. Raises PlaceUnreadable."""
    try:
        paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise faults.PlaceUnreadable(folder.name) from error
    return {path.name: _mark(path) for path in paths if not path.is_dir()}
