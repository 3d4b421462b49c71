"""One CSV file (RFC 4180, UTF-8) as a stream of rows that fit its header.

What cannot be read exactly is refused: a row guessed wrong could look like someone who left.
"""

import csv
import io
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bot.rosters import faults

ROW_LIMIT = 1 << 20

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BUCKETS = 64


class Table:
    """The rows below a header that has at least the `needed` columns, in any order.

    `line` is where the current row begins, counted from 1. A column of `optional` that the
    header lacks reads as empty. A header alone is a fault, unless the table `may_be_empty`.
    """

    def __init__(
        self,
        file: str,
        blocks: Iterable[bytes],
        needed: Sequence[str],
        optional: Sequence[str] = (),
        *,
        may_be_empty: bool = False,
    ) -> None:
        self.file = file
        self._may_be_empty = may_be_empty
        self.line = 1
        self._blocks = blocks
        lines = chain.from_iterable(io.StringIO(text, newline="") for text in self._texts())
        self._reader = csv.reader(lines, strict=True)
        self._header = self._read_header()
        self._width = len(self._header)
        _check_header(file, self.line, self._header, needed, optional)
        self._short = any(name not in self._header for name in optional)

    def column(self, name: str) -> int:
        """Where in a row the named column is."""
        return self._header.index(name) if name in self._header else self._width

    def rows(self) -> Iterator[list[str]]:
        """Every row, at least as wide as the header. Raises a TableFault."""
        reader, width, short = self._reader, self._width, self._short
        self.line = reader.line_num + 1
        found = False
        for row in self._raw():
            if len(row) != width and not self._fit(row):
                continue
            if reader.line_num != self.line:
                self._check_swallowed(row)
            if short:
                row.append("")
            found = True
            yield row
        if not found and not self._may_be_empty:
            raise faults.NoRows(self.file)

    def _raw(self) -> Iterator[list[str]]:
        """The rows of the csv module, with its errors in our words."""
        reader = self._reader
        try:
            for row in reader:
                yield row
                self.line = reader.line_num + 1
        except csv.Error as error:
            raise self._fault(str(error)) from error

    def _fault(self, message: str) -> faults.TableFault:
        if "unexpected end" in message:
            return faults.UnclosedQuote(self.file, self.line)
        if "field limit" in message:
            return faults.CellTooLong(self.file, self.line, csv.field_size_limit())
        return faults.BadQuoting(self.file, self.line)

    def _read_header(self) -> list[str]:
        for row in self._raw():
            while row and not row[-1].strip():
                row.pop()
            if row:
                return row
        raise faults.FileEmpty(self.file)

    def _fit(self, row: list[str]) -> bool:
        """Cut empty cells beyond the header; false for a blank line."""
        cells, width = len(row), self._width
        if not row:
            return False
        if cells < width:
            raise faults.TooFewCells(self.file, self.line, cells, width)
        if any(row[width:]):
            raise faults.TooManyCells(self.file, self.line, cells, width)
        del row[width:]
        return True

    def _check_swallowed(self, row: list[str]) -> None:
        """Two stray quotes in one column make one row of many that still fits the header."""
        for name, cell in zip(self._header, row, strict=False):
            # JSON in a metadata column may well be of many lines and commas.
            whole_row = "\n" in cell and cell.count(",") >= self._width - 1 > 0
            if whole_row and not name.startswith("metadata."):
                raise faults.RowsSwallowed(self.file, self.line, name)

    def _texts(self) -> Iterator[str]:
        """The file in pieces of whole lines."""
        tail = b""
        since, size = 0, 0
        for block in _without_bom(self.file, self._blocks):
            since, size = (self.line, 0) if self.line != since else (since, size)
            size += len(block)
            if size > ROW_LIMIT + len(block):
                raise faults.RowTooLong(self.file, self.line, ROW_LIMIT)
            data = tail + block
            cut = _end_of_lines(data)
            tail = data[cut:]
            yield self._text(data[:cut])
        yield self._text(tail)

    def _text(self, data: bytes) -> str:
        if (at := data.find(b"\0")) >= 0:
            raise faults.NulByte(self.file, self._line_at(data, at))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise faults.NotUtf8(self.file, self._line_at(data, error.start)) from error

    def _line_at(self, data: bytes, at: int) -> int:
        return self._reader.line_num + len((data[:at] + b"x").splitlines())


class Ids:
    """Many ids in eight bytes each: enough to tell that one came twice or is missing elsewhere.

    Whoever needs to know which one reads the file again: equal hashes may be different ids.
    """

    def __init__(self) -> None:
        self._buckets = [array("q") for _ in range(_BUCKETS)]
        self._appends = [bucket.append for bucket in self._buckets]

    def add(self, id: str) -> None:
        code = hash(id)
        self._appends[code % _BUCKETS](code)

    def repeated(self) -> Iterator[set[int]]:
        """The hashes that came more than once, bucket by bucket."""
        for bucket in self._buckets:
            if len(once := set(bucket)) < len(bucket):
                yield _more_than_once(bucket, once)

    def missing_from(self, *others: "Ids") -> set[int]:
        """Hashes that none of the others has, of the first bucket that has any."""
        for number, bucket in enumerate(self._buckets):
            missing = set(bucket).difference(*(other._buckets[number] for other in others))
            if missing:
                return missing
        return set()


def has_rows(file: str, block: bytes) -> None:
    """Raise unless the first block of a file has something below its header."""
    lines = [line for line in block.removeprefix(_BOM).splitlines() if line.strip(b" \t,")]
    if not lines:
        raise faults.FileEmpty(file)
    if len(lines) == 1:
        raise faults.NoRows(file)


def _more_than_once(bucket: Iterable[int], once: set[int]) -> set[int]:
    twice = set()
    for code in bucket:
        if code in once:
            once.remove(code)
        else:
            twice.add(code)
    return twice


def _without_bom(file: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    blocks = iter(blocks)
    first = b""
    while len(first) < len(_BOM) and (block := next(blocks, b"")):
        first += block
    if first.startswith(_UTF16):
        raise faults.Utf16(file, 1)
    yield first.removeprefix(_BOM)
    yield from blocks


def _end_of_lines(data: bytes) -> int:
    """Just behind the last line break. A CR at the very end may still get its LF."""
    return (data.rfind(b"\n") + 1) or (data.rfind(b"\r", 0, len(data) - 1) + 1)


def _check_header(
    file: str, line: int, header: list[str], needed: Sequence[str], optional: Sequence[str]
) -> None:
    if len(header) == 1 and len(needed) > 1 and (";" in header[0] or "\t" in header[0]):
        raise faults.WrongDelimiter(file)
    similar = {name.strip().casefold() for name in header}
    for name in (*needed, *optional):
        if name not in header and name.casefold() in similar:
            raise faults.HeaderWrongCase(file, name, line)
    for name in needed:
        if name not in header:
            raise faults.HeaderMissing(file, name, line)
    for name, count in Counter(header).items():
        if name and count > 1:
            raise faults.HeaderTwice(file, name, line)
