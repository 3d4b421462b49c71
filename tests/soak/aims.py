"""Where the bot is killed: what is going on, how it is held there, and what the kill must leave."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Thread

from bot.practice.dispatch import Answer
from tests.harness.network import free_port
from tests.soak.district import SUPPORT, District, School, Stored
from tests.soak.process import LONG_ENOUGH, Bot
from tests.soak.town import Town

APPLYING = "in the middle of applying"
UNPOSTED = "between commit and post"
UNKNOWN = "posted, and we did not know yet"
CLICK = "during a click"
LATER = "editing, linking, making up for a kill"
KINDS = (APPLYING, UNPOSTED, UNKNOWN, CLICK, LATER)

# A kill that came too late does not count.
TRIES = 3

NIGHT, PAUSE, TICKS, DIALOG, FREEZE, REQUEST, APPROVE = (
    "night", "pause", "pause of several", "dialog", "freeze", "request", "approval",
)  # fmt: skip
POST, UPDATE, OPEN, ANY = "chat.postMessage", "chat.update", "views.open", "*"


@dataclass(frozen=True)
class Slack:
    """A call that the workspace leaves unanswered, and whether it does what the call asks.

    `direct` and `support` say which posts are meant; `passing` calls are answered before it."""

    method: str
    taken: bool
    direct: bool = False
    support: bool = False
    passing: int = 0

    def __str__(self) -> str:
        name = "any call" if self.method == ANY else self.method
        place = " to a person" if self.direct else " to support" if self.support else ""
        after = f" after {self.passing} others" if self.passing else ""
        return f"{name}{place}{after} {'done' if self.taken else 'not done'} and not answered"


@dataclass(frozen=True)
class Aim:
    """`hold` is a point of tests.soak.bot, or what the workspace holds.

    `done` says whether what the act asks for is committed by then. `again` is a point where the
    next process is held and killed too, while it makes up for this kill.
    """

    kind: str
    act: str
    hold: str | Slack
    done: bool = True
    again: str = ""

    def __str__(self) -> str:
        return f"{self.act}: {self.hold}" + (f"; again: {self.again}" if self.again else "")


AIMS = (
    Aim(APPLYING, NIGHT, "schools applied"),
    Aim(APPLYING, NIGHT, "accounts put"),
    Aim(APPLYING, NIGHT, "claims made"),
    Aim(APPLYING, NIGHT, "roster applied"),
    Aim(APPLYING, NIGHT, "outcome recorded"),
    Aim(APPLYING, NIGHT, "run told"),
    Aim(APPLYING, NIGHT, "run told", again="schools applied"),
    Aim(UNPOSTED, NIGHT, "run committed"),
    Aim(UNPOSTED, NIGHT, "marked as sending"),
    Aim(UNPOSTED, NIGHT, Slack(POST, taken=False, passing=2)),
    Aim(UNPOSTED, PAUSE, "delivery begun"),
    Aim(UNPOSTED, REQUEST, Slack(POST, taken=False, support=True)),
    Aim(UNPOSTED, APPROVE, Slack(POST, taken=False, direct=True)),
    Aim(UNKNOWN, NIGHT, Slack(POST, taken=True)),
    Aim(UNKNOWN, NIGHT, Slack(POST, taken=True, passing=2)),
    Aim(UNKNOWN, NIGHT, "answered"),
    Aim(UNKNOWN, PAUSE, Slack(POST, taken=True)),
    Aim(UNKNOWN, REQUEST, Slack(POST, taken=True, support=True)),
    Aim(UNKNOWN, APPROVE, Slack(POST, taken=True, direct=True)),
    Aim(UNKNOWN, FREEZE, "answered"),
    Aim(UNKNOWN, NIGHT, Slack(POST, taken=True), again="looking in Slack"),
    Aim(CLICK, PAUSE, "asking who clicked", done=False),
    Aim(CLICK, PAUSE, "change made", done=False),
    Aim(CLICK, TICKS, "change told", done=False),
    Aim(CLICK, TICKS, "pause committed"),
    Aim(CLICK, DIALOG, Slack(OPEN, taken=True), done=False),
    Aim(CLICK, FREEZE, "change made", done=False),
    Aim(CLICK, FREEZE, "freeze committed"),
    Aim(CLICK, APPROVE, "change told", done=False),
    Aim(LATER, NIGHT, "night owed"),
    Aim(LATER, NIGHT, "posted and recorded"),
    Aim(LATER, NIGHT, Slack(ANY, taken=True, passing=1)),
    Aim(LATER, NIGHT, Slack(ANY, taken=False, passing=2)),
    Aim(LATER, PAUSE, Slack(UPDATE, taken=True)),
)


def nothing() -> None:
    """What a look at a dialog means."""


@dataclass
class Act:
    """Something that a person does, and what it means for the districts once it is done."""

    do: Callable[[], Answer]
    told: Callable[[], None] = nothing
    person: str = ""


@dataclass
class Killing:
    """Kills the bots of a town at aims, or stops them there, starts the next one, and counts."""

    town: Town
    politely: bool = False
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)

    def at(self, aim: Aim) -> None:
        """One kill that counts, and what follows: everything has to be there, once."""
        for _ in range(TRIES):
            counts, act = self._kill(aim)
            if aim.again:
                self.town.kill(self.town.start(hold=aim.again))
                self.tally[LATER, f"after {aim.hold}: {aim.again}"] += 1
            self.town.start()
            self._once(aim, act)
            if counts:
                return
        raise AssertionError(f"no kill came {aim.kind} ({aim})")

    def at_one_of_two(self, aim: Aim) -> None:
        """One of two bots is killed and not started again; the other one makes up for it."""
        self.town.start(port=free_port())
        counts, act = self._kill(aim)
        assert counts, f"the kill did not come {aim.kind} ({aim})"
        self._once(aim, act)

    def _kill(self, aim: Aim) -> tuple[bool, "Act"]:
        """Whether it counts, and what was going on."""
        act = self._act(aim.act)
        counts = self._night(aim) if aim.act == NIGHT else self._click(aim, act)
        self.tally[aim.kind, str(aim)] += counts
        return counts, act

    def _once(self, aim: Aim, act: "Act") -> None:
        """Everything is there, once; what a kill prevented is done when the person tries again."""
        self.town.settle()
        self.town.check()
        if not aim.done:
            assert act.do().ok
            act.told()
            self.town.settle()
            self.town.check()

    def _night(self, aim: Aim) -> bool:
        self.town.new_rosters()
        held = self._hold(aim)
        before = self.town.owe_night()
        self._end(held())
        self._whole(before)
        return self._counts(aim, answered=False)

    def _end(self, bot: Bot) -> None:
        (self.town.stop if self.politely else self.town.kill)(bot)

    def _whole(self, before: Sequence[Stored]) -> None:
        """What is committed of a district is all of the night or nothing of it."""
        for was, now, d in zip(before, self.town.stored(), self.town.districts, strict=True):
            assert now in (was, d.stored()), f"a part of a night of {d.slug} is stored"

    def _click(self, aim: Aim, act: Act) -> bool:
        answers: list[Answer] = []
        clicking = Thread(target=_answered, args=(act, answers))
        held = self._hold(aim, act.person)
        clicking.start()
        bot = held()
        answered = any(answer.ok for answer in answers)
        self._end(bot)
        clicking.join(LONG_ENOUGH)
        counts = self._counts(aim, answered)
        if aim.done:
            act.told()
        return counts

    def _hold(self, aim: Aim, person: str = "") -> Callable[[], Bot]:
        """Hold whoever comes to the aim; the answer waits until somebody does."""
        if isinstance(aim.hold, Slack):
            return self._hold_in_slack(aim.hold, person)
        self.town.hold(aim.hold)
        return lambda: self.town.heard.wait(f"held {aim.hold}")

    def _hold_in_slack(self, hold: Slack, person: str) -> Callable[[], Bot]:
        workspace, [bot] = self.town.workspace, self.town.bots
        channel = person if hold.direct else SUPPORT if hold.support else None
        workspace.misbehave(
            "timeout", hold.method, accepted=hold.taken, channel=channel, skip=hold.passing
        )
        known = len(workspace.calls)

        def held() -> Bot:
            calls = workspace.store.calls
            workspace.wait_for(lambda: any(call.fault for call in calls[known:]), LONG_ENOUGH)
            return bot

        return held

    def _counts(self, aim: Aim, answered: bool) -> bool:
        """Whether the kill left what kills of its kind leave; one that was too late does not."""
        missing, there = self.town.unposted()
        return (
            self.politely
            or {
                APPLYING: self.town.half_done() > 0,
                UNPOSTED: bool(missing),
                UNKNOWN: bool(there),
                CLICK: not answered,
                LATER: True,
            }[aim.kind]
        )

    # What has to be there before somebody can act

    def _act(self, name: str) -> Act:
        town = self.town
        if name == NIGHT:
            return Act(Answer)
        if name == APPROVE:
            d, school = self._requested()
            case = town.next_case()
            return Act(
                lambda: town.approve(d, school, case), lambda: d.approved(school, case), d.admin
            )
        if name == REQUEST:
            d, school = self._frozen()
            case = town.next_case()
            return Act(lambda: town.request(d, school, case), lambda: d.requested(school, case))
        return self._decision(name)

    def _decision(self, name: str) -> Act:
        town, case = self.town, self.town.next_case()
        d = self._waiting(2 if name == TICKS else 1)
        some = d.waiting()[:2]
        school = some[0]
        return {
            PAUSE: Act(lambda: town.pause(d, school), lambda: d.paused([school])),
            TICKS: Act(lambda: town.pause_many(d, some), lambda: d.paused(some)),
            DIALOG: Act(lambda: town.open_freeze(d, school)),
            FREEZE: Act(lambda: town.freeze(d, school, case), lambda: d.frozen(school, case)),
        }[name]

    def _waiting(self, count: int) -> District:
        """A district where so many schools wait for a decision; nights pass until there is one."""
        while not (fitting := [d for d in self.town.districts if len(d.waiting()) >= count]):
            self.town.quiet_night()
        return self.town.random.choice(fitting)

    def _frozen(self) -> tuple[District, School]:
        """A school that was just frozen, on the card that its partner has now."""
        d = self._waiting(1)
        school, case = d.waiting()[0], self.town.next_case()
        assert self.town.freeze(d, school, case).ok
        d.frozen(school, case)
        self.town.settle()
        return d, school

    def _requested(self) -> tuple[District, School]:
        d, school = self._frozen()
        case = self.town.next_case()
        assert self.town.request(d, school, case).ok
        d.requested(school, case)
        self.town.settle()
        return d, school


def _answered(act: Act, answers: list[Answer]) -> None:
    answers.append(act.do())
