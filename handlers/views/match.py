"""The modal in which support says which school of a new source each known one is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xxhash import xxh3_64_hexdigest

from handlers.searching import fits
from handlers.sentences import STATUS_WORDS, counted, school_title
from handlers.views.blocks import (
    OPTIONS_OF_A_SELECT,
    WHY,
    Block,
    actions,
    button,
    context,
    modal,
    option,
    plain,
    section,
    text_input,
)
from handlers.views.hold import tally
from handlers.views.ids import MATCH_BACK, MATCH_FORM, MATCH_NEW, MATCH_ON, Target
from storage.matches import Matched, Matching, State
from storage.rules.lifecycle import Status
from storage.schools import titled
from storage.snapshot import RosterSchool

REASON, ALL = WHY, "all"
ON_A_PAGE = 12
# What can be chosen besides a school of the new source.
GONE, LATER = "gone", "later"
_GONE = option("Not in the new source any more", GONE)
_LATER = option("Decide later", LATER)


def match_form(target: Target, matching: Matching, note: str = "") -> Block:
    """One page of known schools, those that have to be decided first; saved page by page."""
    ordered = in_order(matching)
    pages = max(1, -(-len(ordered) // ON_A_PAGE))
    page = min(target.page, pages - 1)
    shown = replace(target, run=matching.run.id, digest=matching.digest, page=page)
    blocks = [
        *([section(note)] if note else []),
        section(f"*{tally(matching)}.* Nothing happens to a school before the roster is applied."),
        *_accept_all(matching),
        *[_school(one, matching.digest) for one in ordered[page * ON_A_PAGE :][:ON_A_PAGE]],
        *_pages(shown, page, pages),
        text_input(REASON, "Reason", "The threads of the held roster's cards say it."),
    ]
    return modal(MATCH_FORM, "Match schools", blocks, shown.packed(), "Save")


def in_order(matching: Matching) -> list[Matched]:
    """Frozen ones without a decision, which stop the roster; then proposals; the decided last."""

    def urgency(one: Matched) -> int:
        if one.decided:
            return 3
        if one.school.status is Status.FROZEN:
            return 0
        return 1 if one.state is State.PROPOSED else 2

    return sorted(matching.schools, key=urgency)


def offered(matching: Matching, query: str) -> list[Block]:
    """The schools of the new source for what was typed, those that are nobody's first."""
    free = {new.id for new in matching.unmatched}
    found = [s for s in matching.offered.values() if fits(query, s.name, s.number, s.id)]
    found.sort(key=lambda school: (school.id not in free, _title(school)))
    special = [one for one in (_GONE, _LATER) if fits(query, one["text"]["text"])]
    return [*special, *map(_option, found)][:OPTIONS_OF_A_SELECT]


def chosen(matching: Matching, picked: Mapping[int, str], *, accept: bool) -> dict[str, str | None]:
    """What was picked, by our keys, as pairs of ids; what is decided so already is left out.

    With `accept` every proposal counts as picked that stands on another page.
    """
    ids = {token(id): id for id in matching.offered}
    wanted: dict[str, str | None] = {}
    for one in matching.schools:
        value = picked.get(one.school.key, _proposed(one) if accept else LATER)
        if value == GONE and one.state is not State.NONE:
            wanted[one.school.id] = None
        elif value in ids and not (one.decided and one.new and one.new.id == ids[value]):
            wanted[one.school.id] = ids[value]
    return wanted


def _proposed(one: Matched) -> str:
    return token(one.new.id) if one.new and one.state is State.PROPOSED else LATER


def token(id: str) -> str:
    """For a school of the new source; its own id may be longer than an option's value."""
    return xxh3_64_hexdigest(id.encode())


def block_of(key: int, digest: str) -> str:
    """The field of a known school. It is a new one whenever the matches are others."""
    return f"match:{key}:{digest}"


def key_of(block: str) -> int | None:
    kind, _, rest = block.partition(":")
    return int(rest.partition(":")[0]) if kind == "match" else None


def _accept_all(matching: Matching) -> list[Block]:
    proposed = sum(one.state is State.PROPOSED for one in matching.schools)
    if not proposed:
        return []
    text = f"Accept all {proposed:,} proposals, also on other pages"
    below = "Where you choose something else below, that counts."
    box = {"type": "checkboxes", "action_id": "ticked", "options": [option(text, ALL, below)]}
    return [
        {
            "type": "input",
            "block_id": f"{ALL}:{matching.digest}",
            "optional": True,
            "label": plain("Proposals"),
            "element": box,
        }
    ]


def _school(one: Matched, digest: str) -> Block:
    school = one.school
    current = _current(one)
    element: Block = {
        "type": "external_select",
        "action_id": MATCH_NEW,
        "placeholder": plain("Choose a school of the new source"),
        "min_query_length": 0,
    }
    return {
        "type": "input",
        "block_id": block_of(school.key, digest),
        "optional": True,
        "label": plain(f"{school_title(school)} · {STATUS_WORDS[school.status]}", 2_000),
        "hint": plain(_state(one), 2_000),
        "element": element | ({"initial_option": current} if current else {}),
    }


def _current(one: Matched) -> Block | None:
    if one.state is State.NONE:
        return _GONE
    return _option(one.new) if one.new is not None else None


def _state(one: Matched) -> str:
    if one.decided:
        return f"Decided by {one.decided_name}."
    if one.new is not None and one.likeness is not None:
        return f"Proposed, because of {one.likeness}; saving this page decides it."
    frozen = " It is Frozen, so it has to be decided." if one.school.status is Status.FROZEN else ""
    return f"Nothing looks like it.{frozen}"


def _option(school: RosterSchool) -> Block:
    return option(_title(school), token(school.id), f"id {school.id}")


def _title(school: RosterSchool) -> str:
    return titled(school.name, school.number)


def _pages(shown: Target, page: int, pages: int) -> Sequence[Block]:
    if pages == 1:
        return []
    back = button("‹ Back", MATCH_BACK, shown.on_page(page - 1).packed())
    on = button("More ›", MATCH_ON, shown.on_page(page + 1).packed())
    buttons = ([back] if page else []) + ([on] if page + 1 < pages else [])
    text = f"Page {page + 1:,} of {pages:,}. Turning the page forgets what is not saved."
    return [actions("pages", *buttons), context(text)]


def saved(decided: int, matching: Matching) -> str:
    """What was done, in the words of the dialog."""
    count = counted(decided, "school was", "schools were")
    return f":white_check_mark: {count} decided. {tally(matching)}."
