"""Reading JSON over HTTP, gently: one request at a time, bounded in size, time and repeats.

What an answer says is checked and never repeated: no payload reaches a log or a sentence.
"""

import json
import re
import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from ipaddress import ip_address
from threading import Timer
from types import TracebackType
from typing import Any, cast

import httpx

from bot.rosters import faults

USER_AGENT = f"Recess/{version('recess')}"

_JSON = re.compile(r"(application|text)/([\w.+-]+\+)?json", re.IGNORECASE)
_REDIRECTS = 3


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts that no reading goes beyond."""

    connect: float = 10.0
    silence: float = 20.0
    request: float = 60
    walk: float = 1800
    tries: int = 4
    wait: float = 120.0
    waiting: float = 300.0
    page: int = 8 * 1024 * 1024
    pages: int = 20_000


@dataclass(frozen=True)
class Web:
    """The network and the time, as a reader sees them. A test puts its own in their place."""

    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    limits: Limits = field(default_factory=Limits)


USUAL = Web()


class _Again(Exception):
    """What may pass by itself; `after` is the wait in seconds that the server asks for."""

    def __init__(self, fault: faults.RestFault, after: float | None = None) -> None:
        self.fault = fault
        self.after = after


class Reader:
    """Reads documents of one service at `url`; a context, to be left when the walk is over.

    `service` is its name in sentences, `auth` goes with every request. Every method raises
    RestFault, and the `what` they take names in its sentence what was asked for.
    """

    def __init__(
        self, service: str, url: str, *, auth: httpx.Auth | None = None, web: Web | None = None
    ) -> None:
        self.service = service
        self.base = _address(service, url)
        self._auth = auth
        self._web = web or USUAL
        self.limits = self._web.limits
        self._end = self._web.clock() + self.limits.walk
        self._waited = 0.0
        self._client = httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=httpx.Timeout(self.limits.silence, connect=self.limits.connect),
            transport=self._web.transport,
            verify=_trusted(),
        )

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, what: str, path: str, params: Mapping[str, str] | None = None) -> "Page":
        """The document at a path below the service's address, or at a whole URL of its host."""
        return self._asked(what, "GET", self.at(what, path), params=params)

    def post(self, what: str, path: str, form: Mapping[str, str]) -> "Page":
        """The answer to a form, such as a request for a token; it must be harmless to repeat."""
        return self._asked(what, "POST", self.at(what, path), data=form)

    def at(self, what: str, path: str) -> httpx.URL:
        """Where a path or a link leads. Raises LinkLeadsAway when that is another host."""
        try:
            url = httpx.URL(f"{str(self.base).rstrip('/')}/").join(path)
        except httpx.InvalidURL:
            raise faults.LinkLeadsAway(self.service, what) from None
        if _origin(url) != _origin(self.base):
            raise faults.LinkLeadsAway(self.service, what)
        return url

    def _asked(self, what: str, method: str, url: httpx.URL, **more: Any) -> "Page":
        for attempt in range(1, self.limits.tries + 1):
            try:
                return self._once(what, self._client.build_request(method, url, **more))
            except _Again as passing:
                if attempt == self.limits.tries:
                    raise passing.fault from None
                wait = 2.0 ** (attempt - 1) if passing.after is None else passing.after
                self._wait(wait, passing.fault)
        raise AssertionError("a reading tries at least once")

    def _wait(self, seconds: float, fault: faults.RestFault) -> None:
        """Sleep before the next try, or give up when that would take too long."""
        self._waited += seconds
        too_late = self._web.clock() + seconds >= self._end
        if seconds > self.limits.wait or self._waited > self.limits.waiting or too_late:
            raise fault from None
        self._web.sleep(seconds)

    def _once(self, what: str, request: httpx.Request) -> "Page":
        began = self._web.clock()
        if began >= self._end:
            raise self._late(what, began)
        deadline = min(began + self.limits.request, self._end)
        try:
            with self._watched(deadline - began), self._answer(what, request) as response:
                body = self._body(what, response, deadline)
        except (httpx.RequestError, RuntimeError) as error:
            raise self._broken(what, error, deadline) from None
        return Page(self.service, what, response.url, response.headers, self._parsed(what, body))

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """Closes the connection when time is over: headers that drip never reach our clock."""
        timer = Timer(seconds, self._client.close)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def _answer(self, what: str, request: httpx.Request) -> Iterator[httpx.Response]:
        """The answer whose body is what was asked for, still unread."""
        for _ in range(_REDIRECTS + 1):
            response = self._client.send(request, stream=True, auth=self._auth)
            try:
                following = response.next_request
                if following is None:
                    self._check(what, response)
                    yield response
                    return
            finally:
                response.close()
            if request.method != "GET" or _origin(following.url) != _origin(request.url):
                break
            request = following
        raise faults.AnswerRedirected(self.service, what)

    def _check(self, what: str, response: httpx.Response) -> None:
        status, service = response.status_code, self.service
        if status == 429:
            raise _Again(faults.TooManyRequests(service, what), self._asked_to_wait(response))
        if status >= 500:
            again = faults.ServerFailed(service, what, status)
            raise _Again(again, self._asked_to_wait(response) if status == 503 else None)
        if status in _REFUSALS:
            raise _REFUSALS[status](service, what)
        if status != 200:
            raise faults.StatusUnexpected(service, what, status)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind.lower() in ("text/html", "application/xhtml+xml"):
            raise faults.HtmlAnswer(service, what)
        if not _JSON.fullmatch(kind):
            raise faults.NotJsonType(service, what)

    def _asked_to_wait(self, response: httpx.Response) -> float | None:
        """Seconds, by `Retry-After` or the unix time in `X-RateLimit-Reset`; at least one."""
        after = response.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"\d{1,9}", after):
            return max(1.0, float(after))
        reset = response.headers.get("X-RateLimit-Reset", "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", reset):
            return max(1.0, float(reset) - self._web.now())
        try:
            return max(1.0, parsedate_to_datetime(after).timestamp() - self._web.now())
        except (ValueError, OverflowError):
            return None

    def _body(self, what: str, response: httpx.Response, deadline: float) -> bytearray:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self.limits.page:
                raise faults.PageTooBig(self.service, what, self.limits.page)
            if (now := self._web.clock()) >= deadline:
                raise self._late(what, now)
        return body

    def _parsed(self, what: str, body: bytearray) -> Mapping[str, Any] | list[Any]:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            html = body[:1024].lstrip()[:1] == b"<"
            kind = faults.HtmlAnswer if html else faults.NotJson
            raise kind(self.service, what) from None
        if not isinstance(document, dict | list):
            raise faults.DocumentUnexpected(self.service, what)
        return document

    def _late(self, what: str, now: float) -> faults.RestFault:
        if now >= self._end:
            return faults.WalkTooLong(self.service, what, self.limits.walk)
        return faults.AnswerTooSlow(self.service, what, self.limits.request)

    def _broken(self, what: str, error: Exception, deadline: float) -> Exception:
        """What the failure of a connection means, and whether it may pass."""
        now = self._web.clock()
        if now >= deadline or self._client.is_closed:
            return self._late(what, now)
        if isinstance(error, RuntimeError):
            return error
        if isinstance(error, httpx.TimeoutException):
            return _Again(faults.ServerSilent(self.service, what))
        if isinstance(error, httpx.ConnectError):
            if _from_tls(error):
                return faults.CertificateRefused(self.service, what)
            return _Again(faults.ServerUnreachable(self.service, what))
        return _Again(faults.ConnectionBroken(self.service, what))


_REFUSALS: Mapping[int, Callable[[str, str], faults.RestFault]] = {
    401: faults.AccessRefused,
    403: faults.AccessForbidden,
    404: faults.ListNotFound,
}


@dataclass(frozen=True)
class Page:
    """One document, where it came from and with which headers."""

    service: str
    what: str
    url: httpx.URL
    headers: httpx.Headers
    document: Mapping[str, Any] | list[Any]

    def items(self, envelope: str) -> list[Any]:
        """The list under its envelope key; a 200 without it is a failure, never an empty list."""
        document = self.document
        if not isinstance(document, dict) or not isinstance(document.get(envelope), list):
            raise faults.EnvelopeMissing(self.service, self.what, envelope)
        return cast(list[Any], document[envelope])

    def records(self, envelope: str) -> Iterator["Record"]:
        """The elements of that list, each an object."""
        for number, item in enumerate(self.items(envelope), 1):
            yield Record.of(self.service, self.what, f"element {number}", item)


@dataclass(frozen=True, slots=True)
class Record:
    """An object of an answer. Its fields are checked as they are read; `place` says which it is."""

    service: str
    what: str
    place: str
    fields: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, service: str, what: str, place: str, item: object) -> "Record":
        if not isinstance(item, dict):
            raise faults.RecordMalformed(service, what, place)
        return cls(service, what, place, item)

    def id(self, key: str) -> str:
        """The id, byte for byte. Raises RecordIdMissing where it is absent or blank."""
        id = self.text(key)
        if not id or id.isspace():
            raise faults.RecordIdMissing(self.service, self.what, self.place, f"{self.path}{key}")
        return id

    def text(self, key: str) -> str:
        """A text as it stands; "" where it is absent or null."""
        value = self.fields.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return self._storable(key, value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; None where it is absent or null."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.wrong(key, "a list of texts")
        return tuple(self._storable(key, part) for part in value)

    def part(self, key: str) -> "Record | None":
        """An object inside this one; None where it is absent or null."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return self._inside(key, value)

    def parts(self, key: str) -> "list[Record] | None":
        """A list of objects; None where it is absent or null."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self.wrong(key, "a list of objects")
        return [self._inside(key, part) for part in value]

    def named(self, place: str) -> "Record":
        """The same record, with a better name for it in sentences, such as its id."""
        return replace(self, place=place)

    def wrong(self, key: str, expected: str) -> faults.RestFault:
        """The fault of a field that is not what it should be; to be raised."""
        return faults.FieldWrong(self.service, self.what, self.place, f"{self.path}{key}", expected)

    def _inside(self, key: str, fields: Mapping[str, Any]) -> "Record":
        return replace(self, fields=fields, path=f"{self.path}{key}.")

    def _storable(self, key: str, text: str) -> str:
        """JSON can spell what no database keeps: half a character, or a zero."""
        half = not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
        if half or "\0" in text:
            raise faults.TextUnusable(self.service, self.what, self.place, f"{self.path}{key}")
        return text


class Trail:
    """The pages that a walk has seen, so that it ends; `step` comes before each."""

    def __init__(self, reader: Reader, what: str) -> None:
        self._service, self._what = reader.service, what
        self._limit = reader.limits.pages
        self._seen: set[int] = set()

    def step(self, url: httpx.URL) -> None:
        """Note a page. Raises PagingLoop for one that was there, PagesWithoutEnd for too many."""
        code = hash(str(url))
        if code in self._seen:
            raise faults.PagingLoop(self._service, self._what)
        self._seen.add(code)
        if len(self._seen) > self._limit:
            raise faults.PagesWithoutEnd(self._service, self._what, self._limit)


class Bearer(httpx.Auth):
    """A token with every request. It never shows in a representation."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


@cache
def _trusted() -> ssl.SSLContext:
    """Whom https trusts; reading the certificates takes longer than most answers."""
    return httpx.create_ssl_context()


def _address(service: str, url: str) -> httpx.URL:
    """The service's address: https, or plain http on this machine alone."""
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise faults.AddressUnusable(service) from None
    if address.scheme not in ("https", "http") or not address.host:
        raise faults.AddressUnusable(service)
    if address.scheme == "http" and not _here(address.host):
        raise faults.AddressNotSecure(service)
    return address


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _from_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
