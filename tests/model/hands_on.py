"""A partner as people and the product's end see it: in Slack, from the shell, and over HTTP.

Nothing here looks into the database. `Town` is the practice workspace with the bot in it, a shell
on the same database, and a product that asks at the door.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from click.testing import CliRunner
from pydantic import SecretStr

from bot.commands.program import recess
from bot.practice import Answer, Message, View
from bot.practice.elements import Found, label, options_of, walk
from tests.harness.slack.office import EVERYBODY, PEOPLE, Office
from tests.harness.slack.surfaces import Card, Home, Modal, Surface, reading
from tests.model.district import Breaker, Row
from tests.model.world import Snapshot, written

TOKEN = "t" * 40
IS_CARD = re.compile(r"needs? a decision\.|every school on this card is decided\.")
IS_HOLD = "roster of {} is held."
SUPPORT = "recess-support"
MISTAKE = "This is a mistake…"
# What somebody who asked for a sync is told in the end.
ENDED = {
    "applied": "is done: ",
    "no_change": "so nothing was changed",
    "held": "is held.",
    "failed": "failed.",
}


@dataclass(frozen=True)
class Told:
    """What one person sees after an act: sentences, and perhaps a dialog to go on with."""

    words: str
    dialog: Modal | None = None
    cards: Sequence[Card] = ()


@dataclass(frozen=True)
class Line:
    """A school in a list: its name and number, all that is written there, and its menu."""

    title: str
    words: str
    menu: Sequence[str]


class Town(Office):
    """An office in which everything that is said is compared elsewhere; only errors are wrong."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, access_api_token=SecretStr(TOKEN))
        self.folder = folder
        self.declared: list[str] = []
        # How often somebody did what may change something.
        self.acts = 0
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.server.port}/v1/partners/",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def expect_nothing_else(self) -> None:
        assert not self.wrong.lines, "\n".join(self.wrong.lines)
        assert not [n for who in PEOPLE for n in self.slack.notices(who)]

    # The shell

    def shell(self, *arguments: str) -> Any:
        env = {
            "DATABASE_URL": self._url,
            "SLACK_BOT_TOKEN": self.slack.app.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "SUPPORT_USERGROUP_ID": "S0SUPPORT",
            "SUPPORT_CHANNEL_ID": "C0SUPPORT",
        }
        result = CliRunner(env=env).invoke(recess, arguments, prog_name="recess")
        assert result.exit_code in (0, 1), result.output
        return result

    def document(self, *arguments: str) -> Any:
        """What a command prints for machines."""
        return json.loads(self.shell(*arguments, "--json").stdout)

    def changes(self, *arguments: str) -> str:
        """What a command says that may change something; its messages are then delivered."""
        self.acts += 1
        result = self.shell(*arguments)
        self.settle()
        return str(result.stderr if result.exit_code else result.stdout)

    # Slack

    def night(self) -> None:
        self.acts += 1
        super().night()

    def sees(self, who: str, press: Callable[[], Answer]) -> Told:
        """What this person sees of what they did, and of nothing before."""
        self.acts += 1
        return self.looks(who, press)

    def looks(self, who: str, press: Callable[[], Answer]) -> Told:
        """The same of what they asked for alone, which changes nothing."""
        before = len(self.slack.ephemerals(who))
        answer = press()
        assert not answer.notice, answer.notice
        self.settle()
        fresh = self.slack.ephemerals(who)[before:]
        words = [reading(m.text, m.blocks) for m in fresh] + list(answer.errors.values())
        dialog = self.dialog(who)
        if dialog is not None and not dialog.asks:
            # Above Home a sentence stands in a dialog of its own.
            words.append(dialog.reads)
            dialog = dialog if dialog.buttons else None
        return Told("\n".join(words), dialog, [Card(self, message) for message in fresh])

    def dialog(self, who: str) -> Modal | None:
        """The one on top of somebody's screen."""
        view = self.slack.open_view(who)
        return Modal(self, view, who) if view else None

    def home(self, who: str) -> Home:
        """Home as it is on somebody's screen now."""
        self.settle()
        view = self.slack.home(who)
        assert view is not None
        return Home(self, view, who)

    def desk(self, who: str) -> Home:
        """Home of the support team, with what waits for it."""
        home = self.open_home(who)
        for way in ("All partners", "Support desk"):
            if way in home.buttons:
                home.click(way)
                home = self.home(who)
        return home

    def puts_away(self) -> None:
        """Nobody leaves a dialog open."""
        for who in PEOPLE:
            while (view := self.slack.open_view(who)) is not None:
                self.slack.close(view, by=who)


@dataclass
class Partner:
    """One partner of the town, by the outside of it."""

    town: Town
    slug: str
    name: str
    channel: str
    folder: Path
    # Whether its roster is uploaded, and not read from a folder every night.
    uploads: bool = False
    # What the product was answered of each account, with the tag to ask again by.
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)

    @classmethod
    def declared(cls, town: Town, breaker: Breaker, uploads: bool) -> "Partner":
        number = len(town.declared) + 1
        one = cls(
            town,
            f"district-{number}",
            f"District {number}",
            f"alerts-{number}",
            town.folder / f"roster-{number}",
            uploads,
        )
        town.slack.add_channel(f"C0DISTRICT{number}", one.channel, EVERYBODY)
        file = town.folder / "partners.toml"
        file.write_text(one._table(number, breaker), "utf-8")
        assert "district" in town.changes("partners", "import", str(file))
        town.declared.append(one.slug)
        return one

    def _table(self, number: int, breaker: Breaker) -> str:
        kind = '"csv"' if self.uploads else f'"oneroster-csv", path = "{self.folder}"'
        limits = ", ".join(f"{name} = {limit}" for name, limit in vars(breaker).items())
        return f"""
[[partner]]
slug = "{self.slug}"
name = "{self.name}"
timezone = "America/Denver"
channel = "C0DISTRICT{number}"
admins = ["U0ANA", "S0LINCOLNADMINS"]
viewers = ["U0VIC"]
source = {{ kind = {kind} }}
breaker = {{ {limits} }}
"""

    # Acting

    def shares(self, schools: Mapping[str, tuple[str, str]], people: Mapping[str, Row]) -> None:
        written(self.folder, Snapshot(schools, people))

    def types(self, words: str, who: str) -> Answer:
        """`/schools …` in the partner's channel."""
        return self.town.slack.command(f"/schools {words}".strip(), by=who, channel=self.channel)

    def decides(self, what: str, who: str, *rest: str) -> str:
        """`recess schools …`, as somebody."""
        by = ["--by", PEOPLE[who][0], "--reason", "So it is"]
        return self.town.changes("schools", what, self.slug, *rest, *by)

    def retire(self) -> None:
        by = ["--by", "U0SUE", "--reason", "The history is over"]
        assert "is retired" in self.town.changes("partners", "retire", self.slug, *by)

    # Seeing

    @property
    def messages(self) -> list[Message]:
        return self.town.slack.history(self.channel)

    def card(self) -> Card | None:
        """The newest card with decisions, as it is now."""
        found = [m for m in self.messages if IS_CARD.search(m.text)]
        return Card(self.town, found[-1]) if found else None

    def hold_card(self) -> Card:
        found = [m for m in self.messages if IS_HOLD.format(self.name) in m.text]
        return Card(self.town, found[-1])

    def request_card(self, school: str) -> Card:
        """Support's newest card that asks about a school."""
        text = f"Unfreeze requested: {school} of {self.name}."
        found = [m for m in self.town.slack.history(SUPPORT) if text in reading(m.text)]
        return Card(self.town, found[-1])

    def wish_card(self, school: str) -> Card:
        """Support's newest card that asks to release people of a school."""
        text = f"Release requested: {school} of {self.name}."
        found = [m for m in self.town.slack.history(SUPPORT) if text in reading(m.text)]
        return Card(self.town, found[-1])

    def upload_card(self, who: str) -> Card:
        """The newest message to somebody about files that they handed over."""
        about = f"The upload for {self.name} ("
        told = [m for m in self.town.slack.direct_messages(who) if not m.is_reply]
        return Card(self.town, next(m for m in told[::-1] if about in reading(m.text)))

    def offered(self, button: str) -> list[str]:
        """The headings beside every such button in the channel, whichever message it is on."""
        return sorted(title for message in self.messages for title in offered(message, button))

    def home(self, who: str) -> Home:
        """Home as somebody opens it, and goes to this partner's schools from where it was left."""
        home = self.town.open_home(who)
        if f"Schools of {self.name}\n" in home.reads:
            return home
        if any(self.name in _offers(found) for found in walk(home.view.blocks)):
            home.choose(self.name, of="home_partner")
        elif "Schools" in home.buttons:
            home.click("Schools", school=f"*{self.name}*")
        return self.town.home(who)

    def exported_to(self, who: str) -> str:
        """The newest file of schools that somebody got."""
        files = [f for f in self.town.files_of(who) if f.name.startswith(f"schools-{self.slug}-")]
        return files[-1].text

    def schools(self) -> list[Any]:
        return self.town.document("schools", "list", self.slug)

    def history(self, school: str) -> list[Any]:
        """Oldest first."""
        return self.town.document("schools", "history", self.slug, school)[::-1]

    def accounts(self) -> list[Any]:
        return self.town.document("accounts", "list", self.slug)

    def last_run(self) -> Any:
        return self.town.document("runs", "list", self.slug, "--limit", "1")[0]

    # At the door

    def access(self, account: str) -> Any:
        """Asked as a product asks that keeps the last answer, and whether it still holds."""
        tag, kept = self.answers.get(account, ("", None))
        path = f"{self.slug}/accounts/{quote(account, safe='')}/access"
        answer = self.town.http.get(path, headers={"If-None-Match": tag} if tag else {})
        if answer.status_code == 304:
            return kept
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        self.answers[account] = answer.headers["ETag"], answer.json()
        return answer.json()

    def access_by_email(self, email: str) -> Any:
        answer = self.town.http.get(f"{self.slug}/access", params={"email": email})
        return answer.json() if answer.status_code == 200 else None

    def access_of(self, accounts: Iterable[str], emails: Iterable[str]) -> Any:
        asked = {"accounts": sorted(accounts), "emails": sorted(emails)}
        return self.town.http.post(f"{self.slug}/access", json=asked).json()


def lines(surface: Surface) -> list[Line]:
    """The schools of a list, which have a menu each."""
    menus = [found for found in surface.elements if found.element["type"] == "overflow"]
    return [Line(_title(words := reading(m.heading)), words, _offers(m)) for m in menus]


def filters(home: Home) -> tuple[str, Mapping[str, int]]:
    """The filter that is chosen, and how many schools there are under each."""
    [select] = [f.element for f in home.elements if f.element["action_id"] == "home_status"]
    read = [re.fullmatch(r"(.+) \((\d+)\)", o["text"]["text"]) for o in select["options"]]
    chosen = select["initial_option"]["text"]["text"].partition(" (")[0]
    return chosen, {one[1]: int(one[2]) for one in read if one}


def searched(home: Home) -> str:
    """What was searched for, as it stands in the field."""
    [field] = [f.element for f in home.elements if f.element["action_id"] == "home_search"]
    return str(field.get("initial_value", ""))


def page_of(words: str) -> tuple[int, int, int] | None:
    """The first and the last of how many a list shows, where it has pages."""
    found = re.search(r"(\d+) to (\d+) of (\d+)$", words, re.MULTILINE)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _offers(found: Found) -> list[str]:
    return [option["text"]["text"] for option in options_of(found.element)]


def offered(seen: Message | View, what: str) -> list[str]:
    """The schools beside which a message or a view has this button or choice."""
    return [_title(reading(found.heading)) for found, _ in _named(walk(seen.blocks), what)]


def press(surface: Surface, what: str, school: str, by: str) -> Answer:
    """In the lines of this school, and not of another one that names it."""
    found, value = next(
        (found, value)
        for found, value in _named(surface.elements, what)
        if _title(reading(found.heading)) == school
    )
    return surface.touch(found, value, by)


def _named(elements: Iterable[Found], what: str) -> Iterator[tuple[Found, Any]]:
    for found in elements:
        if label(found.element) == what and found.element["type"] == "button":
            yield found, None
        for option in options_of(found.element):
            if option["text"]["text"] == what:
                yield found, option


def _title(heading: str) -> str:
    """A school's name and number out of the line that it is in."""
    found = re.search(r"(\S+ Schools?) \((\d+)\)", heading)
    assert found is not None, heading
    return found[0]


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
