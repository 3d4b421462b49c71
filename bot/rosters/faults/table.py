"""One file as CSV."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


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
