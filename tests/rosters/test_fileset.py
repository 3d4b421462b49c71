"""The folder or archive around the files."""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.rosters import RosterFault, faults, fileset, open_roster
from tests.rosters import sets
from tests.rosters.sets import set_1p1, user


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sets.in_folder(tmp_path / "set", set_1p1())


def refused(path: Path, meanwhile: Callable[[], None] | None = None) -> RosterFault:
    """The fault of reading a set; `meanwhile` is called when its schools are known."""
    with pytest.raises(RosterFault) as caught:
        sets.read(path, meanwhile)
    return caught.value


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def zipped(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    sets.in_zip(path, set_1p1())
    with zipfile.ZipFile(path, "a") as archive:
        for info, content in members:
            archive.writestr(info, content)
    return path


def test_an_unknown_kind_of_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(faults.UnknownSourceKind, match=r"“fax”.*oneroster-csv"):
        open_roster({"kind": "fax"}, base=tmp_path)


def test_a_source_without_a_path_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(faults.SourceWithoutPath),
        open_roster({"kind": "oneroster-csv"}, base=tmp_path),
    ):
        pass


@pytest.mark.parametrize("name", ["nowhere", "set/orgs.csv/deeper", "nul\0byte"])
def test_nothing_at_the_path_is_refused(folder: Path, name: str) -> None:
    with (
        pytest.raises(faults.PlaceMissing, match="nothing at"),
        open_roster({"kind": "oneroster-csv", "path": name}, base=folder.parent),
    ):
        pass


def test_a_place_that_is_no_folder_and_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").code == "not_a_folder"


def test_a_fifo_among_the_files_is_refused_and_not_waited_for(folder: Path) -> None:
    (folder / "users.csv").unlink()
    os.mkfifo(folder / "users.csv")
    assert refused(folder).details == {"code": "not_a_file", "file": "users.csv"}


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "users.csv").rename(folder.parent / "other.csv")
    (folder / "users.csv").symlink_to(folder.parent / "other.csv")
    assert refused(folder).details == {"code": "file_leaves_folder", "file": "users.csv"}


def test_a_link_that_turns_in_circles_is_refused(folder: Path) -> None:
    (folder / "users.csv").unlink()
    (folder / "users.csv").symlink_to(folder / "users.csv")
    assert refused(folder).code == "read_failed"


@pytest.mark.parametrize(
    ("error", "code"),
    [(PermissionError(13, "no"), "file_unreadable"), (OSError(5, "I/O error"), "read_failed")],
)
def test_an_error_of_the_disk_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", fail)
    assert refused(folder).code == code


def test_a_place_without_the_right_to_open_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Path) -> Iterator[Path]:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "iterdir", fail)
    assert refused(folder).code == "place_unreadable"


@pytest.mark.parametrize("name", ["orgs.csv", "users.csv"])
def test_a_file_that_changes_while_it_is_read_is_told_and_tried_again(
    folder: Path, name: str
) -> None:
    fault = refused(folder, meanwhile=lambda: append(folder / name))
    assert fault.details == {"code": "set_changed", "file": name}
    assert fault.again


def test_a_file_that_goes_while_it_is_read_is_told_as_changed(folder: Path) -> None:
    assert refused(folder, meanwhile=(folder / "users.csv").unlink).code == "set_changed"


def test_an_archive_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip")
    assert refused(path, meanwhile=lambda: append(path)).code == "set_changed"


@pytest.mark.parametrize("content", [b"", b"sourcedId,name\n", b"Rar!\x1a\x07\x00" * 9])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.zip").write_bytes(content)
    assert refused(tmp_path / "set.zip").code == "not_a_zip"


def test_a_zip_without_its_end_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip")
    path.write_bytes(path.read_bytes()[:-100])
    assert refused(path).code == "zip_cut_short"


def test_a_zip_with_a_damaged_list_of_files_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip")
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x09"))
    assert refused(path).code == "zip_list_damaged"


def test_a_damaged_file_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in set_1p1(users=[user("u1")]).items():
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"Byron", b"Bxron"))
    assert refused(path).details == {"code": "zip_damaged", "file": "users.csv"}


def test_a_zip_that_understates_its_sizes_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip")
    content = path.read_bytes()
    size = len(set_1p1()["users.csv"]).to_bytes(4, "little")
    path.write_bytes(content.replace(size, b"\x09\0\0\0"))
    assert refused(path).code == "zip_damaged"


def flagged(path: Path, flag: int) -> Path:
    """Set a flag bit in every header of an archive."""
    content = bytearray(zipped(path).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + at] |= flag
            start = content.find(mark, start + 4)
    path.write_bytes(content)
    return path


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    assert refused(flagged(tmp_path / "set.zip", 0x1)).code == "zip_encrypted"


def test_a_zip_of_a_strange_method_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("notes.txt")
    info.compress_type = zipfile.ZIP_LZMA
    path = zipped(tmp_path / "set.zip", (info, b"x"))
    assert refused(path).details == {"code": "zip_method_unknown", "file": "notes.txt"}


@pytest.mark.parametrize("name", ["../users.csv", "/users.csv", "a/../../b", "..\\b", "C:\\b"])
def test_a_path_that_leads_out_of_a_zip_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(zipped(tmp_path / "set.zip", (name, b"x"))).code == "zip_path_unsafe"


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("classes.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(tmp_path / "set.zip", (info, b"/etc/passwd"))
    assert refused(path).details == {"code": "zip_symlink", "file": "classes.csv"}


def test_a_name_that_a_zip_holds_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "set.zip", ("users.csv", b"x"))
    assert refused(path).details == {"code": "zip_member_twice", "file": "users.csv"}


@pytest.mark.parametrize("slash", ["/", "\\"])
def test_a_zip_of_a_folder_is_refused_by_the_folders_name(tmp_path: Path, slash: str) -> None:
    files = {f"export{slash}{name}": content for name, content in set_1p1().items()}
    path = sets.in_zip(tmp_path / "set.zip", {"__MACOSX/manifest.csv": b""} | files)
    assert refused(path).details == {"code": "zip_files_in_folder", "folder": "export"}


def test_folders_beside_the_files_of_a_zip_are_overlooked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "set.zip", ("__MACOSX/._users.csv", b"x"), ("old/", b""))
    assert len(sets.read(path)[1]) == 2


def test_a_zip_of_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fileset, "MEMBER_LIMIT", 2)
    assert refused(zipped(tmp_path / "set.zip")).details["members"] == 3


def test_a_zip_that_unpacks_beyond_its_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fileset, "UNPACKED_LIMIT", 300)
    assert refused(zipped(tmp_path / "set.zip")).code == "zip_too_big"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fileset, "DENSITY_FLOOR", 1 << 20)
    line = b"s1,,Oak,school" + b" " * 1000 + b"\n"
    bomb = {"orgs.csv": b"sourcedId,status,name,type\n" + line * 3_000}
    assert refused(sets.in_zip(tmp_path / "set.zip", set_1p1() | bomb)).code == "zip_too_dense"
