"""Where the roster should be: the folder or file itself."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class PlaceFault(RosterFault):
    """The folder or archive itself."""


@dataclass(eq=False)
class UnknownSourceKind(PlaceFault):
    kind: str
    known: tuple[str, ...]
    code = "unknown_source_kind"
    sentence = (
        "The partner's roster source is of kind “{kind}”, which is not one this version reads. "
        "It reads: {known}. Correct `kind` in the partners file and import it again."
    )


@dataclass(eq=False)
class SecretMissing(PlaceFault):
    name: str
    code = "secret_missing"
    sentence = (
        "The partner's roster source needs the secret {name}, which is not in the environment of "
        "this process. Set the variable and start again; the roster was not read."
    )


@dataclass(eq=False)
class SourceWithoutPath(PlaceFault):
    kind: str
    code = "source_without_path"
    sentence = (
        "The partner's roster source of kind “{kind}” has no `path`. "
        "It should name a folder or a .zip. Add it to the partners file and import it again."
    )


@dataclass(eq=False)
class SourceKeyMissing(PlaceFault):
    kind: str
    key: str
    code = "source_key_missing"
    sentence = (
        "The partner's roster source of kind “{kind}” lacks `{key}`, or has a value that is none. "
        "Complete it in the partners file and import it again."
    )


@dataclass(eq=False)
class PlaceMissing(PlaceFault):
    place: str
    code = "place_missing"
    sentence = (
        "There is nothing at {place}, where this partner's roster should be. "
        "Put the folder or .zip back, or correct `path` in the partners file."
    )


@dataclass(eq=False)
class PlaceUnreadable(PlaceFault):
    place: str
    code = "place_unreadable"
    sentence = (
        "Recess is not allowed to open {place}. "
        "Let the user that runs Recess read this folder or .zip."
    )


@dataclass(eq=False)
class NotAFolder(PlaceFault):
    place: str
    code = "not_a_folder"
    sentence = (
        "{place} is neither a folder nor an ordinary file. "
        "A roster is a folder of CSV files or one .zip of them: point `path` at such a place."
    )


@dataclass(eq=False)
class FileUnreadable(PlaceFault):
    file: str
    code = "file_unreadable"
    sentence = (
        "{file} is in the folder, but Recess is not allowed to read it. "
        "Give the user that runs Recess the right to read every file of the set."
    )


@dataclass(eq=False)
class NotAFile(PlaceFault):
    file: str
    code = "not_a_file"
    sentence = (
        "{file} is in the folder, but it is not an ordinary file. "
        "Replace it by the CSV file of that name."
    )


@dataclass(eq=False)
class FileLeavesFolder(PlaceFault):
    file: str
    code = "file_leaves_folder"
    sentence = (
        "{file} is a link to a place outside the roster's folder, and such links are not followed. "
        "Put a copy of the file itself into the folder."
    )


@dataclass(eq=False)
class ReadFailed(PlaceFault):
    file: str
    reason: str
    again = True
    code = "read_failed"
    sentence = (
        "Reading {file} stopped with an error of the disk or network: {reason}. "
        "It is tried again; if it stays, check the disk or the share the roster is on."
    )


@dataclass(eq=False)
class SetChanged(PlaceFault):
    file: str
    again = True
    code = "set_changed"
    sentence = (
        "{file} was replaced or still being written while it was read. It is tried again. "
        "If this happens every night, let the upload end before the sync begins."
    )
