"""The modal that shows what a freeze will do before anything happens."""

from collections import Counter
from collections.abc import Sequence

from handlers.sentences import counted, school_title
from handlers.views.blocks import Block, context, escaped, modal, section, text_input
from handlers.views.ids import FREEZE_FORM, Target
from storage.locks import Locked, Preview
from storage.schools import School

# From how many accounts on the school's name or number has to be typed.
TYPED_FROM = 26
# People named one by one; the counts always say how many there are.
NAMED = 12

REASON, TYPED = "reason", "typed"


def freeze_form(
    target: Target, school: School, preview: Preview, *, locks_asker: bool, changed_from: int | None
) -> Block:
    """`target` is completed with what is shown here, so that the submit can check it again.

    `changed_from` is the number of accounts of an earlier showing that is not true any more.
    """
    shown = Target(
        target.partner,
        school.id,
        school.version,
        key=school.key,
        people=len(preview.accounts),
        digest=preview.digest,
        channel=target.channel,
        ts=target.ts,
    )
    blocks = [
        *_changed(changed_from, len(preview.accounts)),
        section(_what_happens(school, preview)),
        *_warning(locks_asker),
        *_elsewhere(preview),
        *_people([a for a in preview.accounts if not a.elsewhere]),
        text_input(REASON, "Reason", "Visible in the channel."),
        *_typed(school, preview),
    ]
    return modal(FREEZE_FORM, "Freeze a school", blocks, shown.packed(), "Freeze")


def needs_typing(preview: Preview) -> bool:
    return len(preview.accounts) >= TYPED_FROM


def typed_right(school: School, typed: str) -> bool:
    return typed.strip().casefold() in {school.name.casefold(), school.number.casefold()} - {""}


def _changed(before: int | None, now: int) -> list[Block]:
    if before is None:
        return []
    text = (
        f":arrows_counterclockwise: *Nothing was frozen yet.* The accounts of this school changed "
        f"while you were reading: {before:,} before, {now:,} now. Look again, then freeze."
    )
    return [section(text)]


def _what_happens(school: School, preview: Preview) -> str:
    count = counted(len(preview.accounts), "account")
    title = escaped(school_title(school))
    return (
        f"Freezing *{title}* locks *{count}*, also for their work at other schools. "
        "*Only the support team can undo this.* Nothing is erased."
    )


def _warning(locks_asker: bool) -> list[Block]:
    return [section(":warning: *You would be locked out too.*")] if locks_asker else []


def _elsewhere(preview: Preview) -> list[Block]:
    people = preview.elsewhere
    if not people:
        return [context("None of them works at another school.")]
    head = f"*{len(people):,} of {len(preview.accounts):,} also work elsewhere:*"
    lines = [f"• {_name(p)}: {escaped(', '.join(p.elsewhere))}" for p in people[:NAMED]]
    blocks = [section("\n".join([head, *lines, _and_more(people)]).rstrip())]
    return blocks + ([context(_where(people))] if len(people) > NAMED else [])


def _where(people: Sequence[Locked]) -> str:
    """The schools where they work, those with most of them first."""
    schools = Counter(name for person in people for name in person.elsewhere)
    named = [f"{escaped(name)} ({count:,})" for name, count in schools.most_common(NAMED)]
    more = f" and {len(schools) - NAMED:,} more schools" if len(schools) > NAMED else ""
    return f"All of them together: {', '.join(named)}{more}"


def _people(people: Sequence[Locked]) -> list[Block]:
    if not people:
        return []
    names = ", ".join(_name(person) for person in people[:NAMED])
    return [context(f"Only here: {names} {_and_more(people)}".rstrip())]


def _name(person: Locked) -> str:
    return escaped(person.name or person.email)


def _and_more(people: Sequence[Locked]) -> str:
    return f"…and {len(people) - NAMED:,} more" if len(people) > NAMED else ""


def _typed(school: School, preview: Preview) -> list[Block]:
    if not needs_typing(preview):
        return []
    label = f"Type “{school.number or school.name}” to confirm"
    return [text_input(TYPED, label, "The school's number or its full name.", lines=False)]
