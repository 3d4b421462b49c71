"""The batches of a drop folder."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class DropFault(RosterFault):
    """A drop folder and the batches in it (TP Connector)."""


@dataclass(eq=False)
class DropNotAFolder(DropFault):
    place: str
    code = "drop_not_a_folder"
    sentence = (
        "{place} is a file, and batches are dropped into a folder. "
        "Point `path` at the folder that the upload writes to, and import the partners file again."
    )


@dataclass(eq=False)
class DropVersionOther(DropFault):
    version: str
    code = "drop_version_other"
    sentence = (
        "manifest.csv says that the batch follows OneRoster {version}; a drop folder takes 1.1. "
        "Choose OneRoster 1.1 CSV in the export."
    )


@dataclass(eq=False)
class DeltaWithoutBase(DropFault):
    file: str
    code = "delta_without_base"
    sentence = (
        "manifest.csv says that {file} holds changes only (delta), and no whole set was read yet "
        "that they could change. Send a bulk set first."
    )


@dataclass(eq=False)
class DeltaStatusEmpty(DropFault):
    file: str
    line: int
    column: str = "status"
    code = "delta_status_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, but a row of changes (delta) has to say whether "
        "its record stays. Write active or tobedeleted."
    )
