"""What a CSV partner uploads: a OneRoster set or a Clever-style one, in a folder or a .zip.

A staff list is no roster: it only adds people, and nobody is compared with it.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from bot.rosters import Roster, Surroundings, clever_csv, faults, fileset, oneroster_csv, staff_list
from bot.rosters.fileset import FileSet
from bot.rosters.manifest import MANIFEST, check_files, read_manifest

_ZIP = b"PK\x03\x04"
_HEAD = 1 << 16
# Columns by which one file of a set shows that the others are missing.
_OF_A_SET = ("sourcedId", "School_id", "propertyName")


class Kind(Enum):
    SET = "set"
    STAFF_LIST = "staff list"


def kind_of(path: Path) -> Kind:
    """What an uploaded file is, by its first bytes. Raises a RosterFault when it is none."""
    if path.is_dir() or path.suffix.lower() == ".zip":
        return Kind.SET
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(_ZIP):
        return Kind.SET
    header = head.decode("utf-8-sig", "replace").lstrip().partition("\n")[0].casefold()
    # The reader of staff lists has sentences for an empty file and for another encoding.
    unreadable = not header or head.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if unreadable or _names(header, staff_list.COLUMNS):
        return Kind.STAFF_LIST
    alone = _names(header, _OF_A_SET)
    raise faults.SetFileAlone(path.name) if alone else faults.FileUnrecognized(path.name)


def _names(header: str, columns: Iterable[str]) -> bool:
    return any(name.casefold() in header for name in columns)


@contextmanager
def opened(source: Mapping[str, object], around: Surroundings) -> Iterator[Roster]:
    """One reading of the uploaded set. Raises a RosterFault, or NoBatch when there is none."""
    if around.upload is None:
        raise faults.UploadAwaited
    with fileset.opened(around.upload.name, around.upload) as files:
        with files.steady():
            roster = _roster(files, around)
        yield roster


def _roster(files: FileSet, around: Surroundings) -> Roster:
    names = {name.casefold() for name in files.names}
    if MANIFEST in names:
        manifest = read_manifest(files)
        check_files(manifest, files)
        return oneroster_csv.OneRosterSet(files, manifest, around.progress)
    if clever_csv.SCHOOLS in names:
        return clever_csv.CleverSet(files, around.progress, first=not around.known)
    raise faults.SetUnrecognized(files.place)
