"""What a locked person reads, whatever link they hold, and what the page never does."""

import hashlib
import re
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from bot.frozen.links import FrozenLinks
from bot.frozen.screen import Contact
from bot.frozen.words import ENGLISH, LANGUAGES, SPANISH, reader
from storage.access import Accesses
from tests.access.door import BASE, SCHOOLS, Door
from tests.frozen.standing import declare
from tests.storage.office import person


class Reading(HTMLParser):
    """What a page says, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def read(answer: httpx.Response) -> str:
    return Reading(answer.text).text


def link(door: Door, account: str = "kim") -> str:
    screen: str = door.lock(account)["screen"]
    return screen


@pytest.fixture
def frozen(door: Door) -> Door:
    """Oak is frozen; Kim and Lee work there."""
    declare(door, name="Lincoln Unified", contact="ana@lincoln.example", timezone="America/Denver")
    door.freeze("A")
    return door


# What it says


def test_it_says_which_school_since_when_and_whom_to_ask(frozen: Door) -> None:
    answer = frozen.screen(link(frozen))
    said = read(answer)
    assert answer.status_code == 200
    assert "Your account is locked" in said
    # Two o'clock at night in UTC is still the evening before in Denver.
    assert "Access through Oak Elementary (01) has been frozen since August 31, 2026." in said
    assert "Nothing was deleted." in said
    assert "Lincoln Unified ana@lincoln.example Support help@recess.example" in said


def test_it_says_so_in_spanish(frozen: Door) -> None:
    answer = frozen.screen(link(frozen), "es-MX,es;q=0.9,en;q=0.5")
    said = read(answer)
    assert answer.headers["Content-Language"] == "es"
    assert Reading(answer.text).tags[0] == ("html", {"lang": "es", "dir": "ltr"})
    assert "Su cuenta está bloqueada" in said
    assert "El acceso a través de Oak Elementary (01) está suspendido desde el 31 de agosto" in said
    assert "Quién puede ayudarle" in said


def test_the_reader_may_choose_another_language(frozen: Door) -> None:
    assert "Su cuenta" in read(frozen.screen(link(frozen), "en-US", "?lang=es"))
    assert "Your account" in read(frozen.screen(link(frozen), "es", "?lang=en"))
    assert "Your account" in read(frozen.screen(link(frozen), "en", "?lang=xx"))


def test_every_school_that_locks_is_named_with_its_own_day(frozen: Door) -> None:
    frozen.office.moment += timedelta(days=3)
    frozen.freeze("B")
    said = read(frozen.screen(link(frozen, "lee"), "en-GB"))
    assert "Access through these schools has been frozen." in said
    assert "Oak Elementary (01) since 31 August 2026" in said
    assert "Elm Middle (02) since 3 September 2026" in said


def test_it_says_nothing_of_anybody_else(frozen: Door) -> None:
    frozen.office.declare("cedar")
    frozen.freeze("B")
    said = read(frozen.screen(link(frozen, "kim")))
    for other in ("Elm", "Fir", "lee", "max", "Kim", "Doe", "Cedar", "Ana"):
        assert other not in said


def test_an_email_of_several_accounts_has_one_screen_for_all(door: Door) -> None:
    door.night(person("one", "A", email="x@x.org"), person("two", "B", email="X@x.org"))
    door.freeze("A")
    door.freeze("B")
    said = read(door.screen(door.ask_email("x@x.org").json()["screen"]))
    assert "Oak Elementary" in said
    assert "Elm Middle" in said


def test_all_day_long_it_is_the_same_link(sqlite_door: Door) -> None:
    sqlite_door.freeze("A")
    first = link(sqlite_door)
    sqlite_door.office.pass_time(21 * 3600)
    assert link(sqlite_door) == first
    sqlite_door.office.pass_time(3600)
    assert link(sqlite_door) != first


# Links that do not lead to a lock


def test_after_an_unfreeze_or_a_release_it_says_no_longer_locked(frozen: Door) -> None:
    kims, lees = link(frozen, "kim"), link(frozen, "lee")
    frozen.release("kim", "A")
    answer = frozen.screen(kims)
    assert answer.status_code == 200
    assert "Your account is no longer locked" in read(answer)
    assert "Oak" not in read(answer)
    assert "Your account is locked" in read(frozen.screen(lees))
    frozen.unfreeze("A")
    assert "Su cuenta ya no está bloqueada" in read(frozen.screen(lees, "es"))


def test_an_expired_link_still_says_whom_to_ask(frozen: Door) -> None:
    kims = link(frozen)
    frozen.office.moment += timedelta(days=30)
    assert frozen.screen(kims).status_code == 200
    frozen.office.moment += timedelta(days=1)
    answer = frozen.screen(kims)
    assert answer.status_code == 410
    assert "This link has expired" in read(answer)
    assert "ana@lincoln.example" in read(answer)
    assert "help@recess.example" in read(answer)
    assert "Oak" not in answer.text


def test_what_we_have_not_signed_is_all_the_same(frozen: Door) -> None:
    token = link(frozen).rsplit("/", 1)[1]
    payload, stamp, signature = token.split(".")
    foreign = FrozenLinks(lambda: "x" * 43, BASE, lambda: frozen.office.moment).address([1])
    tokens = (
        "x",
        f"{payload}.{stamp}.{signature[:-1]}",
        f"WzJd.{stamp}.{signature}",
        f"{payload}.{stamp}",
        payload,
        foreign.rsplit("/", 1)[1],
        "%00",
        "%ff",
        "..%2F",
        "",
        f"{token}/x",
        f"x/{token}",
    )
    seen = {frozen.screen(f"{BASE}/frozen/{wrong}").text for wrong in tokens}
    assert len(seen) == 1
    said = Reading(seen.pop()).text
    assert "This link does not work" in said
    assert "help@recess.example" in said
    assert "Lincoln" not in said
    assert frozen.screen(f"{BASE}/frozen/x").status_code == 404


def test_a_link_that_got_a_slash_at_its_end_still_works(sqlite_door: Door) -> None:
    sqlite_door.freeze("A")
    assert "Oak Elementary" in read(sqlite_door.screen(link(sqlite_door) + "/"))


def test_nobody_is_sent_to_the_host_that_a_request_names(sqlite_door: Door) -> None:
    for path in ("/frozen/x/", "/frozen/", "/frozen", "/v1", "/health/live/"):
        answer = sqlite_door.sent("GET", path, headers={"Host": "evil.example"})
        assert answer.status_code == 404
        assert "evil" not in f"{answer.headers} {answer.text}"


def test_whoever_is_not_known_any_more_sees_what_a_wrong_link_shows(frozen: Door) -> None:
    kims = link(frozen)
    frozen.unfreeze("A")
    frozen.night(person("max", "B"))
    answer = frozen.screen(kims)
    assert (answer.status_code, answer.text) == (404, frozen.screen(f"{BASE}/frozen/x").text)


def test_while_the_database_cannot_be_reached_it_still_says_whom_to_ask(
    frozen: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("gone"))

    kims = link(frozen)
    monkeypatch.setattr(Accesses, "by_key", gone)
    answer = frozen.screen(kims)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Please try again in a minute." in read(answer)
    assert "help@recess.example" in read(answer)


def test_whatever_goes_wrong_it_still_says_whom_to_ask(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    sqlite_door.freeze("A")
    kims = link(sqlite_door)
    monkeypatch.setattr(Accesses, "by_key", broken)
    for language, advice in (("en", "this reference: "), ("es", "a quien le ayude: ")):
        answer = sqlite_door.screen(kims, language)
        assert answer.status_code == 500
        assert answer.headers["Cache-Control"] == "no-store"
        assert "help@recess.example" in read(answer)
        assert "secret detail" not in answer.text
        reference = read(answer).partition(advice)[2].partition(" ")[0]
        assert f"reference {reference}\n" in caplog.text
    assert kims.rsplit("/", 1)[1] not in caplog.text


def test_with_nobody_named_the_reader_is_sent_to_the_office(sqlite_door: Door) -> None:
    sqlite_door.contact = ""
    sqlite_door.open()
    sqlite_door.freeze("A")
    assert "contact your school or district office" in read(sqlite_door.screen(link(sqlite_door)))


# What it never does


def test_the_page_has_no_script_and_loads_nothing(frozen: Door) -> None:
    page = Reading(frozen.screen(link(frozen)).text)
    assert {"script", "link", "img", "iframe", "form"}.isdisjoint(tag for tag, _ in page.tags)
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_its_style_is_the_only_thing_that_the_policy_allows(frozen: Door) -> None:
    answer = frozen.screen(link(frozen))
    [style] = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_nobody_keeps_it_finds_it_or_hears_of_it(frozen: Door) -> None:
    for address in (link(frozen), f"{BASE}/frozen/x"):
        headers = frozen.screen(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Vary"] == "Accept-Language"


def test_names_and_contacts_are_never_markup(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCHOOLS, "A", ("<script>alert(1)</script>{date}", "{0}"))
    sqlite_door.night()
    declare(sqlite_door, name="<b>Lincoln</b>", contact='"><img src=x>@x.org')
    sqlite_door.freeze("A")
    page = Reading(sqlite_door.screen(link(sqlite_door)).text)
    assert {"script", "img", "b"}.isdisjoint(tag for tag, _ in page.tags)
    assert "<script>alert(1)</script>{date} ({0})" in page.text


def test_names_are_kept_apart_from_the_direction_of_the_sentence(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCHOOLS, "A", ("مدرسة البلوط", "01"))
    sqlite_door.night()
    sqlite_door.freeze("A")
    assert "<bdi>مدرسة البلوط (01)</bdi>" in sqlite_door.screen(link(sqlite_door)).text


def test_a_link_tells_nothing_of_the_person(frozen: Door) -> None:
    for secret in ("kim", "lincoln", "Oak"):
        assert secret not in link(frozen).removeprefix(BASE).lower()


# Contacts, languages


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("help@x.org", "mailto:help@x.org"),
        ("https://x.org/help?a=b", "https://x.org/help?a=b"),
        ("+1 (555) 010-2030", "tel:+15550102030"),
        ("Ask Ms. Diaz in room 12", None),
        ("javascript:alert(1)", None),
        ("help@x.org or 555-0100", None),
    ],
)
def test_a_contact_leads_where_it_can(text: str, href: str | None) -> None:
    assert Contact("Support", text).href == href


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("Lincoln Unified help desk, helpdesk@x.org", ["helpdesk@x.org"]),
        ("Write to help-desk+1@x.k12.ca.us. Or call 555-0100.", ["help-desk+1@x.k12.ca.us"]),
        ("Ana (ana@x.org) or Bo <bo@x.org>", ["ana@x.org", "bo@x.org"]),
        ("Help: ana@x.org; bo@x.org", ["ana@x.org", "bo@x.org"]),
        ("Ms. O'Hara, pat.o'hara@x.org", []),
        ("see https://ana@x.org/help or ana@x", []),
        ("ana@x.org@evil.example, ana@x.org.x@y.z or =ana@x.org", []),
        ("Room 12 @ the office. Come in", []),
        ('"><img src=x>@x.org or <a@x.org', ["a@x.org"]),
    ],
)
def test_an_email_within_a_sentence_can_be_tapped(text: str, emails: list[str]) -> None:
    parts = Contact("Support", text).parts
    assert "".join(part for part, _ in parts) == text
    assert [part for part, href in parts if href] == emails
    assert [href for _, href in parts if href] == [f"mailto:{email}" for email in emails]


def test_a_sentence_with_an_email_reads_as_it_was_written(frozen: Door) -> None:
    declare(frozen, contact="Help & more <desk>, help@x.org (mornings)")
    answer = frozen.screen(link(frozen))
    assert "Help & more <desk>, help@x.org (mornings)" in "".join(Reading(answer.text).words)
    assert "mailto:help@x.org" in Reading(answer.text).links()


@pytest.mark.parametrize(
    ("header", "code", "date"),
    [
        ("", "en", "September 1, 2026"),
        ("en-GB", "en", "1 September 2026"),
        ("es", "es", "1 de septiembre de 2026"),
        ("es-419,es;q=0.9", "es", "1 de septiembre de 2026"),
        ("fr-FR, es;q=0.3, en;q=0.2", "es", "1 de septiembre de 2026"),
        ("en;q=0.1, ES-us;q=0.2", "es", "1 de septiembre de 2026"),
        ("es;q=0, en", "en", "September 1, 2026"),
        ("es;q=0", "en", "September 1, 2026"),
        ("de", "en", "September 1, 2026"),
        ("*", "en", "September 1, 2026"),
        ("en-XX-nonsense", "en", "September 1, 2026"),
        ("es;Q=0.9 ,en ; q=0.5", "es", "1 de septiembre de 2026"),
    ],
)
def test_the_reader_gets_the_language_they_want_most(header: str, code: str, date: str) -> None:
    who = reader(header)
    assert who.words.code == code
    assert who.date(datetime(2026, 9, 1, 12, tzinfo=UTC), "UTC") == date


@given(header=st.text(st.sampled_from("es-EN,;q=01. *x\x00"), max_size=40), chosen=st.text())
def test_any_header_gets_a_language(header: str, chosen: str) -> None:
    assert reader(header, chosen).words.code in LANGUAGES


def test_a_header_made_of_spaces_takes_no_time() -> None:
    since = time.thread_time()
    assert reader("en" + " " * 30_000 + "!").words is ENGLISH
    assert time.thread_time() - since < 1


def test_both_languages_ask_for_the_same() -> None:
    for name in ENGLISH.__dataclass_fields__:
        wanted = [set(re.findall(r"{\w+}", getattr(words, name))) for words in (ENGLISH, SPANISH)]
        assert wanted[0] == wanted[1], name
