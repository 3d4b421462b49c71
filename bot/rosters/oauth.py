"""Saying who we are, by oauthlib: OAuth 1.0a signatures and OAuth 2 client credentials."""

import re
from collections.abc import Callable, Generator
from urllib.parse import parse_qsl

import httpx
from oauthlib import oauth1
from oauthlib.oauth2 import BackendApplicationClient

from bot.rosters import faults
from bot.rosters.rest import Reader, Web

# What may stand in a header.
TOKEN = re.compile(r"[\x21-\x7e]+")

Flow = Generator[httpx.Request, httpx.Response, None]


class Signed(httpx.Auth):
    """Signs each request anew, two-legged (RFC 5849).

    OneRoster asks for HMAC-SHA256; servers that know RFC 5849's HMAC-SHA1 alone refuse the first
    request, and are asked once more in their own way.
    """

    def __init__(self, service: str, pair: tuple[str, str]) -> None:
        self._service = service
        self._pair = pair
        self._method = oauth1.SIGNATURE_HMAC_SHA256
        self._accepted = False

    def auth_flow(self, request: httpx.Request) -> Flow:
        response = yield self._signed(request)
        if response.status_code == 401 and not self._accepted:
            self._method = oauth1.SIGNATURE_HMAC_SHA1
            response = yield self._signed(request)
        # A server that is busy has not looked at the signature.
        self._accepted |= response.is_success

    def _signed(self, request: httpx.Request) -> httpx.Request:
        client = oauth1.Client(*self._pair, signature_method=self._method)
        try:
            _, headers, _ = client.sign(str(request.url))
        except ValueError:
            raise faults.AddressUnusable(self._service) from None
        request.headers["Authorization"] = headers["Authorization"]
        return request


class Granted(httpx.Auth):
    """Sends a token that was granted, and has a new one granted when it is no longer accepted."""

    def __init__(self, grant: Callable[[], str]) -> None:
        self._grant = grant
        self._token = grant()

    def auth_flow(self, request: httpx.Request) -> Flow:
        response = yield self._carrying(request)
        if response.status_code == 401:
            self._token = self._grant()
            yield self._carrying(request)

    def _carrying(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def client_credentials(
    service: str, url: str, pair: tuple[str, str], scope: str | None, web: Web | None
) -> str:
    """A token for a client's id and secret (RFC 6749, 4.4).

    Raises TokenRefused, TokenMalformed, or what can go wrong on the way there.
    """
    asked = BackendApplicationClient(pair[0]).prepare_request_body(scope=scope)
    with Reader(f"{service} (tokens)", url, auth=httpx.BasicAuth(*pair), web=web) as reader:
        try:
            answer = reader.post("a token", url, dict(parse_qsl(asked)))
        except (faults.AccessRefused, faults.AccessForbidden):
            raise faults.TokenRefused(service) from None
        except faults.StatusUnexpected as unexpected:
            # An error of RFC 6749, 5.2, such as invalid_client or invalid_scope.
            if unexpected.status == 400:
                raise faults.TokenRefused(service) from None
            raise
    token = answer.document.get("access_token") if isinstance(answer.document, dict) else None
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise faults.TokenMalformed(service)
    return token
