"""The review: all open schools of a partner in pages, to tick many or to take them one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.searching import fits
from handlers.sentences import counted, not_done, school_title
from handlers.views import keys
from handlers.views.blocks import (
    OPTIONS,
    SLACK,
    Block,
    actions,
    button,
    checkboxes,
    context,
    escaped,
    modal,
    option,
    plain,
    section,
)
from handlers.views.card import choices, facts
from handlers.views.ids import (
    PAUSED_BACK,
    PAUSED_ON,
    REVIEW_BACK,
    REVIEW_FORM,
    REVIEW_ON,
    REVIEW_SEARCH,
    REVIEW_SWITCH,
    REVIEW_TICK_ALL,
    REVIEW_UNTICK_ALL,
    Target,
)
from handlers.views.menu import FREEZE, PAUSE, school_menu
from storage.cards import Entry
from storage.schools import Change, School

ON_A_PAGE = 50
# From how many open schools on there is something to search.
SEARCHED_FROM = OPTIONS + 1
SEARCH, QUERY = "search", 75
# Names in the notice that ticks were taken away.
NAMED = 10
# Characters of one section (also what is told without a dialog), and sections of one page.
SECTION, SECTIONS = 2_900, 6


@dataclass(frozen=True)
class Review:
    """What somebody sees: `found` of all `open` schools match the search, `picked` are ticked.

    `changed` were ticked, and lost the tick because something happened to them since.
    """

    found: Sequence[Entry]
    open: int
    picked: frozenset[int]
    changed: Sequence[School] = ()

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.found) // ON_A_PAGE))

    def page(self, number: int) -> Sequence[Entry]:
        return self.found[number * ON_A_PAGE : (number + 1) * ON_A_PAGE]


def matching(entries: Iterable[Entry], query: str) -> list[Entry]:
    """The schools whose name, number or id has every word of the search."""
    return [e for e in entries if fits(query, e.school.name, e.school.number, e.school.id)]


# What the dialog remembers: the boxes of the page that is shown say themselves which schools
# they are for, the ticks of the other pages stand in its metadata.


def ticked(values: Mapping[str, Mapping[str, Any]], before: str) -> set[int]:
    """Everything that is ticked: on the page as it was filled in, and before on the others."""
    picked = keys.unpacked(before)
    for block, elements in values.items():
        if block.startswith("pick:"):
            picked -= {int(key) for key in block.split(":")[2].split(".")}
            options = [o for e in elements.values() for o in e.get("selected_options") or []]
            picked |= {int(o["value"]) for o in options}
    return picked


def review_form(target: Target, review: Review) -> Block:
    """`target` says which page is shown, what was searched for, and which of the two ways."""
    shown, search = review.page(target.page), _search(target, review)
    rows = _one_by_one(shown) if target.each else _boxes(target, review, shown)
    blocks = [
        *_explained(target, review),
        *_changed(review.changed),
        *search,
        *(rows or [section(_none(target))]),
        *_pager(target, review),
    ]
    pausing = bool(review.picked) or (bool(shown) and not target.each)
    # Slack wants a button below an input; where there is nothing to pause, it only closes.
    submit = "Pause selected" if pausing else ("Done" if search else None)
    return modal(REVIEW_FORM, "Schools to decide", blocks, target.packed(), submit)


def _explained(target: Target, review: Review) -> list[Block]:
    intro = (
        "Take the schools one by one: each has its own menu."
        if target.each
        else "Tick the schools to pause. Staff go on with the last data, and a school becomes "
        "active by itself when it is shared again."
    )
    count = counted(review.open, "school needs", "schools need")
    shown = {entry.school.key for entry in review.page(target.page)} if not target.each else set()
    others = len(review.picked - shown)
    elsewhere = f" · *{others:,} selected* {'so far' if target.each else 'on other pages'}"
    tally = context(f"{count} a decision{elsewhere if others else ''}")
    return [section(intro), tally, actions("how", *_ways(target, review))]


def _ways(target: Target, review: Review) -> list[Block]:
    slug = target.partner
    if target.each:
        return [button("Tick several…", REVIEW_SWITCH, Target(slug).packed())]
    found, all_of_them = len(review.found), len(review.found) == review.open
    tick = f"Tick all {found:,}" if all_of_them else f"Tick these {found:,}"
    return [
        *([button(tick, REVIEW_TICK_ALL, Target(slug).packed())] if found else []),
        *([button("Untick all", REVIEW_UNTICK_ALL, Target(slug).packed())] if found else []),
        button("One by one…", REVIEW_SWITCH, Target(slug, each=True).packed()),
    ]


def _changed(schools: Sequence[School]) -> list[Block]:
    if not schools:
        return []
    names = ", ".join(escaped(school_title(school)) for school in schools[:NAMED])
    more = f" and {len(schools) - NAMED:,} more" if len(schools) > NAMED else ""
    text = f"Changed while you were looking, so not ticked any more: {names}{more}."
    return [section(f":arrows_counterclockwise: {text}")]


def _search(target: Target, review: Review) -> list[Block]:
    """Also of a few schools, while a search that was begun among many still hides some."""
    if review.open < SEARCHED_FROM and not target.query:
        return []
    field: Block = {
        "type": "plain_text_input",
        "action_id": REVIEW_SEARCH,
        "max_length": QUERY,
        "placeholder": plain("Name or number, then Enter"),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    block = {
        "type": "input",
        "block_id": SEARCH,
        "optional": True,
        "dispatch_action": True,
        "label": plain("Search"),
        "element": field | ({"initial_value": target.query} if target.query else {}),
    }
    return [block]


def _boxes(target: Target, review: Review, shown: Sequence[Entry]) -> list[Block]:
    first = target.page * ON_A_PAGE
    groups = [(i, shown[i : i + OPTIONS]) for i in range(0, len(shown), OPTIONS)]
    return [_group(target.turn, first + i, group, review.picked) for i, group in groups]


def _group(turn: int, first: int, group: Sequence[Entry], picked: frozenset[int]) -> Block:
    """Slack keeps what was ticked under an id, so that each drawing has ids of its own."""
    id = f"pick:{turn}:{'.'.join(str(entry.school.key) for entry in group)}"
    last = first + len(group)
    label = "School" if last == first + 1 else f"Schools {first + 1:,} to {last:,}"
    options = {entry.school.key: _option(entry) for entry in group}
    block = checkboxes(id, label, list(options.values()))
    if initial := [box for key, box in options.items() if key in picked]:
        block["element"]["initial_options"] = initial
    return block


def _option(entry: Entry) -> Block:
    school = entry.school
    number = f"{school.number} · " if school.number else ""
    people = counted(entry.people, "person", "people")
    return option(school.name, str(school.key), f"{number}{people}")


def _one_by_one(shown: Sequence[Entry]) -> list[Block]:
    return [
        section(
            f"*{escaped(school_title(entry.school))}*\n{facts(entry)}",
            school_menu(entry.school, [PAUSE, FREEZE, *choices(entry)]),
        )
        for entry in shown
    ]


def _none(target: Target) -> str:
    if target.query:
        return f"No school that needs a decision matches “{escaped(target.query)}”."
    return "Every school is decided. Nothing is left to pause."


def _pager(target: Target, review: Review) -> list[Block]:
    if review.pages == 1:
        return []
    slug, page, count = target.partner, target.page, len(review.found)
    first, last = page * ON_A_PAGE + 1, min(count, (page + 1) * ON_A_PAGE)
    turns = []
    if page > 0:
        turns.append(button("Back", REVIEW_BACK, Target(slug, page=page - 1).packed()))
    if page < review.pages - 1:
        turns.append(button("Next page", REVIEW_ON, Target(slug, page=page + 1).packed()))
    where = f"Page {page + 1:,} of {review.pages:,} · {first:,} to {last:,} of {count:,}"
    return [context(where), actions("turn", *turns)]


def answered(done: Sequence[School], refused: Sequence[Change]) -> str:
    """What a bulk pause did and what it did not, and why."""
    lines = [f"Paused {counted(len(done), 'school')}."] if done else []
    return "\n".join([*lines, *_refused(refused)])


def _refused(refused: Sequence[Change]) -> list[str]:
    if not refused:
        return []
    why = [f"• {not_done(change, SLACK)}" for change in refused]
    return [f"Not paused: {counted(len(refused), 'school')}.", *why]


def paused_form(target: Target, done: Sequence[School], refused: Sequence[Change]) -> Block:
    """The same in pages, where it is too long to say: first what was not done."""
    lines = _refused(refused)
    lines += [f"Paused {counted(len(done), 'school')}:"] if done else []
    lines += [f"• {escaped(school_title(school))}" for school in done]
    sections = list(_sections(lines))
    pages = max(1, -(-len(sections) // SECTIONS))
    page = max(0, min(target.page, pages - 1))
    shown = sections[page * SECTIONS : (page + 1) * SECTIONS]
    blocks = [*map(section, shown), *_paused_pager(target, page, pages)]
    return modal("paused", "What was paused", blocks, target.on_page(page).packed(), None)


def _sections(lines: Iterable[str]) -> Iterator[str]:
    """As many lines as one section holds, again and again."""
    text = ""
    for line in lines:
        if text and len(text) + 1 + len(line) > SECTION:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def _paused_pager(target: Target, page: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    slug, turns = target.partner, []
    if page > 0:
        turns.append(button("Back", PAUSED_BACK, Target(slug, page=page - 1).packed()))
    if page < pages - 1:
        turns.append(button("Next page", PAUSED_ON, Target(slug, page=page + 1).packed()))
    return [context(f"Page {page + 1:,} of {pages:,}"), actions("turn", *turns)]
