"""What reading in blocks must not change, and what it must not cost."""

import pytest

from bot.rosters import faults
from bot.rosters.csvtable import Ids, Table
from bot.rosters.fileset import Meter


def test_a_line_break_parted_by_two_blocks_counts_once() -> None:
    table = Table("t.csv", [b"a,b\r", b"\n1\r\n"], ("a", "b"))
    with pytest.raises(faults.TooFewCells) as caught:
        list(table.rows())
    assert caught.value.line == 2


def test_progress_is_told_about_a_hundred_times_a_second_at_most() -> None:
    told: list[tuple[int, int]] = []
    meter = Meter(lambda *bytes: told.append(bytes), 20_000)
    assert sum(len(block) for block in meter.over(b"x" for _ in range(20_000))) == 20_000
    meter.end()
    assert 2 <= len(told) < 2_000
    assert told[-1] == (20_000, 20_000)


def test_what_is_read_twice_is_not_more_than_all() -> None:
    told: list[tuple[int, int]] = []
    list(Meter(lambda *bytes: told.append(bytes), 5).over(iter([b"1234", b"1234"])))
    assert all(done <= total for done, total in told)


def test_ids_tell_what_came_twice_and_what_is_missing() -> None:
    some, more = Ids(), Ids()
    for id in ("a", "b", "b", "c"):
        some.add(id)
    for id in ("a", "b"):
        more.add(id)
    assert list(some.repeated()) == [{hash("b")}]
    assert some.missing_from(more) == {hash("c")}
    assert more.missing_from(some) == set()
