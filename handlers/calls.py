"""Calls to Slack that fail: it said no, or there was no answer to read."""

from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

CALL_FAILED = (SlackClientError, OSError, HTTPException)


def cause(error: Exception) -> str:
    """Why a call failed, for the log."""
    return str(error.response["error"]) if isinstance(error, SlackApiError) else str(error)
