"""A OneRoster server on loopback, and ClassLink's proxy in front of one.

It checks OAuth 1.0a signatures and OAuth 2 tokens as a provider does.
"""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from bot.demo.standins.server import Answer, Asked, Server

# Worth nothing anywhere else.
KEY, SECRET = "recess", "a secret & more"
PATHS = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
SCOPE_1P2 = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
MODIFIED = "2026-11-01T02:00:00.000Z"

Record = dict[str, Any]


# Records as a provider has them


def _reference(kind: str, id: str) -> Record:
    return {"href": f"https://roster.example/{kind}s/{id}", "sourcedId": id, "type": kind}


def _base(id: str) -> Record:
    return {"sourcedId": id, "status": "active", "dateLastModified": MODIFIED}


def school(id: str, name: str = "", number: str = "", **more: Any) -> Record:
    named = {"name": name or f"School {id}", "type": "school", "identifier": number or f"0{id}"}
    return {**_base(id), **named, **more}


def _person(id: str) -> Record:
    names = {"givenName": "Ada", "familyName": "Byron", "username": id}
    return {**_base(id), **names, "email": f"{id}@example.org"}


def user_1p1(
    id: str, schools: Sequence[str] = ("s1",), role: str = "teacher", **more: Any
) -> Record:
    orgs = [_reference("org", school) for school in schools]
    return {**_person(id), "enabledUser": True, "role": role, "orgs": orgs, **more}


def user_1p2(
    id: str, schools: Sequence[str] = ("s1",), role: str = "teacher", **more: Any
) -> Record:
    roles = [role_1p2(role, school) for school in schools]
    return {**_person(id), "enabledUser": "true", "roles": roles, **more}


def role_1p2(role: str, school: str, kind: str = "primary") -> Record:
    return {"roleType": kind, "role": role, "org": _reference("org", school)}


USER = {"1.1": user_1p1, "1.2": user_1p2}


# The server


@dataclass
class OneRoster(Server):
    """`auth` is oauth1, oauth2, or bearer (tokens that were handed out otherwise).

    `largest` is the most records of a page. `totals` and `links` say which headers a list has.
    """

    version: str = "1.1"
    auth: str = "oauth2"
    schools: list[Record] = field(default_factory=list)
    users: list[Record] = field(default_factory=list)
    largest: int = 2
    totals: bool = True
    links: bool = False
    digests: Sequence[str] = tuple(DIGESTS)
    tokens: set[str] = field(default_factory=set)
    prefix: str = ""
    _nonces: set[str] = field(default_factory=set)

    def revoke(self) -> None:
        """Every token that was handed out is worth nothing from now on."""
        self.tokens.clear()

    def source(self, **more: Any) -> dict[str, Any]:
        """The partner's table for this server."""
        own = {"kind": "oneroster", "url": self.url, "version": self.version, "auth": self.auth}
        own |= {"client_id": KEY, "client_secret": "${ONEROSTER_SECRET}"}
        if self.auth == "oauth2":
            own["token_url"] = f"{self.url}/token"
        return own | more

    # What it answers

    def answer(self, asked: Asked) -> Answer:
        what = urlsplit(asked.target).path.rpartition("/")[2]
        if asked.method == "POST" and what == "token":
            return self._token(asked)
        lists = {"schools": ("orgs", self.schools), "users": ("users", self.users)}
        if urlsplit(asked.target).path != f"{self.prefix}{PATHS[self.version]}/{what}":
            return refusal(404, "unknownobject")
        if what not in lists:
            return refusal(404, "unknownobject")
        if not self._allowed(asked):
            return refusal(401, "unauthorisedrequest")
        return self._page(asked, *lists[what])

    def _page(self, asked: Asked, key: str, records: Sequence[Record]) -> Answer:
        query = parse_qs(urlsplit(asked.target).query)
        offset = int(query.get("offset", ["0"])[0])
        limit = min(int(query.get("limit", ["100"])[0]), self.largest)
        page = list(records[offset : offset + limit])
        headers = {"X-Total-Count": str(len(records))} if self.totals else {}
        if self.links and offset + limit < len(records):
            path = urlsplit(asked.target).path
            following = f"{self.url}{path}?limit={limit}&offset={offset + limit}"
            headers["Link"] = f'<{self.url}{path}>; rel="first", <{following}>; rel="next"'
        return in_json({key: page}, headers=headers)

    # Who may ask

    def _token(self, asked: Asked) -> Answer:
        expected = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        form = parse_qs(asked.body.decode())
        scopes = form.get("scope", [""])[0].split()
        if asked.headers.get("authorization") != f"Basic {expected}":
            return in_json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != ["client_credentials"]:
            return in_json({"error": "unsupported_grant_type"}, 400)
        if self.version == "1.2" and scopes != [SCOPE_1P2]:
            return in_json({"error": "invalid_scope"}, 400)
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return in_json({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _allowed(self, asked: Asked) -> bool:
        given = asked.headers.get("authorization", "")
        if self.auth == "oauth1":
            return self._signed(asked, given)
        return given.startswith("Bearer ") and given.removeprefix("Bearer ") in self.tokens

    def _signed(self, asked: Asked, given: str) -> bool:
        """Whether RFC 5849's signature is right, fresh, and not used before."""
        oauth = _oauth_parameters(given)
        method, nonce = oauth.get("oauth_signature_method", ""), oauth.get("oauth_nonce", "")
        if method not in self.digests or oauth.get("oauth_consumer_key") != KEY:
            return False
        if not nonce or nonce in self._nonces:
            return False
        if abs(time.time() - int(oauth.get("oauth_timestamp", "0"))) > 300:
            return False
        self._nonces.add(nonce)
        right = signature(asked.method, f"{self.url}{asked.target}", oauth, SECRET, DIGESTS[method])
        return hmac.compare_digest(right, oauth.get("oauth_signature", ""))


def _oauth_parameters(header: str) -> dict[str, str]:
    if not header.startswith("OAuth "):
        return {}
    pairs = (part.strip().partition("=") for part in header.removeprefix("OAuth ").split(","))
    return {unquote(name): unquote(value.strip('"')) for name, _, value in pairs}


def signature(method: str, url: str, oauth: Mapping[str, str], secret: str, digest: str) -> str:
    """RFC 5849, 3.4: written from the text, so that it owes nothing to the library under test."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [pair for pair in oauth.items() if pair[0] not in ("oauth_signature", "realm")]
    encoded = sorted((_escaped(name), _escaped(value)) for name, value in pairs)
    normal = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join(
        _escaped(part) for part in (method, f"{parts.scheme}://{parts.netloc}{parts.path}", normal)
    )
    key = f"{_escaped(secret)}&".encode()
    return base64.b64encode(hmac.digest(key, base.encode(), digest)).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


# ClassLink's proxy

APPLICATION = "MoYPlyQWmG0%3D"
PARTNER_KEY = "partner-key"


@dataclass
class ClassLink(OneRoster):
    """One district behind the proxy; `applications` is what the partner key sees."""

    auth: str = "bearer"
    prefix: str = f"/{APPLICATION}"
    bearer: str = "district-bearer"
    applications: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens.add(self.bearer)
        self.applications += [
            application("Cedar Valley", "cedar%2FA%3D", "another-bearer", number=1),
            application("Lincoln Unified", APPLICATION, self.bearer, number=2),
        ]

    def source(self, **more: Any) -> dict[str, Any]:
        return {"kind": "classlink", "application": APPLICATION} | more

    def answer(self, asked: Asked) -> Answer:
        if urlsplit(asked.target).path != "/applications":
            return super().answer(asked)
        if asked.headers.get("authorization") != f"Bearer {PARTNER_KEY}":
            return in_json({"status": 0, "message": "Unauthorized"}, 401)
        return in_json({"status": 1, "applications": self.applications})


def application(name: str, id: str, bearer: str | None, number: int, **more: Any) -> Record:
    """An entry of the proxy's list; its other ids are not the one that leads to the roster."""
    return {
        "id": 1000 + number,
        "application_id": 57,
        "tenant_id": number,
        "tenant_name": name,
        "name": "Recess",
        "bearer": bearer,
        "enabled": "true",
        "oneroster_application_id": id,
        **more,
    }


# Answers


def in_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, {**kind, **(headers or {})}, json.dumps(body).encode())


def refusal(status: int, minor: str) -> Answer:
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_messageRefIdentifier": "1",
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
    return in_json(body, status)
