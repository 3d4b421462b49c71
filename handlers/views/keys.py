"""Our keys of many accounts, in the little room that a dialog has to remember something.

The keys of one school's people lie close together, so their differences are small numbers. These
are written in bytes of seven bits and compressed. Of neighbours tens of thousands fit, and of
people scattered over six million about 700.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from zlib import compress, decompress

# Of the 3,000 characters that Slack gives a dialog; the rest is for what it is about.
ROOM = 2_100
SEVEN = 0x7F


def packed(keys: Iterable[int]) -> str | None:
    """None when they do not fit."""
    text = urlsafe_b64encode(compress(bytes(_bytes(sorted(keys))), 9)).decode()
    return text if len(text) <= ROOM else None


def unpacked(text: str) -> set[int]:
    """The empty text is nobody."""
    keys, key, number, shift = set(), 0, 0, 0
    for byte in decompress(urlsafe_b64decode(text)) if text else b"":
        number |= (byte & SEVEN) << shift
        shift += 7
        if byte <= SEVEN:
            key += number
            keys.add(key)
            number = shift = 0
    return keys


def _bytes(keys: Iterable[int]) -> Iterable[int]:
    """Each difference, its low seven bits first; a byte above `SEVEN` says that more follow."""
    before = 0
    for key in keys:
        number, before = key - before, key
        while number > SEVEN:
            yield (number & SEVEN) | (SEVEN + 1)
            number >>= 7
        yield number
