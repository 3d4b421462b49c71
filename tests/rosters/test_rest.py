"""Reading over HTTP: gentle, bounded, and every failure with its own sentence."""

import gzip
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from socket import create_server
from threading import Event, Thread

import httpx
import pytest

from bot.rosters import RosterFault, faults
from bot.rosters.rest import USER_AGENT, Bearer, Limits, Page, Reader, Record, Trail, Web
from tests.harness.network import free_port

SERVICE = "Roster Co"
URL = "https://roster.example/api"
SECRET = "hunter2"

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Network:
    """Answers in a row, the last one for ever; time passes by sleeping only."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    time: float = 0.0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return given

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def web(self, limits: Limits | None = None) -> Web:
        return Web(
            transport=httpx.MockTransport(self.answer),
            sleep=self.sleep,
            clock=lambda: self.time,
            now=lambda: 1_000_000 + self.time,
            limits=limits or Limits(),
        )

    def get(self, limits: Limits | None = None, path: str = "schools") -> Page:
        with Reader(SERVICE, URL, auth=Bearer("token-7"), web=self.web(limits)) as reader:
            return reader.get("schools", path)


def right(document: object = None) -> httpx.Response:
    return httpx.Response(200, json={"data": []} if document is None else document)


def fails(status: int, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, text=SECRET, headers=named)


def fault_of(*answers: httpx.Response | Exception, limits: Limits | None = None) -> RosterFault:
    with pytest.raises(RosterFault) as caught:
        Network(list(answers)).get(limits)
    assert SECRET not in str(caught.value) + str(caught.value.details)
    return caught.value


def test_a_request_says_who_asks_and_what_is_wanted() -> None:
    network = Network([right()])
    network.get()
    (asked,) = network.asked
    assert asked.headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("Recess/")
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Authorization"] == "Bearer token-7"
    assert str(asked.url) == "https://roster.example/api/schools"


def test_every_connection_has_time_limits() -> None:
    network = Network([right()])
    network.get()
    limits = network.asked[0].extensions["timeout"]
    assert None not in limits.values()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_of_the_server_is_tried_again(status: int) -> None:
    network = Network([fails(status), fails(status), right()])
    assert network.get().items("data") == []
    assert network.slept == [1, 2]


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ReadError]
)
def test_a_connection_that_fails_is_tried_again(error: type[httpx.TransportError]) -> None:
    network = Network([error(SECRET), right()])
    assert network.get().items("data") == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fails(500), "server_failed"),
        (fails(429), "too_many_requests"),
        (httpx.ConnectError(SECRET), "server_unreachable"),
        (httpx.ReadTimeout(SECRET), "server_silent"),
        (httpx.RemoteProtocolError(SECRET), "connection_broken"),
    ],
)
def test_what_stays_wrong_is_tried_four_times_in_all(
    answer: httpx.Response | Exception, code: str
) -> None:
    network = Network([answer])
    with pytest.raises(RosterFault) as caught:
        network.get()
    assert (caught.value.code, len(network.asked)) == (code, 4)
    assert caught.value.again
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fails(401), "access_refused"),
        (fails(403), "access_forbidden"),
        (fails(404), "list_not_found"),
        (fails(413), "status_unexpected"),
        (fails(204), "status_unexpected"),
        (fails(304), "status_unexpected"),
        (httpx.Response(200, html="<p>hunter2"), "html_answer"),
        (httpx.Response(200, json=None, text="<!doctype html>hunter2"), "not_json_type"),
        (httpx.Response(200, content=b"{}"), "not_json_type"),
        (httpx.Response(200, json=SECRET), "document_unexpected"),
        (httpx.Response(200, json=7), "document_unexpected"),
    ],
)
def test_what_waiting_does_not_mend_is_asked_once(answer: httpx.Response, code: str) -> None:
    network = Network([answer])
    with pytest.raises(RosterFault) as caught:
        network.get()
    assert (caught.value.code, len(network.asked)) == (code, 1)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"data": [', "not_json"),
        (b"", "not_json"),
        (b'{"data": "\xff"}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"1" * 5_000, "not_json"),
        (b"  <html>hunter2", "html_answer"),
    ],
)
def test_an_answer_called_json_that_is_none(content: bytes, code: str) -> None:
    kind = {"Content-Type": "application/json"}
    assert fault_of(httpx.Response(200, content=content, headers=kind)).code == code


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/hal+json"])
def test_every_name_of_json_is_json(kind: str) -> None:
    answer = httpx.Response(200, content=b'{"data": [1]}', headers={"Content-Type": kind})
    assert Network([answer]).get().items("data") == [1]


def test_a_reset_of_the_limit_is_waited_for() -> None:
    network = Network([fails(429, X_RateLimit_Reset="1000042"), right()])
    network.get()
    assert network.slept == [42]


def test_a_reset_that_has_passed_waits_one_second() -> None:
    network = Network([fails(429, X_RateLimit_Reset="999000"), right()])
    network.get()
    assert network.slept == [1]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["17", "Mon, 12 Jan 1970 13:46:57 GMT"])
def test_retry_after_is_kept_in_seconds_and_as_a_date(status: int, after: str) -> None:
    network = Network([fails(status, Retry_After=after), right()])
    network.get()
    assert network.slept == [17]


@pytest.mark.parametrize("after", ["-5", "soon", "Mon, 99 Jan 1970 99:46:57 GMT", "1e9"])
def test_a_wait_that_cannot_be_meant_is_our_own(after: str) -> None:
    reset = "99999999999999" if after == "soon" else ""
    network = Network([fails(429, Retry_After=after, X_RateLimit_Reset=reset), right()])
    network.get()
    assert network.slept == [1]


@pytest.mark.parametrize("headers", [{"Retry_After": "200"}, {"X_RateLimit_Reset": "1000200"}])
def test_a_wait_that_is_too_long_is_a_fault_at_once(headers: dict[str, str]) -> None:
    network = Network([fails(429, **headers)])
    with pytest.raises(RosterFault, match="limit of requests"):
        network.get()
    assert network.slept == []


def test_all_waits_of_a_walk_together_are_bounded() -> None:
    network = Network([fails(429, Retry_After="100"), right()] * 4)
    with Reader(SERVICE, URL, web=network.web()) as reader:
        for _ in range(3):
            reader.get("schools", "schools")
        with pytest.raises(faults.TooManyRequests):
            reader.get("schools", "schools")
    assert network.slept == [100, 100, 100]


def test_a_walk_ends_when_its_time_is_over() -> None:
    network = Network([right()])
    with Reader(SERVICE, URL, web=network.web(Limits(walk=100))) as reader:
        reader.get("schools", "schools")
        network.time = 100
        with pytest.raises(faults.WalkTooLong):
            reader.get("users", "users")
    assert len(network.asked) == 1


def test_no_wait_reaches_beyond_the_end_of_the_walk() -> None:
    network = Network([fails(429, Retry_After="60")])
    with pytest.raises(faults.TooManyRequests):
        network.get(Limits(walk=30))
    assert network.slept == []


def test_a_body_that_drips_is_a_fault_when_its_time_is_over() -> None:
    network = Network([])

    def body() -> Iterator[bytes]:
        while True:
            network.time += 5
            yield b" "

    kind = {"Content-Type": "application/json"}
    network.answers.append(httpx.Response(200, content=body(), headers=kind))
    with pytest.raises(faults.AnswerTooSlow, match="60 seconds"):
        network.get()
    assert network.time == 60


def test_a_page_that_is_too_big_is_left_where_it_is() -> None:
    read = []

    def body() -> Iterator[bytes]:
        for number in range(1_000):
            read.append(number)
            yield b" " * 1024

    kind = {"Content-Type": "application/json"}
    answer = httpx.Response(200, content=body(), headers=kind)
    assert fault_of(answer, limits=Limits(page=10_000)).code == "page_too_big"
    assert len(read) == 10


def packed(pieces: Iterator[bytes]) -> httpx.Response:
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return httpx.Response(200, content=pieces, headers=kind)


def test_an_answer_may_be_packed() -> None:
    network = Network([packed(iter([gzip.compress(b'{"data": [1]}')]))])
    assert network.get().items("data") == [1]
    assert "gzip" in network.asked[0].headers["Accept-Encoding"]


@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", gzip.compress(b'{"data": [1]}' * 99)[:30]],
    ids=["no gzip at all", "cut off"],
)
def test_an_answer_that_is_packed_wrongly_is_no_roster(content: bytes) -> None:
    answers = [packed(iter([content])) for _ in range(4)]
    fault = fault_of(*answers)
    assert fault.code in ("connection_broken", "not_json")
    assert fault.again


def test_what_a_packed_answer_unpacks_to_is_bounded() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    pieces = (bomb[at : at + 1_000] for at in range(0, len(bomb), 1_000))
    assert fault_of(packed(pieces), limits=Limits(page=10_000)).code == "page_too_big"


def test_a_redirect_within_the_service_is_followed() -> None:
    network = Network([fails(302, Location="/api/v2/schools"), right()])
    network.get()
    assert [request.url.path for request in network.asked] == ["/api/schools", "/api/v2/schools"]
    assert network.asked[1].headers["Authorization"] == "Bearer token-7"


@pytest.mark.parametrize(
    "location",
    ["https://evil.example/api", "http://roster.example/api", "https://roster.example:8443/api"],
)
def test_a_redirect_to_another_host_is_not_followed(location: str) -> None:
    network = Network([fails(302, Location=location), right()])
    with pytest.raises(faults.AnswerRedirected):
        network.get()
    assert len(network.asked) == 1


def test_redirects_in_a_circle_end() -> None:
    assert fault_of(fails(302, Location="/api/schools")).code == "answer_redirected"


def test_a_form_is_never_sent_on() -> None:
    network = Network([fails(307, Location="/other"), right()])
    with (
        Reader(SERVICE, URL, web=network.web()) as reader,
        pytest.raises(faults.AnswerRedirected),
    ):
        reader.post("token", "token", {"grant_type": "client_credentials"})


@pytest.mark.parametrize("link", ["https://evil.example/x", "//evil.example/x", "http://[", "a:b"])
def test_a_link_stays_with_its_host(link: str) -> None:
    with Reader(SERVICE, URL, web=Network([right()]).web()) as reader:
        with pytest.raises(faults.LinkLeadsAway):
            reader.at("schools", link)
        assert str(reader.at("schools", "/v2/x?y=1")) == "https://roster.example/v2/x?y=1"


@pytest.mark.parametrize(
    "url", ["", "roster.example", "ftp://roster.example", "https://", "https://x:y"]
)
def test_an_address_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(faults.AddressUnusable):
        Reader(SERVICE, url)


def test_a_secret_travels_by_https_alone() -> None:
    with pytest.raises(faults.AddressNotSecure):
        Reader(SERVICE, "http://roster.example")
    with Reader(SERVICE, "http://127.0.0.1:1"), Reader(SERVICE, "http://localhost:1"):
        pass


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    error = httpx.ConnectError(SECRET)
    error.__cause__ = ssl.SSLCertVerificationError()
    network = Network([error])
    with pytest.raises(faults.CertificateRefused):
        network.get()
    assert len(network.asked) == 1


def test_no_payload_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Network([fails(500), right({"data": [{"password": SECRET}]})]).get()
    assert SECRET not in caplog.text
    assert "token-7" not in caplog.text


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {}}, {"errors": []}, []])
def test_a_document_without_its_envelope_is_no_empty_list(document: object) -> None:
    page = Network([right(document)]).get()
    with pytest.raises(faults.EnvelopeMissing, match="not an empty roster"):
        page.items("data")


def test_an_element_that_is_no_object_is_named_by_its_place() -> None:
    page = Network([right({"data": [{}, SECRET]})]).get()
    with pytest.raises(faults.RecordMalformed, match="element 2") as caught:
        list(page.records("data"))
    assert SECRET not in str(caught.value)


# The fields of a record


def record(**fields: object) -> Record:
    return Record.of(SERVICE, "users", "element 1", fields)


def test_fields_are_read_as_they_stand() -> None:
    found = record(id=" 007 ", none=None, list=["a", "b"], inner={"x": "1"}, many=[{"y": "2"}])
    assert found.id("id") == " 007 "
    assert (found.text("none"), found.text("absent")) == ("", "")
    assert (found.texts("list"), found.texts("none")) == (("a", "b"), None)
    inner, many = found.part("inner"), found.parts("many")
    assert inner is not None
    assert inner.text("x") == "1"
    assert many is not None
    assert many[0].text("y") == "2"
    assert (found.part("none"), found.parts("none")) == (None, None)


@pytest.mark.parametrize("wrong", [7, True, ["x"], {"x": 1}, 1.5, [7], [None], "x"])
@pytest.mark.parametrize("read", ["id", "text", "texts", "part", "parts"])
def test_a_field_of_another_kind_is_named_and_not_shown(read: str, wrong: object) -> None:
    fits = {"id": str, "text": str, "texts": list, "part": dict, "parts": None}[read]
    if fits is not None and isinstance(wrong, fits) and wrong not in ([7], [None]):
        return
    with pytest.raises(faults.FieldWrong, match="element 1: key should be"):
        getattr(record(key=wrong), read)("key")


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_record_needs_an_id(blank: str | None) -> None:
    with pytest.raises(faults.RecordIdMissing):
        record(id=blank).id("id")


@pytest.mark.parametrize("text", ["a\0b", "\ud83d", "é\udfff"])
def test_a_text_that_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(faults.TextUnusable):
        record(name=text).text("name")
    with pytest.raises(faults.TextUnusable):
        record(names=["a", text]).texts("names")


def test_a_field_inside_another_is_named_with_its_path() -> None:
    inner = record(roles={"teacher": {"schools": 7}}).part("roles")
    assert inner is not None
    teacher = inner.part("teacher")
    assert teacher is not None
    with pytest.raises(faults.FieldWrong, match=r"roles\.teacher\.schools"):
        teacher.texts("schools")


# The pages of a walk


def test_a_page_that_comes_again_is_a_loop() -> None:
    with Reader(SERVICE, URL, web=Network([right()]).web()) as reader:
        trail = Trail(reader, "schools")
        trail.step(httpx.URL("https://roster.example/a"))
        with pytest.raises(faults.PagingLoop):
            trail.step(httpx.URL("https://roster.example/a"))


def test_a_walk_of_ever_new_pages_ends() -> None:
    with Reader(SERVICE, URL, web=Network([right()]).web(Limits(pages=3))) as reader:
        trail = Trail(reader, "schools")
        for number in range(3):
            trail.step(httpx.URL(f"https://roster.example/{number}"))
        with pytest.raises(faults.PagesWithoutEnd):
            trail.step(httpx.URL("https://roster.example/3"))


# A real connection


@pytest.mark.parametrize("dripping", [b"HTTP/1.1 200 OK\r\nX-A: ", b""])
def test_headers_that_drip_end_in_a_fault(dripping: bytes) -> None:
    over = Event()
    with closing(create_server(("127.0.0.1", 0))) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(dripping)
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        web = Web(limits=Limits(request=0.3, silence=60))
        try:
            with Reader(SERVICE, url, web=web) as reader, pytest.raises(faults.AnswerTooSlow):
                reader.get("schools", "schools")
        finally:
            over.set()
            thread.join()


def test_nobody_listening_is_said_as_such() -> None:
    slept: list[float] = []
    with (
        Reader(SERVICE, f"http://127.0.0.1:{free_port()}", web=Web(sleep=slept.append)) as reader,
        pytest.raises(faults.ServerUnreachable),
    ):
        reader.get("schools", "schools")
    assert slept == [1, 2, 4]
