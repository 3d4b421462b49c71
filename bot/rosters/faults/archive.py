"""The archive around the files."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


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
