"""The card in a partner's channel: all open decisions, and who decided the others, and when."""

import json
from collections.abc import Callable, Sequence

from handlers.sentences import PLAIN, Medium, counted, happened, school_title
from handlers.views.blocks import (
    MESSAGE_BLOCKS,
    MESSAGE_BYTES,
    SLACK,
    Block,
    Picture,
    actions,
    button,
    context,
    divider,
    escaped,
    section,
    when,
)
from handlers.views.ids import FREEZE, PAUSE, PAUSE_MANY, UNFREEZE, Target
from storage.cards import Decisions, Entry
from storage.rules.lifecycle import Event, Status

# Room for what follows the list: how many more there are, and a divider.
RESERVED_BYTES, RESERVED_BLOCKS = 900, 3

_MARKS = {
    Status.ACTIVE: ":white_check_mark:",
    Status.ACTION_NEEDED: ":warning:",
    Status.PAUSED: ":double_vertical_bar:",
    Status.FROZEN: ":lock:",
}


def card(decisions: Decisions) -> Picture:
    """All open decisions first, with their buttons; then what was decided, with who and when."""
    if decisions.replaced:
        return _pointer(decisions)
    waiting = [e for e in decisions.entries if e.school.status is Status.ACTION_NEEDED]
    decided = [e for e in decisions.entries if e.school.status is not Status.ACTION_NEEDED]
    title = _title(decisions, waiting)
    blocks = [section(f"*{escaped(title)}*"), *_controls(decisions, waiting)]
    slug, retired = decisions.partner.slug, decisions.partner.retired_at is not None
    shown = waiting if not retired else []
    _fill(blocks, [_waiting(slug, entry) for entry in shown], _more_waiting)
    blocks += [divider()] if shown and decided else []
    _fill(blocks, [_decided(slug, entry) for entry in decided], _more_decided)
    return Picture(escaped(f"{title} {_plainly(waiting, decided)}".strip()), blocks)


def _title(decisions: Decisions, waiting: Sequence[Entry]) -> str:
    name = decisions.partner.name
    if decisions.partner.retired_at is not None:
        return f"{name} is retired: nothing is asked any more."
    if not waiting:
        return f"{name}: every school on this card is decided."
    count = counted(len(waiting), "school needs", "schools need")
    return f"{name}: {count} a decision."


def _plainly(waiting: Sequence[Entry], decided: Sequence[Entry]) -> str:
    """The list as a sentence, for whoever sees no blocks; long ones are cut at ten names."""
    names = [school_title(entry.school) for entry in waiting[:10]]
    more = f" and {len(waiting) - 10} more" if len(waiting) > 10 else ""
    open_ones = f"Missing from the roster: {', '.join(names)}{more}." if names else ""
    done = [_decision(entry, PLAIN) for entry in decided[:10]]
    return f"{open_ones} {'; '.join(done)}".strip()


def _controls(decisions: Decisions, waiting: Sequence[Entry]) -> list[Block]:
    if not waiting or decisions.partner.retired_at is not None:
        return []
    explanation = (
        "*Pause*: staff go on with the last data until the school is shared again. "
        "*Freeze*: every account attached to it is locked; only the support team can undo it."
    )
    pick = button("Pause…", PAUSE_MANY, Target(decisions.partner.slug).packed(), "primary")
    return [context(explanation), actions("card", pick), divider()]


def _waiting(slug: str, entry: Entry) -> list[Block]:
    school = entry.school
    target = Target(slug, school.id, school.version).packed()
    seen = when(school.last_seen_at) if school.last_seen_at else "never"
    facts = f"Last synced {seen} · {counted(entry.people, 'person', 'people')} affected"
    facts += _recreated(entry)
    return [
        section(f"{_MARKS[school.status]} *{escaped(school_title(school))}*\n{facts}"),
        actions(
            f"school:{school.key}",
            button("Pause", PAUSE, target),
            button("Freeze…", FREEZE, target, "danger"),
        ),
    ]


def _recreated(entry: Entry) -> str:
    if entry.recreated is None:
        return ""
    new = entry.recreated.new
    return (
        f"\nLooks re-created as {escaped(new.title)}, id {escaped(new.id)}: "
        f"{entry.recreated.likeness}. The support team can link the two."
    )


def _decided(slug: str, entry: Entry) -> list[Block]:
    school = entry.school
    line = f"{_MARKS[school.status]} {_decision(entry, SLACK)} {when(entry.last.at)}"
    if entry.last.reason:
        line += f"\n>{escaped(entry.last.reason)}"
    if school.status is not Status.FROZEN:
        return [section(line)]
    if entry.unfreeze_asked:
        line += "\nAn unfreeze is requested; the support team decides."
    target = Target(slug, school.id, school.version).packed()
    return [section(line, button("Unfreeze…", UNFREEZE, target))]


def _decision(entry: Entry, medium: Medium) -> str:
    title = school_title(entry.school)
    if entry.last.event is Event.SHARED:
        return f"{medium.text(title)} is shared again: Active"
    return happened(entry.last, title, medium)


def _fill(blocks: list[Block], groups: Sequence[list[Block]], more: Callable[[int], str]) -> None:
    """Add whole groups while they fit; then say how many did not."""
    size = len(json.dumps(blocks, ensure_ascii=False).encode())
    for shown, group in enumerate(groups):
        size += len(json.dumps(group, ensure_ascii=False).encode()) + 2
        fits = len(blocks) + len(group) <= MESSAGE_BLOCKS - RESERVED_BLOCKS
        if not fits or size > MESSAGE_BYTES - RESERVED_BYTES:
            blocks.append(context(more(len(groups) - shown)))
            return
        blocks.extend(group)


def _more_waiting(count: int) -> str:
    return (
        f"+{count:,} more. *Pause…* above lists all of them; the others get their own buttons "
        "here as these are decided."
    )


def _more_decided(count: int) -> str:
    return f"+{count:,} more decided; the thread has every decision."


def _pointer(decisions: Decisions) -> Picture:
    name = decisions.partner.name
    sentence = f"{name}: a newer card lists everything that is open."
    link = f" <{decisions.newer}|Go to the newer card>" if decisions.newer else ""
    return Picture(escaped(sentence), [context(f"{escaped(sentence)}{link}")])
