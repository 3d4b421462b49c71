"""The card in a partner's channel: all open decisions, and who decided the others, and when."""

from collections.abc import Callable, Iterable, Sequence

from handlers.sentences import PLAIN, Medium, counted, happened, school_title
from handlers.views import menu
from handlers.views.blocks import (
    MESSAGE_BLOCKS,
    MESSAGE_BYTES,
    SLACK,
    STATUS_MARKS,
    Block,
    Picture,
    actions,
    button,
    context,
    divider,
    escaped,
    quoted,
    section,
    shortened,
    size,
    when,
)
from handlers.views.history import let_in, reported
from handlers.views.ids import FREEZE, PAUSE, PAUSE_MANY, REVIEW, UNFREEZE, Target
from storage.cards import Decisions, Entry
from storage.rules.lifecycle import Event, Status

# Room for what follows a list: how many more there are, and a divider.
RESERVED_BYTES, RESERVED_BLOCKS = 400, 3
# The newest decisions are shown, however many schools still wait.
ALWAYS_SHOWN = 3
# Names in the sentence for whoever sees no blocks.
NAMED = 10

_MENUS = {
    Status.ACTIVE: [menu.HISTORY],
    Status.ACTION_NEEDED: [menu.MISTAKE, menu.HISTORY],
    Status.PAUSED: [menu.FREEZE, menu.MISTAKE, menu.HISTORY],
    Status.FROZEN: [menu.RELEASE, menu.HISTORY],
}


def card(decisions: Decisions) -> Picture:
    """All open decisions first, with their buttons; then what was decided, newest first."""
    if decisions.replaced:
        return _pointer(decisions)
    waiting = [e for e in decisions.entries if e.school.status is Status.ACTION_NEEDED]
    decided = [e for e in decisions.entries if e.school.status is not Status.ACTION_NEEDED]
    decided.sort(key=lambda entry: entry.last.id, reverse=True)
    title = _title(decisions, waiting)
    retired = decisions.partner.retired_at is not None
    text = escaped(f"{title} {_plainly(waiting, decided)}".strip())
    return Picture(text, _listed(decisions, title, [] if retired else waiting, decided))


def _listed(
    decisions: Decisions, title: str, waiting: Sequence[Entry], decided: Sequence[Entry]
) -> list[Block]:
    """Whole schools while they fit into one message."""
    slug, retired = decisions.partner.slug, decisions.partner.retired_at is not None
    head = [section(f"*{escaped(title)}*")]
    controls = _controls(slug, review=True) if waiting else []
    newest = [block for e in decided[:ALWAYS_SHOWN] for block in _decided(slug, e, retired)]
    shown = _fitting((_waiting(slug, e) for e in waiting), [*head, *controls, *newest])
    if waiting:
        head += _controls(slug, review=len(shown) < len(waiting))
    # What follows either list has its room reserved, so that it takes none from the newest.
    above = [*head, *(block for group in shown for block in group)]
    done = _fitting((_decided(slug, e, retired) for e in decided), above)
    head += _with_more(shown, _more_waiting, len(waiting))
    head += [divider()] if waiting and decided else []
    return [*head, *_with_more(done, _more_decided, len(decided))]


def _fitting(groups: Iterable[list[Block]], around: Sequence[Block]) -> list[list[Block]]:
    """As many of the groups as fit into the message with what is `around` them."""
    fitting: list[list[Block]] = []
    blocks, taken = len(around), size(around)
    for group in groups:
        blocks, taken = blocks + len(group), taken + size(group)
        if blocks > MESSAGE_BLOCKS - RESERVED_BLOCKS or taken > MESSAGE_BYTES - RESERVED_BYTES:
            break
        fitting.append(group)
    return fitting


def _with_more(
    groups: Sequence[list[Block]], more: Callable[[int], str], of_all: int
) -> list[Block]:
    blocks = [block for group in groups for block in group]
    left = of_all - len(groups)
    return [*blocks, context(more(left))] if left else blocks


def _title(decisions: Decisions, waiting: Sequence[Entry]) -> str:
    name = decisions.partner.name
    if decisions.partner.retired_at is not None:
        return f"{name} is retired: nothing is asked any more."
    if not waiting:
        return f"{name}: every school on this card is decided."
    count = counted(len(waiting), "school needs", "schools need")
    return f"{name}: {count} a decision."


def _plainly(waiting: Sequence[Entry], decided: Sequence[Entry]) -> str:
    """The list as a sentence, for whoever sees no blocks."""
    names = [school_title(entry.school) for entry in waiting[:NAMED]]
    more = f" and {len(waiting) - NAMED:,} more" if len(waiting) > NAMED else ""
    open_ones = f"Missing from the roster: {', '.join(names)}{more}." if names else ""
    done = "; ".join(_decision(entry, PLAIN) for entry in decided[:NAMED])
    return f"{open_ones} {done}".strip()


def _controls(slug: str, *, review: bool) -> list[Block]:
    explanation = (
        "*Pause*: staff go on with the last data until the school is shared again. "
        "*Freeze*: every account attached to it is locked; only the support team can undo it."
    )
    target = Target(slug).packed()
    buttons = [button("Pause…", PAUSE_MANY, target, "primary")]
    buttons += [button("Review…", REVIEW, target)] if review else []
    return [context(explanation), actions("card", *buttons), divider()]


def _waiting(slug: str, entry: Entry) -> list[Block]:
    school = entry.school
    target = Target(slug, school.id, school.version, key=school.key).packed()
    return [
        section(f"{STATUS_MARKS[school.status]} *{escaped(school_title(school))}*\n{facts(entry)}"),
        actions(
            f"school:{school.key}",
            button("Pause", PAUSE, target),
            button("Freeze…", FREEZE, target, "danger"),
            menu.school_menu(school, choices(entry)),
        ),
    ]


def choices(entry: Entry) -> list[str]:
    """What the menu of a school offers; on a card to everybody, since all readers share it."""
    offered = _MENUS[entry.school.status]
    return offered if entry.recreated is None else [menu.LINK, *offered]


def facts(entry: Entry) -> str:
    """Since when a school is missing, whom that concerns, and what else is known."""
    seen = when(entry.school.last_seen_at) if entry.school.last_seen_at else "never"
    text = f"Last synced {seen} · {counted(entry.people, 'person', 'people')} affected"
    return text + _case(entry) + _recreated(entry)


def _case(entry: Entry) -> str:
    if entry.reported is None:
        return ""
    return f"\n:speech_balloon: {reported(entry.reported)}"


def _recreated(entry: Entry) -> str:
    if entry.recreated is None:
        return ""
    new = entry.recreated.new
    return (
        f"\nLooks re-created as {escaped(new.title)}, id {escaped(shortened(new.id, 60))}: "
        f"{entry.recreated.likeness}. The support team can link the two."
    )


def _decided(slug: str, entry: Entry, retired: bool) -> list[Block]:
    school = entry.school
    line = f"{STATUS_MARKS[school.status]} {_decision(entry, SLACK)} {when(entry.last.at)}"
    line += quoted(entry.last.reason)
    if school.status is not Status.FROZEN:
        offered = [menu.HISTORY] if retired else choices(entry)
        return [section(line + _case(entry), menu.school_menu(school, offered))]
    line += f"\n{let_in(entry.released, entry.people)}" if entry.released else ""
    if entry.unfreeze_asked:
        line += "\nAn unfreeze is requested; the support team decides."
    if entry.release_asked:
        line += "\nA release of accounts is requested; the support team decides."
    target = Target(slug, school.id, school.version, key=school.key).packed()
    unfreeze = button("Unfreeze…", UNFREEZE, target)
    row = actions(f"school:{school.key}", unfreeze, menu.school_menu(school, choices(entry)))
    return [section(line), row]


def _decision(entry: Entry, medium: Medium) -> str:
    title = school_title(entry.school)
    if entry.last.event is Event.SHARED:
        return f"{medium.text(title)} is shared again: Active"
    return happened(entry.last, title, medium)


def _more_waiting(count: int) -> str:
    return f"+{count:,} more. *Review…* above lists all of them, with search and pages."


def _more_decided(count: int) -> str:
    return f"+{count:,} more decided; the thread has every decision."


def _pointer(decisions: Decisions) -> Picture:
    name = decisions.partner.name
    sentence = escaped(f"{name}: a newer card lists everything that is open.")
    where = f" It is in <#{decisions.elsewhere}>." if decisions.elsewhere else ""
    link = f" <{decisions.newer}|Go to the newer card>" if decisions.newer else ""
    return Picture(sentence, [context(f"{sentence}{where}{link}")])
