"""What manifest.csv promises."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class ManifestFault(RosterFault):
    """`manifest.csv` and the files that are there do not agree."""


@dataclass(eq=False)
class ManifestMissing(ManifestFault):
    place: str
    code = "manifest_missing"
    sentence = (
        "There is no manifest.csv in {place}; a OneRoster set always has one. "
        "Export the set with its manifest and send all files together."
    )


@dataclass(eq=False)
class ManifestPropertyTwice(ManifestFault):
    property: str
    line: int
    code = "manifest_property_twice"
    sentence = (
        "manifest.csv, line {line}: {property} is given a second time. "
        "Each property may stand once; remove the one that is wrong."
    )


@dataclass(eq=False)
class ManifestValueUnknown(ManifestFault):
    property: str
    line: int
    code = "manifest_value_unknown"
    sentence = (
        "manifest.csv, line {line}: {property} has a value that is not bulk, delta or absent. "
        "Correct it to what the set really holds."
    )


@dataclass(eq=False)
class VersionMissing(ManifestFault):
    code = "version_missing"
    sentence = (
        "manifest.csv does not say which OneRoster version the set follows. "
        "Add the line oneroster.version with 1.1 or 1.2."
    )


@dataclass(eq=False)
class VersionUnknown(ManifestFault):
    line: int
    code = "version_unknown"
    sentence = (
        "manifest.csv, line {line}: oneroster.version is one that is not read here. "
        "Export the set as OneRoster 1.1 or 1.2."
    )


@dataclass(eq=False)
class DeltaSet(ManifestFault):
    file: str
    code = "delta_set"
    sentence = (
        "manifest.csv says that {file} holds changes only (delta). "
        "This kind of source reads only whole sets: export it as bulk."
    )


@dataclass(eq=False)
class FileMissing(ManifestFault):
    file: str
    code = "file_missing"
    sentence = (
        "manifest.csv lists {file}, but the file is not there. "
        "Send the set again with all the files that it lists."
    )


@dataclass(eq=False)
class FileWrongCase(ManifestFault):
    file: str
    found: str
    code = "file_wrong_case"
    sentence = (
        "There is a file {found} where {file} is expected, and capitals matter in these names. "
        "Rename it."
    )


@dataclass(eq=False)
class FileListedAbsent(ManifestFault):
    file: str
    code = "file_listed_absent"
    sentence = (
        "{file} is there although manifest.csv lists it as absent. "
        "Files must match the manifest's list: list it as bulk, or leave it out."
    )


@dataclass(eq=False)
class FileNotListed(ManifestFault):
    file: str
    code = "file_not_listed"
    sentence = (
        "{file} is there, but manifest.csv has no line for it. "
        "Add its line, with bulk as the value, to the manifest."
    )


@dataclass(eq=False)
class NeededFileAbsent(ManifestFault):
    file: str
    code = "needed_file_absent"
    sentence = (
        "The set comes without {file}, and schools and staff cannot be read without it. "
        "Include that file in the export and list it as bulk."
    )
