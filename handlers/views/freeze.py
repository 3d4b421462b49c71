"""The modal that shows what a freeze will do before anything happens."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.sentences import STATUS_WORDS, counted, school_title
from handlers.views import keys
from handlers.views.blocks import (
    WHY,
    Block,
    button,
    checkboxes,
    context,
    escaped,
    modal,
    option,
    section,
    text_input,
    when,
)
from handlers.views.ids import FREEZE_FORM, LINK, Target
from storage.links import Match
from storage.locks import Locked, Preview, Reach, Standing
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School, Transition

# From how many accounts on the school's name or number has to be typed.
TYPED_FROM = 26
# People named one by one; the counts always say how many there are.
NAMED = 12
ADMINS_NAMED = 5

REASON, TYPED, SPARE = WHY, "typed", "spare"


class Spare(StrEnum):
    """What becomes of the people who also work elsewhere."""

    LOCK = "lock"
    # Support is asked to release them, or the person who freezes is support and does it.
    ASK = "ask"
    RELEASE = "release"


@dataclass(frozen=True)
class Difference:
    """How the accounts differ from those that were shown first.

    `came` is None when these were too many to be remembered; `gone` have no account any more.
    """

    before: int
    came: Sequence[Locked] | None = None
    left: Sequence[str] = ()
    gone: int = 0


@dataclass(frozen=True)
class Harm:
    """Whom a freeze would hit beyond the people of the school.

    None is somebody whose account could not be found by email. `admins` are by Slack id.
    """

    reach: Reach
    asker: Standing | None
    admins: Mapping[str, Standing | None]


@dataclass(frozen=True)
class Showing:
    """Everything that the dialog says. `last` is how the school came to where it is."""

    partner: Partner
    school: School
    preview: Preview
    harm: Harm
    last: Transition
    recreated: Match | None
    may_link: bool
    offer: Spare
    changed: Difference | None = None


def freeze_form(target: Target, showing: Showing) -> Block:
    """`target` is completed with what is shown here, so that the submit can check it again."""
    school, preview = showing.school, showing.preview
    shown = replace(
        Target(target.partner, channel=target.channel, ts=target.ts),
        school=school.id,
        key=school.key,
        version=school.version,
        people=len(preview.accounts),
        digest=preview.digest,
        accounts=keys.packed(account.key for account in preview.accounts) or "",
    )
    blocks = [
        *_changed(showing.changed, len(preview.accounts)),
        section(_what_happens(school, preview)),
        *_status(school, showing.last),
        *_recreated(target, showing),
        *[section(f":warning: {one}") for one in warnings(showing.partner, showing.harm, IN_SLACK)],
        *[context(one) for one in unchecked(showing.partner, showing.harm, IN_SLACK)],
        *_elsewhere(preview),
        *_people([a for a in preview.accounts if not a.elsewhere]),
        *_spare(showing),
        text_input(REASON, "Reason", "Visible in the channel."),
        *_typed(school, preview),
    ]
    return modal(FREEZE_FORM, "Freeze a school", blocks, shown.packed(), "Freeze")


def needs_typing(preview: Preview) -> bool:
    return len(preview.accounts) >= TYPED_FROM


def typed_right(school: School, typed: str) -> bool:
    return typed.strip().casefold() in {school.name.casefold(), school.number.casefold()} - {""}


def _changed(changed: Difference | None, now: int) -> list[Block]:
    if changed is None:
        return []
    text = (
        f":arrows_counterclockwise: *Nothing was frozen yet.* The accounts of this school changed "
        f"while you were reading: {changed.before:,} before, {now:,} now. Look again, then freeze."
    )
    return [section("\n".join([text, *_moved(changed)]))]


def _moved(changed: Difference) -> list[str]:
    came = [escaped(account.shown) for account in changed.came or ()]
    left = [escaped(name) for name in changed.left]
    lines = [f"• came: {_some(came)}"] if came else []
    lines += [f"• left: {_some(left)}"] if left else []
    gone = counted(changed.gone, "account")
    return lines + ([f"• left, and not in the roster any more: {gone}"] if changed.gone else [])


def _what_happens(school: School, preview: Preview) -> str:
    count = counted(len(preview.accounts), "account")
    title = escaped(school_title(school))
    return (
        f"Freezing *{title}* locks *{count}*, also for their work at other schools. "
        "*Only the support team can undo this.* Nothing is erased."
    )


def _status(school: School, last: Transition) -> list[Block]:
    if school.status is Status.ACTIVE:
        return [section(f"It is *{STATUS_WORDS[school.status]}*: {ACTIVE}")]
    if school.status is not Status.PAUSED:
        return []
    by = f"by {escaped(last.actor_name)} {when(last.at)}"
    return [section(f"It is *{STATUS_WORDS[school.status]}*, {by}: {PAUSED}")]


ACTIVE = "the last roster has it, and its staff work there today."
PAUSED = "its staff go on with the last roster, until you freeze it."


def _recreated(target: Target, showing: Showing) -> list[Block]:
    if showing.recreated is None:
        return []
    text = f":repeat: {escaped(looks_recreated(showing.recreated))}"
    if not showing.may_link:
        way = "“This is a mistake…” in the menu of the school asks them."
        return [section(f"{text} The support team can link the two: {way}")]
    school = showing.school
    about = Target(target.partner, school.id, school.version, key=school.key)
    return [section(text, button("Link instead…", LINK, about.packed()))]


def looks_recreated(match: Match) -> str:
    return (
        f"It looks re-created as {match.new.title}, id {match.new.id}: {match.likeness}. "
        "Then it should be linked, and nobody has to be locked."
    )


# The warnings, for the dialog and for the command line


@dataclass(frozen=True)
class Words:
    """How a text is made safe and strong, and how somebody is named by their id in Slack."""

    text: Callable[[str], str]
    strong: str
    mention: Callable[[str], str]

    def named(self, ids: Collection[str]) -> str:
        shown = [self.mention(id) for id in sorted(ids)[:ADMINS_NAMED]]
        more = f" and {len(ids) - ADMINS_NAMED:,} more" if len(ids) > ADMINS_NAMED else ""
        return ", ".join(shown) + more


def _mention(id: str) -> str:
    return f"<!subteam^{id}>" if id.startswith("S") else f"<@{id}>"


IN_SLACK = Words(escaped, "*", _mention)
PLAINLY = Words(str, "", str)


def warnings(partner: Partner, harm: Harm, words: Words) -> list[str]:
    """Whom it hits that nobody may have thought of."""
    strong, text = words.strong, words.text
    found = []
    if harm.asker is Standing.LOCKS:
        found.append(f"{strong}You would be locked out too.{strong}")
    last = [id for id, standing in harm.admins.items() if standing is Standing.LOCKS]
    if last and not _open_admin(harm):
        found.append(
            f"{strong}No admin of {text(partner.name)} is known who would keep an open "
            f"account{strong}: this locks {words.named(last)}. They can still decide in Slack."
        )
    if harm.reach.most:
        found.append(
            f"{strong}More than half of the staff of {text(partner.name)} would be "
            f"locked{strong}: {harm.reach.then:,} of {harm.reach.staff:,} accounts."
        )
    return found


def unchecked(partner: Partner, harm: Harm, words: Words) -> list[str]:
    """What could not be found out, since emails did not match."""
    text, found = words.text, []
    if harm.asker is None:
        found.append(
            "Whether you would be locked out too could not be checked: no account of "
            f"{text(partner.name)} has your address in Slack."
        )
    unknown = [id for id, standing in harm.admins.items() if standing is None]
    if unknown and not _open_admin(harm):
        found.append(
            "Whether these admins would be locked out could not be checked, because no account "
            f"has their address in Slack: {words.named(unknown)}."
        )
    return found


def _open_admin(harm: Harm) -> bool:
    return Standing.FREE in harm.admins.values()


# The people


def _elsewhere(preview: Preview) -> list[Block]:
    people = preview.elsewhere
    if not people:
        return [context("None of them works at another school.")]
    work = "works" if len(people) == 1 else "work"
    head = f"*{len(people):,} of {len(preview.accounts):,} also {work} elsewhere:*"
    lines = [f"• {_name(p)}: {escaped(', '.join(p.elsewhere))}" for p in people[:NAMED]]
    blocks = [section("\n".join([head, *lines, _and_more(people)]).rstrip())]
    blocks += [context(_where(people))] if len(people) > NAMED else []
    return blocks + _already(preview)


def _where(people: Sequence[Locked]) -> str:
    """The schools where they work, those with most of them first."""
    schools = Counter(name for person in people for name in person.elsewhere)
    named = [f"{count:,} at {escaped(name)}" for name, count in schools.most_common(NAMED)]
    more = f" and {len(schools) - NAMED:,} more schools" if len(schools) > NAMED else ""
    return f"All of them together: {', '.join(named)}{more}"


def _already(preview: Preview) -> list[Block]:
    already = [account for account in preview.accounts if account.also_by]
    if not already:
        return []
    schools = Counter(name for account in already for name in account.also_by)
    named = ", ".join(escaped(name) for name, _ in schools.most_common(NAMED))
    verb = counted(len(already), "of them is", "of them are")
    return [context(f"{verb} locked already, by {named}.")]


def _people(people: Sequence[Locked]) -> list[Block]:
    if not people:
        return []
    names = ", ".join(_name(person) for person in people[:NAMED])
    return [context(f"Only here: {names} {_and_more(people)}".rstrip())]


def _name(person: Locked) -> str:
    return escaped(person.shown)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _and_more(people: Sequence[Locked]) -> str:
    return f"…and {len(people) - NAMED:,} more" if len(people) > NAMED else ""


def _spare(showing: Showing) -> list[Block]:
    count = len(showing.preview.elsewhere)
    if not count:
        return []
    who = f"the {count:,} who also work elsewhere" if count > 1 else "who also works elsewhere"
    offered = {
        Spare.ASK: option(
            f"Ask support to release {who}", Spare.ASK, "They stay locked until support decides."
        ),
        Spare.RELEASE: option(
            f"Release {who}", Spare.RELEASE, "They are not locked by this freeze at all."
        ),
    }
    return [checkboxes(SPARE, "Their work at other schools", [offered[showing.offer]])]


def _typed(school: School, preview: Preview) -> list[Block]:
    if not needs_typing(preview):
        return []
    label = f"Type “{school.number or school.name}” to confirm"
    return [text_input(TYPED, label, "The school's number or its full name.", lines=False)]
