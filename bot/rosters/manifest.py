"""`manifest.csv`: which OneRoster version a set follows, and which files it promises."""

from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from bot.rosters import faults
from bot.rosters.csvtable import Table, has_rows
from bot.rosters.fileset import FileSet

MANIFEST = "manifest.csv"

Version = Literal["1.1", "1.2"]

# The files of both versions, OneRoster CSV 1.1 and 1.2, table of the manifest.
_SPECIFIED = frozenset(
    {
        "academicSessions.csv",
        "categories.csv",
        "classes.csv",
        "classResources.csv",
        "courses.csv",
        "courseResources.csv",
        "demographics.csv",
        "enrollments.csv",
        "lineItemLearningObjectiveIds.csv",
        "lineItems.csv",
        "lineItemScoreScales.csv",
        "orgs.csv",
        "resources.csv",
        "resultLearningObjectiveIds.csv",
        "results.csv",
        "resultScoreScales.csv",
        "roles.csv",
        "scoreScales.csv",
        "userProfiles.csv",
        "userResources.csv",
        "users.csv",
    }
)
_NEEDED: dict[Version, tuple[str, ...]] = {
    "1.1": ("orgs.csv", "users.csv"),
    "1.2": ("orgs.csv", "users.csv", "roles.csv"),
}
_VERSIONS: dict[str, Version] = {"1.1": "1.1", "1.2": "1.2"}
_MODES = ("bulk", "delta", "absent")


@dataclass(frozen=True)
class Manifest:
    """The version, and for each listed file whether it is bulk, delta or absent."""

    version: Version
    modes: dict[str, str]

    @property
    def needed(self) -> tuple[str, ...]:
        """The files that schools and staff are read from."""
        return _NEEDED[self.version]

    @property
    def listed(self) -> set[str]:
        """The files that have to be there."""
        return {name for name, mode in self.modes.items() if mode != "absent"}


def read_manifest(files: FileSet) -> Manifest:
    """The manifest of a set. Raises a ManifestFault, or a TableFault when it is no table."""
    if MANIFEST not in files.names:
        raise wrong_case(MANIFEST, files) or faults.ManifestMissing(files.place)
    properties = _properties(files)
    value, line = properties.get("oneroster.version", ("", 0))
    if not value:
        raise faults.VersionMissing()
    if value not in _VERSIONS:
        raise faults.VersionUnknown(line)
    return Manifest(_VERSIONS[value], _modes(properties))


def check_files(manifest: Manifest, files: FileSet, *, deltas: bool = False) -> None:
    """Refuse a set that is not what its manifest says. Raises NoBatch when it says "no updates".

    Without `deltas` it has to be whole: all needed files, and none of changes only.
    """
    there, listed = files.names & _SPECIFIED, manifest.listed
    if not there and not listed:
        raise faults.NoBatch
    for name in sorted(listed | there):
        _check_file(name, manifest.modes.get(name), files, deltas)
    for name in manifest.needed:
        if name not in listed and not deltas:
            raise faults.NeededFileAbsent(name)
    for name in sorted(listed.difference(manifest.needed)):
        with closing(files.blocks(name)) as blocks:
            has_rows(name, next(blocks, b""))


def _check_file(name: str, mode: str | None, files: FileSet, deltas: bool) -> None:
    if mode is None:
        raise faults.FileNotListed(name)
    if mode == "absent":
        raise faults.FileListedAbsent(name)
    if mode == "delta" and not deltas:
        raise faults.DeltaSet(name)
    if name not in files.names:
        raise wrong_case(name, files) or faults.FileMissing(name)


def wrong_case(name: str, files: FileSet) -> faults.FileWrongCase | None:
    """The fault of a file whose name differs from `name` only in capitals, if there is one."""
    for found in files.names:
        if found.casefold() == name.casefold():
            return faults.FileWrongCase(name, found)
    return None


def _properties(files: FileSet) -> dict[str, tuple[str, int]]:
    """Each property we know of, with its value and line."""
    properties: dict[str, tuple[str, int]] = {}
    with closing(files.blocks(MANIFEST)) as blocks:
        table = Table(MANIFEST, blocks, ("propertyName", "value"))
        name_at, value_at = table.column("propertyName"), table.column("value")
        for row in table.rows():
            name = row[name_at].strip()
            if name in properties:
                raise faults.ManifestPropertyTwice(name, table.line)
            if name == "oneroster.version" or name.startswith("file."):
                properties[name] = row[value_at].strip(), table.line
    return properties


def _modes(properties: dict[str, tuple[str, int]]) -> dict[str, str]:
    modes = {}
    for name, (value, line) in properties.items():
        if name.startswith("file."):
            mode = value.lower()
            if mode not in _MODES:
                raise faults.ManifestValueUnknown(name, line)
            modes[f"{name.removeprefix('file.')}.csv"] = mode
    return modes
