"""Many accounts in the little room that a dialog has to remember them."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.views.keys import ROOM, packed, unpacked


@given(st.sets(st.integers(1, 2**53), max_size=60))
def test_what_was_packed_comes_out_again(keys: set[int]) -> None:
    text = packed(keys)
    assert text is not None
    assert unpacked(text) == keys


def test_nothing_is_nobody() -> None:
    assert unpacked("") == set()
    assert unpacked(packed([]) or "") == set()


def test_a_large_school_fits() -> None:
    text = packed(range(5_999_000, 5_999_000 + 4_000, 2))
    assert text is not None
    assert len(text) <= ROOM


def test_what_does_not_fit_is_not_cut() -> None:
    squares = (number * number for number in range(1, 4_000))
    assert packed(squares) is None
