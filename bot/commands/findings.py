"""What the doctor finds: one line each, with its verdict."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`text` says what was found and, when that is wrong, what to do."""

    verdict: Literal["ok", "wrong", "skipped"]
    text: str


def ok(text: str) -> Finding:
    return Finding("ok", text)


def wrong(text: str) -> Finding:
    return Finding("wrong", text)


def skipped(text: str) -> Finding:
    return Finding("skipped", text)
