"""What a failed call to Slack means for the message that it was about.

The codes are those of Slack's published method errors; whatever is not known to be harmless to
repeat is not repeated.
"""

import re
import urllib.error
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException
from socket import gaierror
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

# Slack said no, or there was no answer, or it could not be read.
CALL_FAILED = (SlackClientError, OSError, ValueError, HTTPException)
CODE = re.compile(r"\w+")
UNCERTAIN = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
LOST = {"message_not_found", "cant_update_message", "edit_window_closed"}


class Verdict(Enum):
    """What an error says about the message."""

    NOT_POSTED = auto()
    UNCERTAIN = auto()
    LOST = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class Trouble:
    """A failed call: what it means, in words, and how long Slack asks to wait (seconds)."""

    verdict: Verdict
    words: str
    wait: float | None = None


def trouble_of(error: Exception) -> Trouble:
    """What a failed call means (Slack's published errors; SlackApiError carries its answer)."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    # Refused, or no such host: the request never left.
    if isinstance(reason, ConnectionRefusedError | gaierror):
        return Trouble(Verdict.NOT_POSTED, f"Slack could not be reached: {reason}")
    if isinstance(error, SlackRequestError):
        return Trouble(Verdict.REFUSED, str(error))
    return Trouble(Verdict.UNCERTAIN, f"the answer was lost: {type(reason).__name__}: {reason}")


def _answered(error: SlackApiError) -> Trouble:
    response = error.response
    status = getattr(response, "status_code", 200)
    headers = {k.lower(): v for k, v in (getattr(response, "headers", None) or {}).items()}
    code = str(response.get("error", "")) if hasattr(response, "get") else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        wait = _seconds(headers.get("retry-after"))
        return Trouble(Verdict.NOT_POSTED, "Slack asks to wait (rate limit)", wait)
    # The library puts its own sentence in place of a code when the body could not be read.
    if status >= 500 or code in UNCERTAIN or not CODE.fullmatch(code):
        return Trouble(Verdict.UNCERTAIN, f"Slack answered {status} {code}".strip())
    return Trouble(Verdict.LOST if code in LOST else Verdict.REFUSED, code)


def _seconds(header: Any) -> float:
    try:
        return max(1.0, float(header if not isinstance(header, list) else header[0]))
    except (TypeError, ValueError):
        return 1.0
