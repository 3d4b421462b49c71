"""Home of the support team: what waits for it over all partners, and the way to each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.sentences import counted
from handlers.views.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    escaped,
    header,
    home_tab,
    section,
    shortened,
    when,
)
from handlers.views.home import (
    REASON,
    failing_line,
    go,
    held_line,
    pager,
    search_field,
)
from handlers.views.ids import (
    APPROVE,
    DENY,
    HOME_CLEAR,
    HOME_GO,
    MATCH,
    RELEASE_ASKED,
    RELEASE_DECLINE,
    Target,
)
from handlers.views.looking import Looking
from handlers.views.other_roads import speechless
from storage.overview import Failing, Held, Line, Silent, Wish

# Rows of each part beside the others, and of one that is shown alone.
A_FEW, PARTNERS_FEW, MANY = 4, 15, 25

REQUESTS, RELEASES, CASES, HOLDS = "requests", "releases", "cases", "holds"
FAILING, SOURCES, SILENT, PARTNERS = "failing", "sources", "silent", "partners"


@dataclass(frozen=True)
class Waiting:
    """Everything that the support team is shown; `partners` are those that were searched for."""

    unfreezes: Sequence[Wish]
    releases: Sequence[Wish]
    cases: Sequence[Wish]
    holds: Sequence[Held]
    failing: Sequence[Failing]
    sources: Sequence[Line]
    silent: Sequence[Silent]
    partners: Sequence[Line]


@dataclass(frozen=True)
class Part:
    """One list of the desk: its rows as blocks, and what one of them is called."""

    name: str
    title: str
    counted: tuple[str, str]
    rows: Sequence[list[Block]]
    few: int = A_FEW

    @property
    def count(self) -> str:
        return counted(len(self.rows), *self.counted)


def support_home(waiting: Waiting, looking: Looking) -> Block:
    """All parts with their first rows, or the one that `looking` names, a page at a time."""
    parts = _parts(waiting)
    alone = next((part for part in parts if part.name == looking.part), None)
    if alone is not None:
        return home_tab(_alone(alone, looking), looking.target().packed())
    urgent = [part for part in parts if part.rows and part.name != PARTNERS]
    blocks = [header("Support desk"), context(_summary(urgent))]
    for part in urgent:
        blocks += [divider(), *_first_rows(part)]
    partners = parts[-1]
    blocks += [divider(), search_field("Search the partners by name", looking)]
    return home_tab([*blocks, *_first_rows(partners)], looking.target().packed())


def pages_of(waiting: Waiting, looking: Looking) -> int:
    """The last page of the part that is shown alone, counted from 0."""
    rows = next((len(p.rows) for p in _parts(waiting) if p.name == looking.part), 0)
    return max(0, (rows - 1) // MANY)


def _parts(waiting: Waiting) -> list[Part]:
    stopped = [hold for hold in waiting.holds if not hold.preview]
    undecided = {hold.partner for hold in stopped if not hold.decided}
    return [
        Part(
            REQUESTS,
            "Requests to unfreeze, oldest first",
            ("request to unfreeze", "requests to unfreeze"),
            [_request(wish) for wish in waiting.unfreezes],
        ),
        Part(
            RELEASES,
            "Requests to release people",
            ("request to release people", "requests to release people"),
            [_release(wish) for wish in waiting.releases],
        ),
        Part(
            CASES,
            "Reported as a mistake",
            ("reported mistake", "reported mistakes"),
            [[_case(wish)] for wish in waiting.cases],
        ),
        Part(
            HOLDS,
            "Held rosters",
            ("held roster", "held rosters"),
            [_held(hold) for hold in waiting.holds],
        ),
        Part(
            FAILING,
            "Rosters that cannot be read",
            ("failing source", "failing sources"),
            [[_of_partner(f.partner, f.partner_name, failing_line(f))] for f in waiting.failing],
        ),
        Part(
            SOURCES,
            "New sources",
            ("new source", "new sources"),
            [[_of_partner(s.slug, s.name, _NEW_SOURCE)] for s in waiting.sources],
        ),
        Part(
            SILENT,
            "Where messages do not arrive",
            ("silent channel", "silent channels"),
            [[section(_silence(silent))] for silent in waiting.silent],
        ),
        Part(
            PARTNERS,
            "Partners",
            ("partner", "partners"),
            [[_line(line, line.slug in undecided)] for line in waiting.partners],
            PARTNERS_FEW,
        ),
    ]


_NEW_SOURCE = (
    "Its source was changed, and its schools are not matched yet: its first roster is held until "
    "they are."
)


def _summary(urgent: Sequence[Part]) -> str:
    if not urgent:
        return ":white_check_mark: Nothing waits for the support team."
    return f"Waiting for somebody: {' · '.join(part.count for part in urgent)}"


def _first_rows(part: Part) -> list[Block]:
    blocks = [section(f"*{part.title}*")]
    blocks += [block for row in part.rows[: part.few] for block in row]
    if len(part.rows) > part.few:
        all_of_them = go(f"Show all {len(part.rows):,}", HOME_GO, Looking(part=part.name))
        blocks.append(actions(f"all:{part.name}", all_of_them))
    return blocks


def _alone(part: Part, looking: Looking) -> list[Block]:
    first = looking.page * MANY
    back = go("Support desk", HOME_GO, Looking())
    controls = [back, go("Clear the search", HOME_CLEAR, looking.searching(""))]
    blocks = [
        header(part.title),
        context(part.count if part.rows else _none(part, looking)),
        actions("desk", *(controls if looking.query else [back])),
    ]
    if part.name == PARTNERS:
        blocks.append(search_field("Search the partners by name", looking))
    blocks += [block for row in part.rows[first : first + MANY] for block in row]
    return [*blocks, *pager(looking, len(part.rows), MANY)]


def _none(part: Part, looking: Looking) -> str:
    if looking.query:
        return f"No partner has “{escaped(looking.query)}” in its name."
    return f"There are no {part.counted[1]} any more."


def _request(wish: Wish) -> list[Block]:
    target = Target(wish.partner, key=wish.school_key, request=wish.id).packed()
    decide = actions(
        f"request:{wish.id}",
        button("Approve…", APPROVE, target, "primary"),
        button("Deny…", DENY, target),
    )
    return [section(f"{_wish(wish)}\nAsked for by {_people(wish)}"), decide]


def _release(wish: Wish) -> list[Block]:
    target = Target(
        wish.partner, version=wish.version, key=wish.school_key, request=wish.id
    ).packed()
    decide = actions(
        f"release:{wish.id}",
        button("Release…", RELEASE_ASKED, target, "primary"),
        button("Decline…", RELEASE_DECLINE, target),
    )
    return [section(f"{_wish(wish)}\nAsked for by {_people(wish)}"), decide]


def _held(hold: Held) -> list[Block]:
    row = _of_partner(hold.partner, hold.partner_name, held_line(hold))
    if not hold.new_source or hold.decided:
        return [row]
    target = Target(hold.partner, run=hold.run).packed()
    return [row, actions(f"match:{hold.run}", button("Match schools…", MATCH, target))]


def _case(wish: Wish) -> Block:
    return section(f"{_wish(wish)}\nReported by {_people(wish)}", _schools_of(wish.partner))


def _wish(wish: Wish) -> str:
    card = f" · <{wish.link}|Go to its card>" if wish.link else ""
    return f"*{escaped(wish.title)}* of {_name(wish.partner_name)}{card}"


def _people(wish: Wish) -> str:
    """Who came first and why, and how many since."""
    others = {1: "", 2: " and one other"}.get(wish.people, f" and {wish.people - 1:,} others")
    reason = f": {escaped(shortened(wish.reason, REASON))}" if wish.reason else ""
    return f"{escaped(wish.name)}{others} {when(wish.at)}{reason}"


def _of_partner(slug: str, name: str, sentence: str) -> Block:
    return section(f"*{_name(name)}*\n{sentence}", _schools_of(slug))


def _schools_of(slug: str) -> Block:
    return go("Schools", HOME_GO, Looking(slug))


def _name(name: str) -> str:
    return escaped(shortened(name, 120))


def _silence(silent: Silent) -> str:
    where = speechless(silent.channel)
    whose = f" of {_name(silent.partner_name)}" if silent.partner_name else ""
    lost = counted(silent.failed, "message was not", "messages were not")
    count = f" {lost} delivered." if silent.failed else ""
    return (
        f"{where}{whose}: Slack says `{escaped(shortened(silent.error, REASON))}` since "
        f"{when(silent.since)}.{count}"
    )


def _line(line: Line, held: bool) -> Block:
    facts = []
    if line.decisions:
        many = ("school waits for a decision", "schools wait for a decision")
        facts.append(counted(line.decisions, *many))
    if held:
        facts.append("its roster is held")
    facts = facts or ["nothing to decide"]
    read = line.last_synced
    facts.append(f"roster last read {when(read)}" if read else "no roster read yet")
    state = "retired" if line.retired else " · ".join(facts)
    return section(f"*{_name(line.name)}* · {state}", _schools_of(line.slug))
