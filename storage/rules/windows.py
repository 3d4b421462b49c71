"""Pause windows: weeks of the summer in which a partner's nights are skipped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Window:
    """From one day of the year to another, both included; it may go over New Year's Eve.

    Days are written as in the partners file: "06-12".
    """

    first: str
    last: str

    def contains(self, day: date) -> bool:
        today = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last


def window_on(windows: Iterable[Window], day: date) -> Window | None:
    """The window that a day lies in."""
    return next((window for window in windows if window.contains(day)), None)
