"""A file to one person: what a spreadsheet makes of it, and what is said when Slack refuses it."""

import csv
import io

import pytest

from handlers.files import as_text, csv_bytes, send_csv
from tests.harness.slack.office import Office


def sent(workspace: Office, *rows: tuple[object, ...]) -> None:
    desk = workspace.service._desk()
    send_csv(desk, "U0ANA", "schools.csv", ("Number", "Name"), rows, "All <schools> & more.")


def test_a_file_comes_by_direct_message_with_its_comment(workspace: Office) -> None:
    sent(workspace, ("1", "Oak"), (2, 'The "Élan", Ltd'))
    card = workspace.expect_direct_message("ana", "All <schools> & more.")
    [file] = card.files
    assert file.name == "schools.csv"
    assert list(csv.reader(io.StringIO(file.text))) == [
        ["Number", "Name"],
        ["1", "Oak"],
        ["2", 'The "Élan", Ltd'],
    ]


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", '"=1', "'=1", "＝1", "\ufeff=1"),
        *("\tplain", "0012", "00", "1234567890123456", "58e10", "1.5E9"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_or_respell_begins_with_an_apostrophe(
    cell: str,
) -> None:
    assert as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Oak", "12", "0", "a=b", "St. Mary's - East", "2026-10-05"])
def test_every_other_cell_stays_as_it_is(cell: str) -> None:
    assert as_text(cell) == cell


def test_excel_is_told_that_it_is_utf_8_and_every_cell_is_quoted() -> None:
    assert csv_bytes(("Name",), [("Ñ",)]) == b'\xef\xbb\xbf"Name"\r\n"\xc3\x91"\r\n'


def test_half_a_character_does_not_stop_the_file() -> None:
    assert csv_bytes(("Name",), [("\ud83d",)]).endswith(b'"?"\r\n')


def test_a_file_that_slack_refuses_is_told_and_not_sent_again(workspace: Office) -> None:
    workspace.slack.misbehave("error", method="files.completeUploadExternal", error="file_no")
    sent(workspace, ("1", "Oak"))
    workspace.expect_direct_message("ana", "schools.csv could not be sent", "ask for it again")
    assert workspace.files_of("ana") == []


def test_an_app_without_the_scope_says_what_to_do(workspace: Office) -> None:
    workspace.slack.store.scopes.discard("files:write")
    sent(workspace, ("1", "Oak"))
    workspace.expect_direct_message("ana", "may not send files here", "recess manifest")
