"""What can be wrong with a roster, each cause with its own sentence.

Unread                                nothing was read, nothing may change
├── NoBatch                           the source says "no updates": the run is skipped
│   └── NoNewBatch · BatchIncomplete · BatchNotQuiet · UploadAwaited
└── RosterFault                       the feed is at fault: the run failed
    ├── PlaceFault                    where the roster should be
    │   ├── UnknownSourceKind · SourceWithoutPath · SourceKeyMissing · SecretMissing
    │   ├── PlaceMissing · PlaceUnreadable · NotAFolder
    │   └── FileUnreadable · NotAFile · FileLeavesFolder · ReadFailed · SetChanged
    ├── ZipFault                      the archive around the files
    │   ├── NotAZip · ZipCutShort · ZipListDamaged · ZipDamaged · ZipEncrypted · ZipMethodUnknown
    │   ├── ZipTooBig · ZipTooDense · ZipTooManyMembers
    │   └── ZipPathUnsafe · ZipSymlink · ZipMemberTwice · ZipFilesInFolder
    ├── ManifestFault                 what manifest.csv promises
    │   ├── ManifestMissing · ManifestPropertyTwice · ManifestValueUnknown
    │   ├── VersionMissing · VersionUnknown · DeltaSet
    │   └── FileMissing · FileWrongCase · FileListedAbsent · FileNotListed · NeededFileAbsent
    ├── TableFault                    one file as CSV
    │   ├── FileEmpty · NoRows · NotUtf8 · Utf16 · NulByte
    │   ├── UnclosedQuote · BadQuoting · CellTooLong · RowTooLong · RowsSwallowed
    │   ├── TooFewCells · TooManyCells · WrongDelimiter
    │   └── HeaderMissing · HeaderWrongCase · HeaderTwice
    ├── RowFault                      one record and what it refers to
    │   ├── IdEmpty · IdTwice · StatusUnknown · OrgTypeUnknown · RoleUnknown
    │   └── ReferenceEmpty · RoleUserUnknown · UserWithoutRole
    ├── DropFault                     the batches of a drop folder
    │   └── DropNotAFolder · DropVersionOther · DeltaWithoutBase · DeltaStatusEmpty
    ├── UploadFault                   what somebody uploaded
    │   ├── SetUnrecognized · FileUnrecognized · SetFileAlone
    │   └── PeopleFilesAbsent · SchoolIdEmpty · EmailsDiffer
    ├── StaffListFault                the additive staff list
    │   ├── StaffEmailMissing · StaffEmailMalformed · StaffSchoolsMissing
    │   └── UnknownSchoolName · AmbiguousSchoolName
    ├── RestFault                     an answer over the network
    │   ├── AddressUnusable · AddressNotSecure · LinkLeadsAway · AnswerRedirected
    │   ├── ServerUnreachable · CertificateRefused · ConnectionBroken · ServerSilent
    │   ├── AnswerTooSlow · WalkTooLong · TooManyRequests · ServerFailed
    │   ├── AccessRefused · AccessForbidden · ListNotFound · StatusUnexpected
    │   ├── HtmlAnswer · NotJsonType · NotJson · PageTooBig · DocumentUnexpected · EnvelopeMissing
    │   ├── PagingLoop · PagesWithoutEnd · PagingMalformed · ListCutShort
    │   ├── RecordMalformed · RecordIdMissing · FieldWrong · TextUnusable
    │   ├── RecordTwice · RecordMoved
    │   ├── OneRosterFault                a OneRoster service, ClassLink's too
    │   │   ├── TokenRefused · TokenMalformed · TotalNotMet · TotalMoves · SchoolsMoved
    │   │   ├── RecordStatusUnknown · RecordTypeUnknown · RecordRoleUnknown
    │   │   └── UserWithoutRoles · StaffWithoutSchool
    │   ├── ClassLinkFault                what only ClassLink's proxy says
    │   │   ├── PartnerKeyUnusable · PartnerKeyRefused
    │   │   └── ApplicationGone · ApplicationDisabled · ApplicationWithoutToken
    │   └── CleverFault                   what only Clever says
    │       ├── CleverWithoutDistrict · CleverVersionUnknown · CleverNotConfigured
    │       ├── CleverSecretRefused · CleverNotConnected · CleverOtherDistrict
    │       ├── CleverDistrictError · CleverDistrictPending · CleverStateUnknown
    │       └── CleverSyncedMeanwhile
    └── ComparisonFault               a roster that cannot be meant, given what is stored
        └── LeadingZeros · NoSchoolsOnFirstRun · NoSchoolsInNewSource

A sentence says what happened, what was expected and what to do next. It names files, lines,
columns, ids and schools, and never repeats another cell: a shifted column holds passwords.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

_SHOWN = 80


class Unread(Exception):
    """No roster was read. `str()` is the sentence for people, `details` is JSON-able."""

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __str__(self) -> str:
        return self.sentence.format_map({key: _shown(value) for key, value in self._fields()})

    @property
    def details(self) -> dict[str, object]:
        """The code and the facts of the sentence, as JSON-able values."""
        return {"code": self.code} | {key: _plain(value) for key, value in self._fields()}

    def _fields(self) -> Iterator[tuple[str, object]]:
        for name in getattr(self, "__dataclass_fields__", ()):
            yield name, getattr(self, name)


class NoBatch(Unread):
    """`manifest.csv` alone, or with every file absent: "no updates" (OneRoster CSV, manifest)."""

    code = "no_batch"
    sentence = (
        "The set holds no files beside manifest.csv, which means no updates. "
        "Nothing was compared and nothing changed."
    )


class NoNewBatch(NoBatch):
    """Nothing at all waits in a drop folder."""

    code = "no_new_batch"
    sentence = (
        "The drop folder holds no new batch. Nothing was compared and nothing changed; "
        "if one should have come, check the job that uploads it."
    )


@dataclass(eq=False)
class BatchIncomplete(NoBatch):
    """A batch is picked up when its manifest is there and every file that this lists."""

    batch: str
    file: str
    code = "batch_incomplete"
    sentence = (
        "The batch {batch} waits for {file}, and is not read before it is complete. "
        "Nothing was compared and nothing changed; upload that file."
    )


@dataclass(eq=False)
class BatchNotQuiet(NoBatch):
    """A batch is picked up when nothing in it has changed for a while."""

    batch: str
    minutes: int
    code = "batch_not_quiet"
    sentence = (
        "The batch {batch} is read when none of its files has changed for {minutes} minutes. "
        "Nothing was compared and nothing changed; let the upload end earlier."
    )


class UploadAwaited(NoBatch):
    """A CSV partner is compared when a file arrives, and never by the clock."""

    code = "upload_awaited"
    sentence = (
        "This partner's roster comes as an upload, and there is no newer one to compare. "
        "Nothing changed; upload a file with `recess upload`."
    )


class RosterFault(Unread):
    """The feed is at fault; never evidence that a school or a person left.

    `again` tells whether reading once more soon can help without anybody doing anything.
    """

    again: ClassVar[bool] = False

    @classmethod
    def every(cls) -> Iterator[type["RosterFault"]]:
        """Every cause there is, in the order of this file."""
        for kind in cls.__subclasses__():
            if "code" in vars(kind):
                yield kind
            yield from kind.every()


def _shown(value: object) -> str:
    """A value as people read it: on one line, printable, and not endless."""
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    text = "".join(char if char.isprintable() else "�" for char in str(value)[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


# Where the roster should be


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


# The archive around the files


class ZipFault(RosterFault):
    """The .zip itself."""


@dataclass(eq=False)
class NotAZip(ZipFault):
    place: str
    code = "not_a_zip"
    sentence = (
        "{place} is not a zip archive, whatever its name says. "
        "Zip the CSV files again (a plain .zip, not .rar, .7z or .gz) and send that."
    )


@dataclass(eq=False)
class ZipCutShort(ZipFault):
    place: str
    code = "zip_cut_short"
    sentence = (
        "{place} begins as a zip archive but its end is missing, as after a broken upload. "
        "Upload the whole archive again."
    )


@dataclass(eq=False)
class ZipListDamaged(ZipFault):
    place: str
    code = "zip_list_damaged"
    sentence = (
        "{place} is a zip archive whose list of files is damaged. "
        "Pack it once more and check that it opens before you send it."
    )


@dataclass(eq=False)
class ZipDamaged(ZipFault):
    file: str
    code = "zip_damaged"
    sentence = (
        "{file} inside the archive is damaged: what unpacks is not what was packed. "
        "Make the .zip anew from the original files and upload it."
    )


@dataclass(eq=False)
class ZipEncrypted(ZipFault):
    file: str
    code = "zip_encrypted"
    sentence = (
        "{file} inside the archive is locked with a password, and Recess has none. "
        "Send the archive without a password."
    )


@dataclass(eq=False)
class ZipMethodUnknown(ZipFault):
    file: str
    code = "zip_method_unknown"
    sentence = (
        "{file} inside the archive is packed by a method other than “deflate” or “store”. "
        "Choose ordinary zip compression when packing."
    )


@dataclass(eq=False)
class ZipTooBig(ZipFault):
    limit: int
    code = "zip_too_big"
    sentence = (
        "The archive unpacks to more than {limit} bytes, which is the most that is read. "
        "Leave out the files that a roster does not need (results, line items, resources)."
    )


@dataclass(eq=False)
class ZipTooDense(ZipFault):
    ratio: int
    code = "zip_too_dense"
    sentence = (
        "The archive unpacks to more than {ratio} times its own size, as no real roster does. "
        "Check what made it; if the files are right, send them as a folder."
    )


@dataclass(eq=False)
class ZipTooManyMembers(ZipFault):
    members: int
    limit: int
    code = "zip_too_many_members"
    sentence = (
        "The archive holds {members} files, where at most {limit} are accepted. "
        "Zip only the CSV files of this roster."
    )


@dataclass(eq=False)
class ZipPathUnsafe(ZipFault):
    file: str
    code = "zip_path_unsafe"
    sentence = (
        "The archive holds a file whose path leads out of it: {file}. "
        "Zip the CSV files by their plain names."
    )


@dataclass(eq=False)
class ZipSymlink(ZipFault):
    file: str
    code = "zip_symlink"
    sentence = (
        "{file} inside the archive is a link instead of a file. "
        "Zip the real file (with zip: without --symlinks)."
    )


@dataclass(eq=False)
class ZipMemberTwice(ZipFault):
    file: str
    code = "zip_member_twice"
    sentence = (
        "The archive holds {file} more than once, so it is unclear which one counts. "
        "Make a new archive in which every file is there once."
    )


@dataclass(eq=False)
class ZipFilesInFolder(ZipFault):
    folder: str
    code = "zip_files_in_folder"
    sentence = (
        "manifest.csv lies in the folder “{folder}” of the archive instead of at its top. "
        "Open that folder, select the CSV files themselves and zip those."
    )


# What manifest.csv promises


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


# One file as CSV


class TableFault(RosterFault):
    """One file that cannot be read as the table it should be."""


@dataclass(eq=False)
class FileEmpty(TableFault):
    file: str
    code = "file_empty"
    sentence = (
        "{file} is empty: it has not even a header. "
        "The export probably stopped; run it again and check the size of the file."
    )


@dataclass(eq=False)
class NoRows(TableFault):
    file: str
    code = "no_rows"
    sentence = (
        "{file} has a header and no rows below it, which is not allowed in a set. "
        "Check the filter of the export, or list the file as absent if it is not meant to be sent."
    )


@dataclass(eq=False)
class NotUtf8(TableFault):
    file: str
    line: int
    code = "not_utf8"
    sentence = (
        "{file}, line {line}: there are bytes that are not UTF-8. "
        "Save the file as “CSV UTF-8” instead of the system's own encoding."
    )


@dataclass(eq=False)
class Utf16(TableFault):
    file: str
    line: int
    code = "utf16"
    sentence = (
        "{file}, line {line}: the file begins as UTF-16 (“Unicode text”), and UTF-8 is expected. "
        "Export it once more with UTF-8 chosen as the encoding."
    )


@dataclass(eq=False)
class NulByte(TableFault):
    file: str
    line: int
    code = "nul_byte"
    sentence = (
        "{file}, line {line}: there is a NUL byte, which no text has. "
        "The file is damaged or of another encoding; write it anew as UTF-8 text."
    )


@dataclass(eq=False)
class UnclosedQuote(TableFault):
    file: str
    line: int
    code = "unclosed_quote"
    sentence = (
        "{file}: the row that begins at line {line} opens a quote that never closes, "
        "so the rest of the file would be swallowed. Close it, or double a quote meant as text."
    )


@dataclass(eq=False)
class BadQuoting(TableFault):
    file: str
    line: int
    code = "bad_quoting"
    sentence = (
        "{file}: in the row that begins at line {line}, text follows a closing quote. "
        "A cell is quoted as a whole, with quotes inside it doubled (RFC 4180)."
    )


@dataclass(eq=False)
class CellTooLong(TableFault):
    file: str
    line: int
    limit: int
    code = "cell_too_long"
    sentence = (
        "{file}: the row that begins at line {line} has a cell of more than {limit} characters. "
        "Most likely a quote was left open there; look for it and close it."
    )


@dataclass(eq=False)
class RowTooLong(TableFault):
    file: str
    line: int
    limit: int
    code = "row_too_long"
    sentence = (
        "{file}: the row that begins at line {line} does not end within {limit} bytes. "
        "Check that rows end with a line break and that the file is a CSV."
    )


@dataclass(eq=False)
class RowsSwallowed(TableFault):
    file: str
    line: int
    column: str
    code = "rows_swallowed"
    sentence = (
        "{file}: in the row that begins at line {line}, the quoted cell of column {column} "
        "runs over other rows. Remove the stray quotes around them."
    )


@dataclass(eq=False)
class TooFewCells(TableFault):
    file: str
    line: int
    cells: int
    expected: int
    code = "too_few_cells"
    sentence = (
        "{file}, line {line}: the row has {cells} cells, fewer than the {expected} of the header. "
        "Look for a line break in the middle of it, or a file that ends too early."
    )


@dataclass(eq=False)
class TooManyCells(TableFault):
    file: str
    line: int
    cells: int
    expected: int
    code = "too_many_cells"
    sentence = (
        "{file}, line {line}: the row has {cells} cells, more than the {expected} of the header. "
        "Put quotes around a value that has a comma in it."
    )


@dataclass(eq=False)
class WrongDelimiter(TableFault):
    file: str
    code = "wrong_delimiter"
    sentence = (
        "{file}: the header has no commas; its columns are parted by semicolons or tabs. "
        "Export it with the comma as the separator."
    )


@dataclass(eq=False)
class HeaderMissing(TableFault):
    file: str
    column: str
    line: int = 1
    code = "header_missing"
    sentence = (
        "{file}, line {line}: the header has no column {column}. "
        "Add the column, with a value in each row, and send the file again."
    )


@dataclass(eq=False)
class HeaderWrongCase(TableFault):
    file: str
    column: str
    line: int = 1
    code = "header_wrong_case"
    sentence = (
        "{file}, line {line}: a column should be called exactly {column}, "
        "but its name differs in capitals or spaces. Rename that column."
    )


@dataclass(eq=False)
class HeaderTwice(TableFault):
    file: str
    column: str
    line: int = 1
    code = "header_twice"
    sentence = (
        "{file}, line {line}: the header names the column {column} more than once. "
        "Keep the one with the right values."
    )


# One record and what it refers to


class RowFault(RosterFault):
    """One record of a file that reads well as CSV."""


@dataclass(eq=False)
class IdEmpty(RowFault):
    file: str
    line: int
    column: str = "sourcedId"
    code = "id_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, and every record needs its id. "
        "Fill it in, or take the row out of the export."
    )


@dataclass(eq=False)
class IdTwice(RowFault):
    file: str
    id: str
    first: int
    line: int
    column: str = "sourcedId"
    code = "id_twice"
    sentence = (
        "{file}, lines {first} and {line}: both have {column} {id}, but an id may stand once. "
        "Merge the two rows, or give the second its own id."
    )


@dataclass(eq=False)
class StatusUnknown(RowFault):
    file: str
    line: int
    column: str = "status"
    code = "status_unknown"
    sentence = (
        "{file}, line {line}: {column} is neither empty nor active nor tobedeleted. "
        "In a bulk set it can stay empty."
    )


@dataclass(eq=False)
class OrgTypeUnknown(RowFault):
    file: str
    line: int
    expected: tuple[str, ...]
    column: str = "type"
    code = "org_type_unknown"
    sentence = (
        "{file}, line {line}: {column} is not a type of organization that OneRoster knows. "
        "Use one of: {expected}."
    )


@dataclass(eq=False)
class RoleUnknown(RowFault):
    file: str
    line: int
    expected: tuple[str, ...]
    column: str = "role"
    code = "role_unknown"
    sentence = (
        "{file}, line {line}: {column} is not a role of this OneRoster version. "
        "Map it to one of: {expected}."
    )


@dataclass(eq=False)
class ReferenceEmpty(RowFault):
    file: str
    line: int
    column: str
    code = "reference_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, so it is unclear what the row belongs to. "
        "Enter the sourcedId it refers to."
    )


@dataclass(eq=False)
class RoleUserUnknown(RowFault):
    file: str
    line: int
    user: str
    column: str = "userSourcedId"
    code = "role_user_unknown"
    sentence = (
        "{file}, line {line}: {column} names {user}, who is not in users.csv. "
        "Export users and roles together, with the same filter."
    )


@dataclass(eq=False)
class UserWithoutRole(RowFault):
    file: str
    line: int
    user: str
    code = "user_without_role"
    sentence = (
        "{file}, line {line}: the user {user} has no row in roles.csv, so nobody can say whether "
        "this is staff. Check that roles.csv is complete."
    )


# The batches of a drop folder


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


# What somebody uploaded


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


# The additive staff list


class StaffListFault(RosterFault):
    """One line of a staff list."""


@dataclass(eq=False)
class StaffEmailMissing(StaffListFault):
    line: int
    column: str = "Staff Email"
    code = "staff_email_missing"
    sentence = (
        "Line {line} of the staff list: {column} is empty, and people are known by it. "
        "Enter the address or remove the line."
    )


@dataclass(eq=False)
class StaffEmailMalformed(StaffListFault):
    line: int
    column: str = "Staff Email"
    code = "staff_email_malformed"
    sentence = (
        "Line {line} of the staff list: {column} does not look like name@example.org. "
        "Write exactly one address, without a name or brackets."
    )


@dataclass(eq=False)
class StaffSchoolsMissing(StaffListFault):
    line: int
    column: str = "Schools"
    code = "staff_schools_missing"
    sentence = (
        "Line {line} of the staff list: {column} is empty. "
        "Give the exact name of at least one school, several parted by commas."
    )


@dataclass(eq=False)
class UnknownSchoolName(StaffListFault):
    line: int
    name: str
    column: str = "Schools"
    code = "unknown_school_name"
    sentence = (
        "Line {line} of the staff list: this partner has no school called exactly “{name}”. "
        "Copy the name from `recess schools list`."
    )


@dataclass(eq=False)
class AmbiguousSchoolName(StaffListFault):
    line: int
    name: str
    numbers: tuple[str, ...]
    column: str = "Schools"
    code = "ambiguous_school_name"
    sentence = (
        "Line {line} of the staff list: more than one school is called “{name}” "
        "(numbers {numbers}). Add this person by the school's id with `recess accounts add`."
    )


# An answer over the network


@dataclass(eq=False)
class RestFault(RosterFault):
    """A service that is asked over HTTP, by its name in sentences."""

    service: str


@dataclass(eq=False)
class AnswerFault(RestFault):
    """What came of asking it; `what` is the list or document that was asked for."""

    what: str


@dataclass(eq=False)
class AddressUnusable(RestFault):
    code = "address_unusable"
    sentence = (
        "The address of {service} is not one that can be asked. "
        "Write it as https://host/path, in the partners file or the settings."
    )


@dataclass(eq=False)
class AddressNotSecure(RestFault):
    code = "address_not_secure"
    sentence = (
        "The address of {service} begins with http://, and a roster is read by https alone. "
        "Correct it in the partners file or the settings; nothing was sent."
    )


@dataclass(eq=False)
class LinkLeadsAway(AnswerFault):
    code = "link_leads_away"
    sentence = (
        "{service} links the next page of its {what} to another list or host. "
        "Its links were expected to stay with what was asked; tell the vendor."
    )


@dataclass(eq=False)
class AnswerRedirected(AnswerFault):
    code = "answer_redirected"
    sentence = (
        "{service} sends whoever asks for {what} on to another address, where no secret is taken. "
        "If the service has moved, correct its address in the partners file or the settings."
    )


@dataclass(eq=False)
class ServerUnreachable(AnswerFault):
    again = True
    code = "server_unreachable"
    sentence = (
        "No connection to {service} could be made to ask for {what}. "
        "It was tried several times; check the address and that this machine may reach it."
    )


@dataclass(eq=False)
class CertificateRefused(AnswerFault):
    code = "certificate_refused"
    sentence = (
        "The certificate of {service} could not be trusted, so {what} was not asked for. "
        "The vendor has to renew it, or this machine's clock or proxy has to be put right."
    )


@dataclass(eq=False)
class ConnectionBroken(AnswerFault):
    again = True
    code = "connection_broken"
    sentence = (
        "{service} broke the connection off while answering with {what}, each time it was tried. "
        "It is tried again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class ServerSilent(AnswerFault):
    again = True
    code = "server_silent"
    sentence = (
        "{service} was asked for {what} several times and stayed silent. "
        "It is asked again with the next sync; if it stays, ask the vendor about its state."
    )


@dataclass(eq=False)
class AnswerTooSlow(AnswerFault):
    seconds: float
    again = True
    code = "answer_too_slow"
    sentence = (
        "{service} had not finished its answer with {what} after {seconds} seconds. "
        "A page takes one or two; if it stays that slow, tell the vendor."
    )


@dataclass(eq=False)
class WalkTooLong(AnswerFault):
    seconds: float
    again = True
    code = "walk_too_long"
    sentence = (
        "Reading everything from {service} took more than {seconds} seconds and ended at {what}. "
        "What was read until then does not count; if it stays, ask the vendor why it is slow."
    )


@dataclass(eq=False)
class TooManyRequests(AnswerFault):
    again = True
    code = "too_many_requests"
    sentence = (
        "{service} would not answer with {what} because of its limit of requests (429). "
        "Its waits were kept and did not help; look for another program that uses the same access."
    )


@dataclass(eq=False)
class ServerFailed(AnswerFault):
    status: int
    again = True
    code = "server_failed"
    sentence = (
        "{service} answered with an error of its own ({status}) when asked for {what}. "
        "It was tried several times; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class AccessRefused(AnswerFault):
    code = "access_refused"
    sentence = (
        "{service} no longer accepts our access when asked for {what} (401). "
        "It was ended or a secret was changed: have the partner connect again, or set the new one."
    )


@dataclass(eq=False)
class AccessForbidden(AnswerFault):
    code = "access_forbidden"
    sentence = (
        "{service} knows us but does not let us read {what} (403). "
        "The partner has to share it with this application."
    )


@dataclass(eq=False)
class ListNotFound(AnswerFault):
    code = "list_not_found"
    sentence = (
        "{service} has nothing at the address of {what} (404). "
        "A list that is shared is there even when it is empty: check address, version and sharing."
    )


@dataclass(eq=False)
class StatusUnexpected(AnswerFault):
    status: int
    code = "status_unexpected"
    sentence = (
        "{service} answered the question for {what} with status {status} instead of 200. "
        "Check the version in the partners file; if it is right, tell the vendor."
    )


@dataclass(eq=False)
class HtmlAnswer(AnswerFault):
    again = True
    code = "html_answer"
    sentence = (
        "{service} answered with a web page instead of {what}. "
        "That is usually maintenance or a proxy between; if it stays, open the address by hand."
    )


@dataclass(eq=False)
class NotJsonType(AnswerFault):
    code = "not_json_type"
    sentence = (
        "{service} answered with {what} in a format that is not called JSON. "
        "The Content-Type application/json was expected; tell the vendor."
    )


@dataclass(eq=False)
class NotJson(AnswerFault):
    again = True
    code = "not_json"
    sentence = (
        "{service} called its answer with {what} JSON, but it cannot be read as such. "
        "It was probably cut off; it is asked again with the next sync."
    )


@dataclass(eq=False)
class PageTooBig(AnswerFault):
    limit: int
    code = "page_too_big"
    sentence = (
        "One page of {what} from {service} is larger than {limit} bytes, the most that is read. "
        "Such a page should be a fraction of it; tell the vendor that `limit` is not kept."
    )


@dataclass(eq=False)
class DocumentUnexpected(AnswerFault):
    code = "document_unexpected"
    sentence = (
        "{service} answered with {what} as a bare value, neither an object nor a list. "
        "Check that the address leads to the roster; if it does, tell the vendor."
    )


@dataclass(eq=False)
class EnvelopeMissing(AnswerFault):
    envelope: str
    code = "envelope_missing"
    sentence = (
        "{service} answered with {what} but without the list “{envelope}” that holds the records. "
        "That is not an empty roster; check the address, and tell the vendor."
    )


@dataclass(eq=False)
class PagingLoop(AnswerFault):
    code = "paging_loop"
    sentence = (
        "The pages of {what} from {service} lead back to one that was read before. "
        "Such a walk never ends; tell the vendor."
    )


@dataclass(eq=False)
class PagesWithoutEnd(AnswerFault):
    limit: int
    code = "pages_without_end"
    sentence = (
        "The {what} of {service} had not ended after {limit} pages. "
        "No roster is that long; tell the vendor."
    )


@dataclass(eq=False)
class PagingMalformed(AnswerFault):
    code = "paging_malformed"
    sentence = (
        "{service} gave a page of {what} whose links to the next one cannot be understood. "
        "Whether more follows is unknown, so nothing of it counts; tell the vendor."
    )


@dataclass(eq=False)
class ListCutShort(AnswerFault):
    again = True
    code = "list_cut_short"
    sentence = (
        "{service} ended its {what} too early: behind the last page there was more. "
        "It is read again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class RecordMalformed(AnswerFault):
    place: str
    code = "record_malformed"
    sentence = (
        "{service}, {what}, {place}: this is not a record. "
        "Each was expected to be an object in its usual wrapping; tell the vendor."
    )


@dataclass(eq=False)
class RecordIdMissing(AnswerFault):
    place: str
    field: str
    code = "record_id_missing"
    sentence = (
        "{service}, {what}, {place}: the record has no {field}. "
        "Every one needs its own; the vendor has to complete it."
    )


@dataclass(eq=False)
class FieldWrong(AnswerFault):
    place: str
    field: str
    expected: str
    code = "field_wrong"
    sentence = (
        "{service}, {what}, {place}: {field} should be {expected} and is not. "
        "Have it corrected where the record comes from, or tell the vendor."
    )


@dataclass(eq=False)
class TextUnusable(AnswerFault):
    place: str
    field: str
    code = "text_unusable"
    sentence = (
        "{service}, {what}, {place}: {field} holds a character that cannot be stored. "
        "Have it typed again where the record comes from."
    )


@dataclass(eq=False)
class RecordTwice(AnswerFault):
    id: str
    again = True
    code = "record_twice"
    sentence = (
        "{service} gave {id} twice among its {what}, so its pages moved while they were read. "
        "It is read again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class RecordMoved(AnswerFault):
    id: str
    again = True
    code = "record_moved"
    sentence = (
        "{service} gave {id} in two lists with different content ({what}). "
        "It was changed during the reading, which is done again with the next sync."
    )


# What only Clever says


class CleverFault(RosterFault):
    """A district's connection with Clever."""


@dataclass(eq=False)
class CleverWithoutDistrict(CleverFault):
    code = "clever_without_district"
    sentence = (
        "The partner's Clever source has no `district`. "
        "Add Clever's id of the district to the partners file and import it again."
    )


@dataclass(eq=False)
class CleverVersionUnknown(CleverFault):
    version: str
    known: tuple[str, ...]
    code = "clever_version_unknown"
    sentence = (
        "The partner's Clever source asks for version {version}, which this version does not read. "
        "Set `version` to one of {known} in the partners file, or leave it out."
    )


@dataclass(eq=False)
class CleverNotConfigured(CleverFault):
    code = "clever_not_configured"
    sentence = (
        "Clever was not asked, because CLEVER_CLIENT_ID or CLEVER_CLIENT_SECRET is not set. "
        "Set both to the values of your application's page in Clever and start again."
    )


@dataclass(eq=False)
class CleverSecretRefused(CleverFault):
    code = "clever_secret_refused"
    sentence = (
        "Clever does not accept CLEVER_CLIENT_ID and CLEVER_CLIENT_SECRET. "
        "Copy both again from your application's page in Clever; no partner was read by them."
    )


@dataclass(eq=False)
class CleverNotConnected(CleverFault):
    district: str
    code = "clever_not_connected"
    sentence = (
        "The district {district} is not connected to our application in Clever, or no longer. "
        "That says nothing about its schools; its administrator has to connect it again in Clever."
    )


@dataclass(eq=False)
class CleverOtherDistrict(CleverFault):
    district: str
    code = "clever_other_district"
    sentence = (
        "Clever's token for the district {district} leads to another district. "
        "Check `district` in the partners file; if it is right, tell Clever."
    )


@dataclass(eq=False)
class CleverDistrictError(CleverFault):
    synced: str
    code = "clever_district_error"
    sentence = (
        "Clever says that its own sync of this district is in error (last good one: {synced}). "
        "The district's administrator finds the reason in Clever; we read again when it is solved."
    )


@dataclass(eq=False)
class CleverDistrictPending(CleverFault):
    again = True
    code = "clever_district_pending"
    sentence = (
        "Clever is still setting this district up (its state is pending). "
        "Its roster is not complete until that ends; the next sync looks again."
    )


@dataclass(eq=False)
class CleverSyncedMeanwhile(CleverFault):
    again = True
    code = "clever_synced_meanwhile"
    sentence = (
        "Clever took over new data of this district while its lists were being read. "
        "What was read before and after does not fit together; the next sync reads all again."
    )


@dataclass(eq=False)
class CleverStateUnknown(CleverFault):
    code = "clever_state_unknown"
    sentence = (
        "Clever gives this district a state that this version of Recess does not know. "
        "Whether its data is complete cannot be told: look the district up in Clever, and tell us."
    )


# A OneRoster service


class OneRosterFault(RestFault):
    """What only OneRoster over REST can do wrong."""


@dataclass(eq=False)
class TokenRefused(OneRosterFault):
    code = "token_refused"
    sentence = (
        "{service} gave us no token: it does not accept `client_id` and `client_secret`. "
        "Ask the partner for the current pair, and that it may read rosters."
    )


@dataclass(eq=False)
class TokenMalformed(OneRosterFault):
    code = "token_malformed"
    sentence = (
        "{service} answered the request for a token without an access token in it. "
        "Check that `token_url` leads to the place where tokens are given out."
    )


@dataclass(eq=False)
class OneRosterAnswerFault(OneRosterFault):
    """A list of the service; `what` is its name."""

    what: str


@dataclass(eq=False)
class TotalNotMet(OneRosterAnswerFault):
    total: int
    received: int
    again = True
    code = "total_not_met"
    sentence = (
        "{service} announced {total} records in all for its {what} and handed out {received}. "
        "It is read again with the next sync; if it stays, the vendor has to correct its paging."
    )


@dataclass(eq=False)
class TotalMoves(OneRosterAnswerFault):
    walks: int
    again = True
    code = "total_moves"
    sentence = (
        "The number of {what} at {service} changed in the middle of each of {walks} readings. "
        "It is read again with the next sync; choose a time at which the system there is quiet."
    )


@dataclass(eq=False)
class SchoolsMoved(OneRosterAnswerFault):
    again = True
    code = "schools_moved"
    sentence = (
        "{service} was asked for its {what} before and after the users, and the two lists differ. "
        "It is read again with the next sync; if it stays, tell the vendor that copies disagree."
    )


@dataclass(eq=False)
class RecordStatusUnknown(OneRosterAnswerFault):
    place: str
    code = "record_status_unknown"
    sentence = (
        "{service}, {what}, {place}: the status is neither active nor tobedeleted. "
        "Have the vendor map it to one of the two."
    )


@dataclass(eq=False)
class RecordTypeUnknown(OneRosterAnswerFault):
    place: str
    expected: tuple[str, ...]
    code = "record_type_unknown"
    sentence = (
        "{service}, {what}, {place}: the type of this organization is none that OneRoster knows. "
        "It should be one of: {expected}."
    )


@dataclass(eq=False)
class RecordRoleUnknown(OneRosterAnswerFault):
    place: str
    expected: tuple[str, ...]
    code = "record_role_unknown"
    sentence = (
        "{service}, {what}, {place}: this person has no role that this OneRoster version knows. "
        "Check `version`, or have the role mapped to one of: {expected}."
    )


@dataclass(eq=False)
class UserWithoutRoles(OneRosterAnswerFault):
    place: str
    code = "user_without_roles"
    sentence = (
        "{service}, {what}, {place}: the list of roles is absent or empty, so nobody can say "
        "whether this is staff. Check that `version` is right and that roles are shared."
    )


@dataclass(eq=False)
class StaffWithoutSchool(OneRosterAnswerFault):
    place: str
    code = "staff_without_school"
    sentence = (
        "{service}, {what}, {place}: a member of the staff belongs to no organization. "
        "Assign a school, or the district itself, where the record comes from."
    )


# ClassLink's proxy


class ClassLinkFault(RestFault):
    """What only ClassLink's proxy can say."""


@dataclass(eq=False)
class PartnerKeyUnusable(ClassLinkFault):
    code = "partner_key_unusable"
    sentence = (
        "CLASSLINK_API_KEY holds a space or a character that no key of {service} has. "
        "Copy the key once more, without quotes or line breaks; it was not sent."
    )


@dataclass(eq=False)
class PartnerKeyRefused(ClassLinkFault):
    code = "partner_key_refused"
    sentence = (
        "{service} does not accept CLASSLINK_API_KEY, by which it lists who shares with us. "
        "Make a new key in ClassLink's partner portal and set it; every district is affected."
    )


@dataclass(eq=False)
class ApplicationGone(ClassLinkFault):
    application: str
    code = "application_gone"
    sentence = (
        "{service} no longer lists the application {application}, so the district shares nothing "
        "with us. Its administrator has to add it again in ClassLink; no school counts as gone."
    )


@dataclass(eq=False)
class ApplicationDisabled(ClassLinkFault):
    application: str
    code = "application_disabled"
    sentence = (
        "{service} lists the application {application} as disabled. "
        "The district's administrator has to enable it in ClassLink's console."
    )


@dataclass(eq=False)
class ApplicationWithoutToken(ClassLinkFault):
    application: str
    code = "application_without_token"
    sentence = (
        "{service} lists the application {application} without the token that opens its roster. "
        "Ask ClassLink's support to provision it."
    )


# A roster that cannot be meant, given what is stored


class ComparisonFault(RosterFault):
    """Found by comparing with what is stored, not by reading."""


@dataclass(eq=False)
class LeadingZeros(ComparisonFault):
    """`pairs` are (known id, id in this roster), the sentence shows the first five."""

    pairs: tuple[tuple[str, str], ...]
    code = "leading_zeros"
    sentence = (
        "Ids differ from the known ones only by zeros in front: {pairs}. "
        "A spreadsheet has probably made numbers of them; export again with ids as text."
    )

    def _fields(self) -> Iterator[tuple[str, object]]:
        yield "pairs", tuple(f"{known} is now {given}" for known, given in self.pairs[:5])


@dataclass(eq=False)
class NoSchoolsOnFirstRun(ComparisonFault):
    code = "no_schools_on_first_run"
    sentence = (
        "The first roster of this partner has no school in it. "
        "Check that organizations of type school are shared, then sync again."
    )


@dataclass(eq=False)
class NoSchoolsInNewSource(ComparisonFault):
    code = "no_schools_in_new_source"
    sentence = (
        "The new source of this partner has no school in it, so none can be matched. "
        "Check that it is the right one and that its schools are shared, then sync again."
    )
