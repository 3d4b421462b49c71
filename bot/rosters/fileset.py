"""The files of one set, read alike from a folder and from a .zip, never unpacked to disk."""

import os
import stat
import struct
import time
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from bot.rosters import faults
from bot.rosters.faults import RosterFault

BLOCK = 1 << 18
UNPACKED_LIMIT = 8 << 30
DENSITY_LIMIT = 200
DENSITY_FLOOR = 64 << 20
MEMBER_LIMIT = 1000

_ENCRYPTED = 0x1
_END_OF_ZIP = 22 + (1 << 16)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    NotImplementedError,
)

Mark = tuple[int, int, int]


class FileSet(ABC):
    """The files at the top of a folder or archive, by name."""

    def __init__(self, place: str, names: frozenset[str]) -> None:
        self.place = place
        self.names = names

    @abstractmethod
    def size(self, name: str) -> int:
        """The bytes of a file, as far as its container says."""

    @abstractmethod
    def blocks(self, name: str) -> Generator[bytes, None, None]:
        """A file from its start, in blocks of at most BLOCK bytes."""

    @abstractmethod
    def check_unchanged(self) -> None:
        """Raise SetChanged when what was opened is no longer what it was."""

    @contextmanager
    def steady(self) -> Iterator[None]:
        """A fault found within is put down to a change of the files if there was one."""
        try:
            yield
        except RosterFault:
            self.check_unchanged()
            raise
        self.check_unchanged()


class Folder(FileSet):
    def __init__(self, place: str, path: Path) -> None:
        self._path = path
        self._marks: dict[str, Mark] = {}
        try:
            names = frozenset(file.name for file in path.iterdir())
        except PermissionError as error:
            raise faults.PlaceUnreadable(place) from error
        except OSError as error:
            raise faults.ReadFailed(place, _reason(error)) from error
        super().__init__(place, names)

    def size(self, name: str) -> int:
        return self._marked(name)[0]

    def blocks(self, name: str) -> Generator[bytes, None, None]:
        self._marked(name)
        with self._reading(name), (self._path / name).open("rb", buffering=0) as stream:
            while block := stream.read(BLOCK):
                yield block

    def check_unchanged(self) -> None:
        for name, mark in self._marks.items():
            if self._mark(name) != mark:
                raise faults.SetChanged(name)

    def _marked(self, name: str) -> Mark:
        """How the file looked when it was first asked for."""
        if name not in self._marks:
            self._check_place(name)
            self._marks[name] = self._mark(name)
        return self._marks[name]

    def _check_place(self, name: str) -> None:
        path = self._path / name
        with self._reading(name):
            # A fifo of that name would never end, a link could show another partner's people.
            if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._path)):
                raise faults.FileLeavesFolder(name)
            if not stat.S_ISREG(path.stat().st_mode):
                raise faults.NotAFile(name)

    def _mark(self, name: str) -> Mark:
        with self._reading(name):
            return _mark((self._path / name).stat())

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise faults.FileUnreadable(name) from error
        except FileNotFoundError as error:
            raise faults.SetChanged(name) from error
        except OSError as error:
            raise faults.ReadFailed(name, _reason(error)) from error


class Archive(FileSet):
    """A .zip. What it says of its own sizes is not believed: the bytes are counted."""

    def __init__(self, place: str, file: IO[bytes]) -> None:
        self._file = file
        self._mark = _mark(os.fstat(file.fileno()))
        self._unpacked: dict[str, int] = {}
        self._zip = _directory(place, file)
        members = self._zip.infolist()
        _check_members(members)
        super().__init__(place, frozenset(m.filename for m in members if "/" not in m.filename))
        self._check_top(members)

    def size(self, name: str) -> int:
        return self._zip.getinfo(name).file_size

    def blocks(self, name: str) -> Generator[bytes, None, None]:
        count = 0
        try:
            with self._zip.open(name) as stream:
                while block := stream.read(BLOCK):
                    count += len(block)
                    self._check_size(name, count)
                    yield block
        except _DAMAGE as error:
            raise faults.ZipDamaged(name) from error
        except OSError as error:
            raise faults.ReadFailed(self.place, _reason(error)) from error

    def check_unchanged(self) -> None:
        if _mark(os.fstat(self._file.fileno())) != self._mark:
            raise faults.SetChanged(self.place)

    def _check_size(self, name: str, count: int) -> None:
        self._unpacked[name] = max(count, self._unpacked.get(name, 0))
        total = sum(self._unpacked.values())
        if total > UNPACKED_LIMIT:
            raise faults.ZipTooBig(UNPACKED_LIMIT)
        if total > DENSITY_FLOOR and total > DENSITY_LIMIT * self._mark[0]:
            raise faults.ZipTooDense(DENSITY_LIMIT)

    def _check_top(self, members: list[zipfile.ZipInfo]) -> None:
        if "manifest.csv" in self.names:
            return
        for path in (PurePosixPath(_slashed(member)) for member in members):
            if path.name == "manifest.csv" and path.parts[0] != "__MACOSX":
                raise faults.ZipFilesInFolder(str(path.parent))


class Meter:
    """Passes the bytes read on to whoever shows them, at most a hundred times a second."""

    def __init__(self, told: Callable[[int, int], None], total: int) -> None:
        self._told, self._total = told, total
        self._done, self._next = 0, 0.0

    def over(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The same blocks, counted. What is read a second time adds nothing."""
        for block in blocks:
            self._done = min(self._done + len(block), self._total)
            now = time.monotonic()
            if now >= self._next:
                self._next = now + 0.01
                self._told(self._done, self._total)
            yield block

    def end(self) -> None:
        self._told(self._total, self._total)


@contextmanager
def opened(place: str, path: Path) -> Iterator[FileSet]:
    """The set at `path`, a folder or a .zip; `place` is how people know it."""
    mode = _mode(place, path)
    with ExitStack() as stack:
        if stat.S_ISDIR(mode):
            yield Folder(place, path)
        elif stat.S_ISREG(mode):
            yield Archive(place, stack.enter_context(_file(place, path)))
        else:
            raise faults.NotAFolder(place)


def _mode(place: str, path: Path) -> int:
    try:
        return path.stat().st_mode
    except PermissionError as error:
        raise faults.PlaceUnreadable(place) from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise faults.PlaceMissing(place) from error
    except OSError as error:
        raise faults.ReadFailed(place, _reason(error)) from error


def _file(place: str, path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except PermissionError as error:
        raise faults.PlaceUnreadable(place) from error
    except OSError as error:
        raise faults.ReadFailed(place, _reason(error)) from error


def _directory(place: str, file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise _no_zip(file)(place) from error
    except OSError as error:
        raise faults.ReadFailed(place, _reason(error)) from error


def _no_zip(file: IO[bytes]) -> type[faults.NotAZip | faults.ZipCutShort | faults.ZipListDamaged]:
    """What is wrong with a file that does not open as an archive, by its first and last bytes."""
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return faults.NotAZip
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_OF_ZIP))
    return faults.ZipListDamaged if b"PK\x05\x06" in file.read() else faults.ZipCutShort


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBER_LIMIT:
        raise faults.ZipTooManyMembers(len(members), MEMBER_LIMIT)
    seen: set[str] = set()
    for member in members:
        _check_member(member)
        if member.filename in seen:
            raise faults.ZipMemberTwice(member.filename)
        seen.add(member.filename)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = _slashed(member)
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        raise faults.ZipPathUnsafe(member.filename)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise faults.ZipSymlink(member.filename)
    if member.flag_bits & _ENCRYPTED:
        raise faults.ZipEncrypted(member.filename)
    if member.compress_type not in _METHODS:
        raise faults.ZipMethodUnknown(member.filename)


def _slashed(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/")


def _mark(found: os.stat_result) -> Mark:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
