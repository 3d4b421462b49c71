"""What somebody uploaded."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class UploadFault(RosterFault):
    """An uploaded file or set, and the Clever-style one among them."""


@dataclass(eq=False)
class SetUnrecognized(UploadFault):
    place: str
    code = "set_unrecognized"
    sentence = (
        "{place} has neither manifest.csv (a OneRoster set) nor schools.csv (a Clever-style set) "
        "at its top. Put the CSV files themselves there, not a folder of them."
    )


@dataclass(eq=False)
class FileUnrecognized(UploadFault):
    file: str
    code = "file_unrecognized"
    sentence = (
        "{file} is neither a staff list nor a set of files: its header has none of the columns "
        "Staff First Name, Staff Last Name, Staff Email and Schools. "
        "Upload a staff list with these columns, or a whole set as a folder or .zip."
    )


@dataclass(eq=False)
class SetFileAlone(UploadFault):
    file: str
    code = "set_file_alone"
    sentence = (
        "{file} is one file of a set, and says nothing without the others. "
        "Upload the whole set, as a folder or a .zip."
    )


@dataclass(eq=False)
class PeopleFilesAbsent(UploadFault):
    place: str
    code = "people_files_absent"
    sentence = (
        "{place} has schools.csv, but neither teachers.csv nor staff.csv beside it. "
        "Upload the set with all the files of the export."
    )


@dataclass(eq=False)
class SchoolIdEmpty(UploadFault):
    file: str
    line: int
    column: str = "School_id"
    code = "school_id_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, so it is unclear where this person works. "
        "Enter the School_id of a row of schools.csv."
    )


@dataclass(eq=False)
class EmailsDiffer(UploadFault):
    """Rows of one id are one person at several schools; two addresses are two people."""

    file: str
    line: int
    id: str
    first_file: str
    first: int
    code = "emails_differ"
    sentence = (
        "{file}, line {line}: the id {id} has another email address than in {first_file}, line "
        "{first}. An id is one person with one address: correct the id or the address."
    )
