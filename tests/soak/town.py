"""A town of districts, its practice workspace and its bots; drives them and knows what it asked.

Whatever is asked for is told to the districts too, and `check` compares all that is stored and
all that is in Slack with them.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import InvalidStateError
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, select, update

from bot.engine import ClientCarrier
from bot.practice import Message, Workspace
from bot.practice.dispatch import Answer
from bot.practice.elements import options_of, walk
from bot.practice.state import View
from handlers.views import ids
from handlers.views.ids import Target
from handlers.views.rendering import render
from storage.database import Database
from storage.messages import Message as Row
from storage.partners import Declaration
from storage.store import Store, Stores
from storage.tables import (
    accounts,
    history,
    memberships,
    messages,
    partners,
    replicas,
    runs,
    schools,
)
from tests.harness.network import free_port
from tests.harness.patience import patient
from tests.soak.district import SAM, SAM_NAME, SUPPORT, District, Note, School, Stored
from tests.soak.process import Bot, Heard

LONG_ENOUGH = 90.0
STOPPED_WITHIN = 30.0


class Town:
    """`socket_mode` is how the bots take clicks."""

    def __init__(self, url: str, folder: Path, workspace: Workspace, *, socket_mode: bool) -> None:
        self.url, self.folder, self.workspace = url, folder, workspace
        self.socket_mode = socket_mode
        self.database = Database(url)
        self.carrier = ClientCarrier(url)
        self.stores = Stores(self.database, self.carrier, lambda: datetime.now(UTC))
        self.heard = Heard()
        self.bots: list[Bot] = []
        self.day = self.case = 0
        self.faults: set[int] = set()
        self.cron = f"0 {(datetime.now(UTC).hour + 12) % 24} * * *"
        self.port = free_port()
        self.random = Random(url.startswith("sqlite"))
        self.districts = [
            District("lincoln", "Lincoln", "C0LINCOLN", "U0ANA", "Ana Flores", folder / "lincoln"),
            District("oakdale", "Oakdale", "C0OAKDALE", "U0BO", "Bo Chen", folder / "oakdale"),
            District("rivers", "Rivers", "C0RIVERS", "U0CY", "Cy Diaz", folder / "rivers"),
        ]
        self._furnish()
        self._declare()

    def _furnish(self) -> None:
        self.workspace.add_person(SAM, "sam", SAM_NAME, "sam@support.example")
        for d in self.districts:
            self.workspace.add_person(d.admin, d.slug, d.admin_name, f"{d.slug}@admin.example")
            self.workspace.add_channel(d.channel, d.slug, [d.admin, SAM])
        self.workspace.add_channel(SUPPORT, "support", [SAM])
        self.workspace.add_group("S0SUPPORT", "support", "Support", [SAM])

    def _declare(self) -> None:
        with self.stores.transaction() as store:
            for d in self.districts:
                source = {"kind": "oneroster-csv", "path": str(d.folder)}
                declared = Declaration(
                    d.slug, d.name, "UTC", d.channel, (d.admin,), (), "", None, (), {}, source
                )
                store.partners.declare(declared)

    # Bots

    def settings(self, port: int) -> Mapping[str, str]:
        app = self.workspace.app
        return {
            "DATABASE_URL": self.url,
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_SIGNING_SECRET": app.signing_secret,
            "SLACK_APP_TOKEN": app.app_token if self.socket_mode else "",
            "SLACK_API_URL": self.workspace.api_url,
            "SUPPORT_USERGROUP_ID": "S0SUPPORT",
            "SUPPORT_CHANNEL_ID": SUPPORT,
            "SYNC_CRON": self.cron,
            "HTTP_PORT": str(port),
        }

    def start(self, *, hold: str | None = None, port: int | None = None) -> Bot:
        """One more bot; returns when it serves, or when it is held at `hold` before that."""
        port = port or self.port
        bot = Bot(self.settings(port), self.folder, self.heard, self.day)
        self.bots.append(bot)
        if not self.socket_mode:
            self.workspace.request_url = f"http://127.0.0.1:{port}/slack/events"
        bot.go(hold)
        self.heard.wait(f"held {hold}" if hold else "serving")
        return bot

    def hold(self, point: str) -> None:
        """Whichever bot comes to the point next is held there; returns when all of them know."""
        for bot in self.bots:
            bot.order(f"hold {point}")
        for _ in self.bots:
            self.heard.wait(f"armed {point}")

    def kill(self, bot: Bot) -> None:
        bot.kill()
        self._left_by(bot)

    def stop(self, bot: Bot) -> None:
        """By SIGTERM, as a service is stopped."""
        began = time.monotonic()
        assert bot.leave() == 0, bot.told()
        assert time.monotonic() - began < STOPPED_WITHIN
        self._left_by(bot)

    def _left_by(self, bot: Bot) -> None:
        self.bots.remove(bot)
        # As if its silence had lasted; whoever lives says so again at once.
        with self.database.transaction(LONG_ENOUGH) as tx:
            tx.execute(update(replicas).values(beat_at=datetime.now(UTC) - timedelta(days=1)))
        self._unheard()
        for other in self.bots:
            other.order("free")
        self.heard.forget()
        self.workspace.calm()
        for person in (SAM, *(d.admin for d in self.districts)):
            while (view := self.workspace.open_view(person)) is not None:
                self.workspace.close(view, by=person, everything=True)

    def _unheard(self) -> None:
        """Nobody waits for what a bot that has ended was asked over its socket."""
        for waiting in list(self.workspace.sockets._waiting.values()):
            with suppress(InvalidStateError):
                waiting.set_exception(TimeoutError())

    def close(self) -> None:
        while self.bots:
            self.kill(self.bots[-1])
        self.carrier.close()
        self.database.dispose()

    # Nights

    def new_rosters(self) -> None:
        for number, d in enumerate(self.districts):
            d.change(self.random, steady=number == 0)
            d.write()

    def owe_night(self) -> list[Stored]:
        """Let the next night come; answers what was stored before it."""
        before = [d.stored() for d in self.districts]
        self.day += 1
        for d in self.districts:
            d.night()
            if d.broken:
                self.faults.add(self.day)
        for bot in self.bots:
            bot.order(f"day {self.day}")
        return before

    def quiet_night(self) -> None:
        """A night with new rosters, and nobody is killed."""
        self.new_rosters()
        self.owe_night()
        self.settle()

    # What people do: first the act, which may be cut off; then what it means, if it was done.

    def pause(self, d: District, school: School) -> Answer:
        return self._click(d, ids.PAUSE, school)

    def pause_many(self, d: District, some: list[School]) -> Answer:
        target = Target(d.slug).packed()
        self.workspace.click(self.card(d), ids.PAUSE_MANY, by=d.admin, value=target)
        wanted = {str(self._key(d, school)) for school in some}
        boxes = [f for f in walk(self._form(d.admin).blocks) if f.element["type"] == "checkboxes"]
        ticks = {
            box.block["block_id"]: [o for o in options_of(box.element) if o["value"] in wanted]
            for box in boxes
        }
        return self._submit(d.admin, ticks)

    def freeze(self, d: District, school: School, case: int) -> Answer:
        self._click(d, ids.FREEZE, school)
        return self._submit(d.admin, {"reason": f"case {case}"})

    def open_freeze(self, d: District, school: School) -> Answer:
        return self._click(d, ids.FREEZE, school)

    def request(self, d: District, school: School, case: int) -> Answer:
        known = len(self.workspace.ephemerals(d.admin))
        self._click(d, ids.UNFREEZE, school)
        told = self.workspace.wait_for(
            lambda: self.workspace.ephemerals(d.admin)[known:], LONG_ENOUGH
        )
        self.workspace.click(told[-1], ids.REQUEST, by=d.admin)
        return self._submit(d.admin, {"reason": f"case {case}"})

    def approve(self, d: District, school: School, case: int) -> Answer:
        key = self._key(d, school)
        [card] = [m for m in self.workspace.history(SUPPORT) if _offers(m, ids.APPROVE, key)]
        self.workspace.click(card, ids.APPROVE, by=SAM)
        return self._submit(SAM, {"reason": f"case {case}"})

    def card(self, d: District) -> Message:
        with self.stores.read() as store:
            card = store.cards.current(store.partners.named(d.slug))
        assert card is not None
        assert card.ts is not None
        [shown] = [m for m in self.workspace.history(d.channel) if m.ts == card.ts]
        return shown

    def next_case(self) -> int:
        self.case += 1
        return self.case

    def _click(self, d: District, what: str, school: School) -> Answer:
        key = self._key(d, school)
        value = Target(d.slug, school.id, len(school.moves), key=key).packed()
        return self.workspace.click(self.card(d), what, by=d.admin, value=value)

    def _key(self, d: District, school: School) -> int:
        with self.stores.read() as store:
            return store.schools.named(store.partners.named(d.slug), school.id).key

    def _submit(self, by: str, values: dict[str, Any]) -> Answer:
        return self.workspace.submit(self._form(by), values, by=by)

    def _form(self, by: str) -> View:
        view = self.workspace.open_view(by)
        assert isinstance(view, View), f"no form is open for {by}"
        return view

    # What there is

    def settle(self) -> None:
        """Wait until every night has its outcome and nothing is owed to Slack."""
        deadline = time.monotonic() + LONG_ENOUGH
        while (owed := self.owed()) and time.monotonic() < deadline:
            time.sleep(0.03)
        assert not owed, f"still owed after {LONG_ENOUGH} s: {owed}\n{self.bots[-1].told()}"

    def owed(self) -> list[str]:
        with self.stores.read() as store:
            nights = select(runs.c.id).where(runs.c.outcome.is_not(None))
            ended = len(store.connection.execute(nights).all())
            missing = self.day * len(self.districts) - ended
            unlinked = messages.c.kind == "card", messages.c.permalink.is_(None)
            rows = store.connection.execute(select(messages.c.id).where(*unlinked)).all()
            late = store.messages.backlog()
        told = {"runs": missing, "messages": late, "addresses of cards": len(rows)}
        return [f"{count} {what}" for what, count in told.items() if count]

    def stored(self) -> list[Stored]:
        with self.database.read() as tx:
            return [_stored(tx, d.slug) for d in self.districts]

    def unposted(self) -> tuple[set[int], set[int]]:
        """Committed messages that we do not know to be in Slack: those that are not, and are."""
        with self.database.read() as tx:
            states = messages.c.state.in_(("owed", "sending"))
            unknown = set(tx.scalars(select(messages.c.id).where(states, messages.c.ts.is_(None))))
        there = {_id(m) for m in self._posted()}
        return unknown - there, unknown & there

    def half_done(self) -> int:
        """How many runs are begun and have no outcome."""
        with self.database.read() as tx:
            begun = runs.c.owner.is_not(None), runs.c.outcome.is_(None)
            return len(tx.execute(select(runs.c.id).where(*begun)).all())

    def _posted(self) -> list[Message]:
        """Everything the bot has posted that was owed; answers to one person are not."""
        with self.workspace.store.lock:
            everything = list(self.workspace.store.messages)
        return [m for m in everything if m.metadata and m.ephemeral_to is None]

    # Whether all is as it was asked for

    def check(self) -> None:
        """Everything, once, whole, and shown as it is stored."""
        with self.stores.read() as store:
            rows = [store.messages.by_id(id) for id in _ids(store.connection)]
            self._check_slack(store, rows)
            self._check_asked(rows)
            for d in self.districts:
                self._check_runs(store.connection, d)
                self._check_history(store.connection, d)
                assert _stored(store.connection, d.slug) == d.stored(), d.slug

    def _check_slack(self, store: Store, rows: list[Row]) -> None:
        posted = self._posted()
        assert Counter(_id(m) for m in posted) == Counter(row.id for row in rows)
        shown = {(m.channel, m.ts): m for m in posted}
        for row in rows:
            assert (row.state, row.sent_version) == ("sent", row.version), row
            message, picture = shown[row.slack_channel or "", row.ts or ""], render(store, row)
            if row.kind == "hold" and row.id != _newest_hold(store, row):
                continue
            assert message.text == picture.text
            assert _plain(message.blocks) == _plain(picture.blocks), row.kind

    def _check_asked(self, rows: list[Row]) -> None:
        asked = sum((d.messages for d in self.districts), Counter())
        asked[SUPPORT, "fault"] = len(self.faults)
        assert Counter((row.channel, row.kind) for row in rows) == +asked
        for d in self.districts:
            cards = [m for m in self.workspace.history(d.channel) if _is_card(m, rows)]
            notes = [
                self._note(number, f"{reply.text} {_plain(reply.blocks)}")
                for number, card in enumerate(cards, start=1)
                for reply in self.workspace.replies(card)
            ]
            assert Counter(notes) == d.notes, d.slug

    def _note(self, card: int, text: str) -> Note:
        people = [SAM_NAME, *(d.admin_name for d in self.districts)]
        titles = [title for d in self.districts for title in d.titles.values()]
        return Note(
            card,
            next((name for name in people if name in text), ""),
            frozenset(title for title in titles if title in text),
            self._case(text),
        )

    def _case(self, text: str) -> int | None:
        found = re.search(r"case (\d+)", text)
        return int(found[1]) if found else None

    def _check_runs(self, tx: Connection, d: District) -> None:
        of = select(partners.c.id).where(partners.c.slug == d.slug).scalar_subquery()
        rows = tx.execute(select(runs).where(runs.c.partner_id == of).order_by(runs.c.night)).all()
        assert [row.outcome for row in rows] == d.outcomes, d.slug
        first = datetime.fromisoformat(rows[0].night) if rows else None
        days = [datetime.fromisoformat(row.night) for row in rows]
        assert days == [first + timedelta(n) for n in range(len(rows))] if first else not rows

    def _check_history(self, tx: Connection, d: District) -> None:
        for school in d.schools.values():
            statement = (
                select(history)
                .join(schools, schools.c.id == history.c.school_id)
                .where(schools.c.source_id == school.id)
                .order_by(history.c.id)
            )
            rows = tx.execute(statement).all()
            assert [row.version for row in rows] == list(range(1, len(rows) + 1)), school.id
            assert [(r.from_status, r.to_status, r.actor) for r in rows] == school.moves


def _stored(tx: Connection, slug: str) -> Stored:
    of = select(partners.c.id).where(partners.c.slug == slug).scalar_subquery()
    theirs = tx.execute(select(schools).where(schools.c.partner_id == of)).all()
    known = tx.execute(select(accounts).where(accounts.c.partner_id == of)).all()
    pairs = tx.execute(
        select(accounts.c.source_id, schools.c.source_id)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .join(schools, schools.c.id == memberships.c.school_id)
        .where(accounts.c.partner_id == of)
    )
    return Stored(
        {row.source_id: (row.status, row.present, row.version) for row in theirs},
        {row.source_id: (row.given_name, row.family_name) for row in known},
        frozenset((person, school) for person, school in pairs),
    )


def _ids(tx: Connection) -> list[int]:
    return list(tx.scalars(select(messages.c.id).order_by(messages.c.id)))


def _id(message: Message) -> int:
    assert message.metadata is not None
    return int(message.metadata["event_payload"]["id"])


def _is_card(message: Message, rows: list[Row]) -> bool:
    cards = {row.id for row in rows if row.kind == "card"}
    return message.metadata is not None and _id(message) in cards


def _newest_hold(store: Store, row: Row) -> int:
    newest = store.messages.about("hold", row.subject or "")
    assert newest is not None
    return newest.id


def _offers(message: Message, action: str, school: int) -> bool:
    """Whether the message has this button for the school of this key."""
    elements = [e for block in message.blocks for e in block.get("elements", [])]
    buttons = [e for e in elements if e.get("action_id") == action]
    return any(Target.unpacked(e["value"]).key == school for e in buttons)


def _plain(blocks: Any) -> Any:
    """Blocks without the ids that Slack gives to those that have none.

    A request says how many accounts there were when it was shown; a sync does not edit it.
    """
    if isinstance(blocks, dict):
        return {k: _plain(v) for k, v in blocks.items() if k not in ("block_id", "verbatim")}
    if isinstance(blocks, list | tuple):
        return [_plain(item) for item in blocks]
    return re.sub(r"\d+ accounts? attached", "", blocks) if isinstance(blocks, str) else blocks


@contextmanager
def town(url: str, folder: Path, *, socket_mode: bool) -> Iterator[Town]:
    with patient(Workspace(rate_limits=False)) as workspace:
        made = Town(url, folder, workspace, socket_mode=socket_mode)
        try:
            yield made
        finally:
            made.close()
