"""Home, "Schools": a partner's schools with their menus; and what anybody else is told there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.sentences import STATUS_WORDS, counted, happened, listed, school_title
from handlers.views.blocks import (
    OPTIONS_OF_A_SELECT,
    SLACK,
    STATUS_MARKS,
    Block,
    actions,
    button,
    context,
    escaped,
    header,
    home_tab,
    option,
    plain,
    section,
    shortened,
    when,
)
from handlers.views.history import let_in, reported
from handlers.views.ids import (
    HOME_ALL,
    HOME_BACK,
    HOME_CLEAR,
    HOME_GO,
    HOME_ON,
    HOME_PARTNER,
    HOME_SEARCH,
    HOME_STATUS,
    PAUSE_MANY,
    Target,
)
from handlers.views.looking import DID_NOT_SYNC, QUERY, Looking
from handlers.views.menu import choices, school_menu
from handlers.views.syncing import sync_now_button
from handlers.views.upload import upload_button
from storage.cards import Reported
from storage.overview import Failing, Held, LockedBy
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.rules.rights import Right
from storage.schools import School, Transition

SCHOOLS_SHOWN = 25
REASON = 300

# The filters, as they are packed and as they read.
FILTERS: Mapping[str, tuple[str, Sequence[Status]]] = {
    DID_NOT_SYNC: ("Did not sync", (Status.ACTION_NEEDED, Status.PAUSED)),
    **{status.value: (STATUS_WORDS[status], (status,)) for status in Status},
}


@dataclass(frozen=True)
class Row:
    """One school as the list shows it."""

    school: School
    people: int
    last_synced: datetime | None
    last: Transition | None
    unfreeze_asked: bool
    reported: Reported | None
    released: int = 0
    release_asked: bool = False


@dataclass(frozen=True)
class SchoolList:
    """A page of a partner's schools, and what else there is to know of the partner.

    `may` are the rights of who looks. `statuses` counts all schools, `found` those that fit what
    was searched for; `rows` are those of them that pass the filter, on one page.
    """

    partner: Partner
    may: Collection[Right]
    looking: Looking
    rows: Sequence[Row]
    statuses: Mapping[Status, int]
    found: Mapping[Status, int]
    last_synced: datetime | None
    locked_by: Sequence[LockedBy] = ()
    hold: Held | None = None
    failing: Failing | None = None


@dataclass(frozen=True)
class Reach:
    """The partners that somebody can go to from here, by name; `all` leads to support's desk."""

    partners: Sequence[Partner]
    all: bool


def schools_home(shown: SchoolList, reach: Reach) -> Block:
    """The schools of one partner."""
    partner = shown.partner
    blocks = [
        *_locked(shown.locked_by),
        header(f"Schools of {partner.name}"),
        context(_state(shown)),
        *_trouble(shown),
        actions(f"filter:{shown.looking.packed()}"[:255], *_controls(shown, reach)),
        search_field("Search by name or number", shown.looking),
        *_rows(shown),
        *pager(shown.looking, _passing(shown.looking.status, shown.found), SCHOOLS_SHOWN),
    ]
    return home_tab(blocks, shown.looking.target().packed())


def stranger_home(*, unread: bool, guest: bool, contact: str) -> Block:
    """For whoever may see no school: why that is, and whom to ask; nothing of any partner."""
    ask = (
        f"Ask {escaped(contact)} if it should be you."
        if contact
        else "The support team decides who may; ask them if it should be you."
    )
    blocks = [
        header("Schools"),
        section(
            "When a school drops out of its roster, Recess asks the people who can decide: pause "
            "it, freeze it, or say that it is a mistake."
        ),
        section(_why_nothing(unread=unread, guest=guest)),
        section(f"{ask} `/schools whoami` says how you are known."),
        actions("again", go("Look again", HOME_GO, Looking())),
    ]
    return home_tab(blocks, Looking().target().packed())


def told_home(looking: Looking, sentence: str) -> Block:
    """In place of everything, when it cannot be shown now."""
    again = actions("again", go("Look again", HOME_GO, looking))
    blocks = [header("Schools"), section(escaped(sentence)), again]
    return home_tab(blocks, looking.target().packed())


# What every picture of Home is made of


def go(label: str, action_id: str, looking: Looking) -> Block:
    """A button that shows Home so."""
    return button(label, action_id, looking.target().packed())


def search_field(label: str, looking: Looking) -> Block:
    """Reports on Enter. Slack keeps what was typed while the id is the same, so it changes."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": HOME_SEARCH,
        "max_length": QUERY,
        "placeholder": plain("Type and press Enter"),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    element |= {"initial_value": looking.query} if looking.query else {}
    return {
        "type": "input",
        "block_id": f"search:{looking.partner}:{looking.query}",
        "dispatch_action": True,
        "optional": True,
        "label": plain(label),
        "element": element,
    }


def pager(looking: Looking, total: int, on_a_page: int) -> list[Block]:
    """Which part of a list this is, and the ways to the next ones."""
    first = looking.page * on_a_page
    last = min(first + on_a_page, total)
    if total <= on_a_page:
        return []
    turns = []
    if looking.page > 0:
        turns.append(go("Back", HOME_BACK, looking.turned(looking.page - 1)))
    if last < total:
        turns.append(go("Next page", HOME_ON, looking.turned(looking.page + 1)))
    return [context(f"{first + 1:,} to {last:,} of {total:,}"), actions("turn", *turns)]


def last_page(total: int, on_a_page: int) -> int:
    """Counted from 0; a list that became shorter has fewer of them."""
    return max(0, (total - 1) // on_a_page)


# The schools


def _passing(status: str, counts: Mapping[Status, int]) -> int:
    return sum(counts.get(one, 0) for one in FILTERS[status][1])


def _locked(by: Sequence[LockedBy]) -> list[Block]:
    if not by:
        return []
    named = listed(f"{escaped(school.title)} is frozen since {when(school.since)}" for school in by)
    text = (
        f":lock: *Your own account is locked*: {named}. What you may do here stays as it is; "
        "only the support team can unfreeze a school."
    )
    return [section(text)]


def _state(shown: SchoolList) -> str:
    total = sum(shown.statuses.values())
    if shown.partner.retired_at is not None:
        return f"Retired {when(shown.partner.retired_at)}: nothing is read and nothing is asked."
    if not shown.last_synced:
        return "Its first roster was not read yet."
    parts = [f"{shown.statuses[s]:,} {STATUS_WORDS[s]}" for s in Status if shown.statuses.get(s)]
    schools = counted(total, "school")
    return f"{schools}: {', '.join(parts)} · roster last read {when(shown.last_synced)}"


def _trouble(shown: SchoolList) -> list[Block]:
    lines = []
    if shown.hold is not None:
        lines.append(f":raised_hand: {held_line(shown.hold)}")
    if shown.failing is not None:
        lines.append(f":warning: {failing_line(shown.failing)}")
    return [section(line) for line in lines]


def held_line(hold: Held) -> str:
    at = f" since {when(hold.at)}" if hold.at else ""
    if hold.preview and not hold.decided:
        return (
            f"An uploaded roster waits{at}: whoever uploaded it has not chosen Apply or Discard "
            "yet. Nothing was changed."
        )
    card = f" <{hold.link}|Go to its card>" if hold.link else " Its card asks what to do."
    chosen = f" {escaped(hold.decided)} has decided; it is being done." if hold.decided else card
    return f"A roster is held{at}. {escaped(shortened(hold.reason, REASON))}{chosen}"


def failing_line(failing: Failing) -> str:
    since = f" since {when(failing.since)}" if failing.since else ""
    times = f", {failing.times:,} times in a row" if failing.times > 1 else ""
    reason = escaped(shortened(failing.reason, REASON))
    return f"Its roster cannot be read{since}{times}. {reason} Nothing was changed."


def _controls(shown: SchoolList, reach: Reach) -> list[Block]:
    looking, partner = shown.looking, shown.partner
    controls = [_status_filter(shown)]
    if len(reach.partners) > 1:
        controls.append(_partner_picker(shown, reach.partners))
    if Right.PAUSE in shown.may and shown.statuses.get(Status.ACTION_NEEDED):
        controls.append(button("Pause…", PAUSE_MANY, Target(partner.slug).packed()))
    if Right.SYNC in shown.may and not partner.uploaded:
        controls.append(sync_now_button(partner))
    if Right.UPLOAD in shown.may and partner.uploaded:
        controls.append(upload_button(partner))
    if looking.query:
        controls.append(go("Clear the search", HOME_CLEAR, looking.searching("")))
    if reach.all:
        controls.append(go("All partners", HOME_ALL, Looking()))
    return controls


def _status_filter(shown: SchoolList) -> Block:
    options = {
        value: option(f"{name} ({_passing(value, shown.found):,})", value)
        for value, (name, _) in FILTERS.items()
    }
    return {
        "type": "static_select",
        "action_id": HOME_STATUS,
        "placeholder": plain("Status"),
        "options": list(options.values()),
        "initial_option": options[shown.looking.status],
    }


def _partner_picker(shown: SchoolList, partners: Sequence[Partner]) -> Block:
    """Beyond a hundred, Slack asks for those that fit what is typed."""
    select: Block = {"action_id": HOME_PARTNER, "placeholder": plain("Partner")}
    mine = partner_option(shown.partner)
    if len(partners) > OPTIONS_OF_A_SELECT:
        kind = {"type": "external_select", "min_query_length": 0}
        return select | kind | {"initial_option": mine}
    options = [partner_option(partner) for partner in partners]
    select |= {"type": "static_select", "options": options}
    return select | ({"initial_option": mine} if mine in options else {})


def partner_option(partner: Partner) -> Block:
    return option(partner.name, partner.slug)


def _rows(shown: SchoolList) -> list[Block]:
    if not shown.rows:
        return [section(_nothing(shown))]
    return [_row(row, shown.may) for row in shown.rows]


def _row(row: Row, may: Collection[Right]) -> Block:
    school = row.school
    seen = when(row.last_synced) if row.last_synced else "never"
    facts = (
        f"{STATUS_WORDS[school.status]} since {when(school.since)} · last synced {seen} · "
        f"{counted(row.people, 'person', 'people')}"
    )
    lines = [
        f"{STATUS_MARKS[school.status]} *{escaped(school_title(school))}*",
        facts,
        *_decided(row),
    ]
    return section("\n".join(lines), school_menu(school, choices(school, may)))


def _decided(row: Row) -> list[str]:
    """Who brought it there and why, and what waits for the support team."""
    lines = []
    if row.last is not None and row.school.status in (Status.PAUSED, Status.FROZEN):
        reason = f": {escaped(shortened(row.last.reason, REASON))}" if row.last.reason else ""
        lines.append(f"{happened(row.last, school_title(row.school), SLACK)}{reason}")
    if row.released:
        lines.append(let_in(row.released, row.people))
    if row.unfreeze_asked:
        lines.append(":hourglass: An unfreeze is requested; the support team decides.")
    if row.release_asked:
        lines.append(":hourglass: A release of accounts is requested; the support team decides.")
    if row.reported is not None:
        lines.append(f":speech_balloon: {reported(row.reported)}")
    return lines


def _nothing(shown: SchoolList) -> str:
    looking = shown.looking
    name = FILTERS[looking.status][0]
    if looking.query:
        elsewhere = [f"{n:,} {STATUS_WORDS[s]}" for s, n in shown.found.items() if n]
        there = f" Found: {listed(elsewhere)}; choose the status above." if elsewhere else ""
        query = escaped(looking.query)
        return f"Under *{name}* no school has “{query}” in its name or number.{there}"
    if not shown.statuses:
        return "There is no school yet. They appear with the first roster."
    if looking.status == DID_NOT_SYNC:
        return ":white_check_mark: Every school has synced or is frozen; nobody has to decide."
    return f"No school is {name}."


def _why_nothing(*, unread: bool, guest: bool) -> str:
    if guest:
        return (
            "You see no schools here: only members of this workspace do, and your account "
            "belongs to another one."
        )
    if unread:
        return (
            "Whether you may see any schools could not be checked: Slack did not tell who is in "
            "the user groups. Look again in a minute."
        )
    return (
        "You see no schools here, and there is nothing that you may do: admins and viewers of a "
        "partner see its schools, and the support team sees all, and you are none of them."
    )
