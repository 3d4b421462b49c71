"""The additive staff list."""

import pytest

from bot.rosters import RosterFault
from bot.rosters.staff_list import StaffRow, read_staff_list

HEADER = "Staff First Name,Staff Last Name,Staff Email,Schools\n"


def read(text: str, header: str = HEADER) -> list[StaffRow]:
    return read_staff_list("staff.csv", [(header + text).encode()])


def test_a_line_is_a_person_at_one_or_more_schools() -> None:
    assert read('Ada,Byron, ada@example.org ,"Oak Elementary, Elm, Oak Elementary"\n') == [
        StaffRow(2, "Ada", "Byron", "ada@example.org", ("Oak Elementary", "Elm"))
    ]


def test_lines_of_one_address_are_one_person() -> None:
    assert read("Ada,Byron,ada@example.org,Oak\nA,B,ADA@example.org,Elm\n") == [
        StaffRow(2, "Ada", "Byron", "ada@example.org", ("Oak", "Elm"))
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("Ada,Byron,ada@example.org,Oak\nBo,Ek,,Oak", "staff_email_missing", 3),
        ("Ada,Byron,ada@example,Oak", "staff_email_malformed", 2),
        ("Ada,Byron,ada at example.org,Oak", "staff_email_malformed", 2),
        ("Ada,Byron,Ada <ada@example.org>,Oak", "staff_email_malformed", 2),
        ('Ada,Byron,ada@example.org," , "', "staff_schools_missing", 2),
        ("Ada,Byron,ada@example.org", "too_few_cells", 2),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(RosterFault) as caught:
        read(text)
    assert (caught.value.code, caught.value.details["line"]) == (code, line)
    assert "ada" not in str(caught.value).lower()


def test_a_missing_column_is_refused_by_name() -> None:
    with pytest.raises(RosterFault, match=r"staff\.csv, line 1: the header has no column Schools"):
        read("Ada,Byron,ada@example.org", "Staff First Name,Staff Last Name,Staff Email\n")


def test_another_encoding_is_refused() -> None:
    with pytest.raises(RosterFault, match="UTF-8"):
        read_staff_list(
            "staff.csv", [HEADER.encode() + "Zoë,B,z@example.org,Oak".encode("latin-1")]
        )
