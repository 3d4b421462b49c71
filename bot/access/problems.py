"""What goes wrong, as RFC 9457 tells it: a status, and a sentence with cause and remedy."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

BUSY_SECONDS = 5
MOST_BYTES = 1_000_000


class Problem(JSONResponse):
    """Not to be stored by anybody: the next answer may be another one."""

    media_type = "application/problem+json"

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        # Of the type about:blank, which the RFC defines as "what the status says".
        told = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
        super().__init__(told, status, {"Cache-Control": "no-store", **(headers or {})})


def unauthorized() -> Problem:
    return Problem(
        401,
        "The bearer token is missing, unknown or revoked. Send one that `recess tokens create` "
        "has made, as “Authorization: Bearer …”.",
        {"WWW-Authenticate": 'Bearer realm="recess"'},
    )


def unknown() -> Problem:
    """The same for a partner, an account and another client's partner: nobody learns which."""
    return Problem(
        404,
        "No such account is known to this client, so this says nothing of a lock. Check the "
        "partner and the id or email if there should be one.",
    )


def unaddressed() -> Problem:
    return Problem(400, "The query lacks an email. Ask with “?email=name@example.org”, once.")


def malformed(errors: list[dict[str, str]]) -> Problem:
    """`errors` as in the RFC's own example: a JSON pointer and a sentence for each."""
    return Problem(
        422,
        "The body is not a question that can be answered. Nothing was answered; "
        "correct what `errors` names.",
        errors=errors,
    )


def no_json() -> Problem:
    return Problem(415, "The body is not declared as application/json. Send JSON, and say so.")


def too_many(seconds: int) -> Problem:
    return Problem(
        429,
        f"This client asks more often than it may. Ask again in {seconds} s, or ask about many "
        "accounts in one batch.",
        {"Retry-After": str(seconds)},
    )


def busy() -> Problem:
    return Problem(
        503,
        "The database is busy or cannot be reached. Nothing is known of the lock at this moment; "
        f"ask again in {BUSY_SECONDS} s.",
        {"Retry-After": str(BUSY_SECONDS)},
    )


def unexpected(reference: str) -> Problem:
    return Problem(
        500,
        f"Something went wrong that nobody expected. Reference {reference}: the log of Recess has "
        "it too; please tell whoever runs it.",
        reference=reference,
    )


def refused(_: Request, error: Exception) -> Response:
    """What is refused before anybody looks at it: a path, a method, a body."""
    assert isinstance(error, HTTPException)
    details = {
        400: "The body broke off. Nothing was answered; send it whole.",
        408: "The body did not come in time. Nothing was answered; send it again.",
        413: f"The body is larger than {MOST_BYTES:,} bytes. Ask about fewer accounts at once.",
        404: "There is nothing at this path. /v1/openapi.json describes what there is.",
        405: "This path does not take this method. The header Allow names those that it takes.",
    }
    detail = details.get(error.status_code, error.detail)
    return Problem(error.status_code, detail, error.headers)
