"""The modal that shows what linking a re-created school does before anything happens."""

from dataclasses import dataclass, replace

from handlers.sentences import STATUS_WORDS, counted, school_title
from handlers.views.blocks import (
    WHY,
    Block,
    context,
    escaped,
    modal,
    option,
    plain,
    section,
    text_input,
    when,
)
from handlers.views.ids import LINK_FORM, LINK_NEW, Target
from storage.rules.lifecycle import LEGAL, Event, Status
from storage.rules.matching import Likeness
from storage.schools import School

REASON = WHY


@dataclass(frozen=True)
class Linking:
    """What a link does: the two records, and how many more accounts a Frozen one locks.

    `people` are those of the new school, `people_before` those of the old one. `digest` names
    exactly what is shown.
    """

    old: School
    new: School
    people_before: int
    people: int
    more_locked: int
    digest: str

    @property
    def status(self) -> Status:
        """The status of the school when they are one."""
        return LEGAL[self.old.status, Event.LINKED]


def link_form(
    target: Target, linking: Linking, likeness: Likeness | None = None, *, changed: bool = False
) -> Block:
    """`target` is completed with what is shown here, so that the submit can check it again."""
    shown = replace(
        target,
        key=linking.old.key,
        school=linking.old.id,
        other=linking.new.key,
        digest=linking.digest,
    )
    again = ":arrows_counterclockwise: *Nothing was linked yet.* What is below changed meanwhile."
    blocks = [
        *([section(again)] if changed else []),
        section(_older(linking.old, linking.people_before)),
        section(_newer(linking, likeness), _select(linking.new)),
        section(_result(linking)),
        context("The new record ends; its id, name and people go to the old one with its history."),
        text_input(REASON, "Reason", "Visible in the thread of the card."),
    ]
    return modal(LINK_FORM, "Link two schools", blocks, shown.packed(), "Link")


def choosing_form(target: Target, old: School) -> Block:
    """Nothing looks like it, so the new school has to be chosen first."""
    shown = replace(target, key=old.key, school=old.id)
    title = escaped(school_title(old))
    text = f"Which new school is *{title}* now? None looks like it by number or staff."
    blocks = [section(text, _select(None))]
    return modal(LINK_FORM, "Link two schools", blocks, shown.packed(), None)


def offered(school: School) -> Block:
    """One new school as the select offers it."""
    return option(school_title(school), str(school.key), f"id {school.id}")


def _select(current: School | None) -> Block:
    element: Block = {
        "type": "external_select",
        "action_id": LINK_NEW,
        "placeholder": plain("Choose another school"),
        "min_query_length": 0,
    }
    return element | ({"initial_option": offered(current)} if current else {})


def _older(old: School, people: int) -> str:
    seen = f"last in the roster {when(old.last_seen_at)}" if old.last_seen_at else "not seen"
    return (
        f"*Before:* {escaped(school_title(old))}, id {escaped(old.id)}\n"
        f"{STATUS_WORDS[old.status]} · {seen} · {counted(people, 'account')}"
    )


def _newer(linking: Linking, likeness: Likeness | None) -> str:
    new = linking.new
    because = f" · {likeness}" if likeness else ""
    return (
        f"*Now:* {escaped(school_title(new))}, id {escaped(new.id)}\n"
        f"in the roster since {when(new.since)} · {counted(linking.people, 'account')}{because}"
    )


def _result(linking: Linking) -> str:
    if linking.status is not Status.FROZEN:
        return f"Together they are one school, and it becomes *{STATUS_WORDS[linking.status]}*."
    count = counted(linking.more_locked, "more account locks", "more accounts lock")
    return f":lock: Together they are one school. It *stays Frozen*, and *{count}* at once."
