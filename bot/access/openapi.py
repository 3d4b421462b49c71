"""The access API as an OpenAPI 3.1 document; the shapes in it are those that we parse and write."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from bot.access.problems import MOST_BYTES
from bot.access.shapes import AT_MOST, Batch, Lock, Locks, Refusal

Json = dict[str, Any]

ABOUT = f"""\
Ask whether an account is locked before you let a person in.

- **Locked** means: a member of a frozen school, without a release by the support team. Send the
  person to `screen`.
- **404** means: this client knows nobody by that id or email. A partner that does not exist, an
  account that does not, and another client's partner cannot be told apart. Of a lock it says
  nothing.
- **503** means: at this moment nobody knows. Ask again; do not read it as “not locked”.
- The answer is of this moment. Keep it only to ask again with `If-None-Match`: **304** means that
  all of it still holds, the address in `screen` too. Let nobody in by a kept answer alone.
- An id is the one of the partner's roster source, percent-encoded in the path, slashes too (`%2F`).
- A batch is about up to {AT_MOST:,} ids and {AT_MOST:,} emails, in a body of up to
  {MOST_BYTES:,} bytes.
"""
PARTNER = {
    "name": "partner",
    "in": "path",
    "required": True,
    "description": "The partner's slug.",
    "schema": {"type": "string", "minLength": 1},
    "example": "lincoln-usd",
}
ACCOUNT = {
    "name": "account",
    "in": "path",
    "required": True,
    "description": "The account's id at the partner's roster source.",
    "schema": {"type": "string", "minLength": 1},
    "example": "T-1042",
}
EMAIL = {
    "name": "email",
    "in": "query",
    "required": True,
    "description": "Upper and lower case make no difference.",
    "schema": {"type": "string", "minLength": 1},
    "example": "kim.doe@lincoln.example",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an earlier answer: 304 when it still holds.",
    "schema": {"type": "string"},
}
LIMITS = {
    "RateLimit-Policy": "How many questions at once (q), and the seconds to fill up again (w).",
    "RateLimit": "How many questions are left (r), and the seconds until all are there again (t).",
}
AGAIN = {"Retry-After": "Seconds to wait before asking again."}


@cache
def document(base: str) -> Json:
    """`base` is where clients reach this server."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Recess access API", "version": version("recess"), "description": ABOUT},
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "paths": {
            "/v1/partners/{partner}/accounts/{account}/access": {"get": _by_id()},
            "/v1/partners/{partner}/access": {"get": _by_email(), "post": _batch()},
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _by_id() -> Json:
    return {
        "operationId": "accessOfAccount",
        "summary": "Is this account locked?",
        "parameters": [PARTNER, ACCOUNT, IF_NONE_MATCH],
        "responses": _one() | _refusals(401, 404, 429, 500, 503),
    }


def _by_email() -> Json:
    return {
        "operationId": "accessOfEmail",
        "summary": "Is anybody with this email locked?",
        "parameters": [PARTNER, EMAIL, IF_NONE_MATCH],
        "responses": _one() | _refusals(400, 401, 404, 429, 500, 503),
    }


def _batch() -> Json:
    return {
        "operationId": "accessOfMany",
        "summary": "Which of these are locked?",
        "parameters": [PARTNER],
        "requestBody": {"required": True, "content": _content("application/json", "Batch")},
        "responses": {
            "200": {
                "description": "By what was asked.",
                "headers": _headers(LIMITS),
                "content": _content("application/json", "Locks"),
            }
        }
        | _refusals(401, 408, 413, 415, 422, 429, 500, 503),
    }


def _one() -> Json:
    headers = _headers({"ETag": "Of the whole answer; while locked, new each day.", **LIMITS})
    return {
        "200": {
            "description": "The account is known.",
            "headers": headers,
            "content": _content("application/json", "Lock"),
        },
        "304": {"description": "The answer is as it was, and holds.", "headers": headers},
    }


def _refusals(*statuses: int) -> Json:
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": _content("application/problem+json", "Refusal"),
        }
        | ({"headers": _headers(AGAIN)} if status in (429, 503) else {})
        for status in statuses
    }


def _content(media_type: str, shape: str) -> Json:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{shape}"}}}


def _headers(described: Mapping[str, str]) -> Json:
    return {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in described.items()
    }


def _schemas() -> Json:
    _, schemas = models_json_schema(
        [
            (Batch, "validation"),
            (Lock, "serialization"),
            (Locks, "serialization"),
            (Refusal, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    defined: Json = schemas["$defs"]
    return defined
