"""What `/schools` answers: lists of schools, rights, and how else to ask."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from handlers.sentences import PLAIN, STATUS_WORDS, Medium, counted, listed, whom_to_ask
from handlers.views import menu
from handlers.views.blocks import (
    BUTTON_VALUE,
    SLACK,
    STATUS_MARKS,
    Block,
    Picture,
    actions,
    button,
    context,
    cut,
    escaped,
    modal,
    plain,
    section,
    shortened,
)
from handlers.views.ids import PAGE_BACK, PAGE_ON, PARTNER_FORM, PARTNER_SELECT, Target
from storage.partners import Partner
from storage.rules.rights import Right, Role, Standing
from storage.schools import School, Transition, titled

# What fits into a message of 12,000 bytes with the longest names, of nothing but ampersands.
ON_A_PAGE = 7
NAME, NUMBER = 50, 20
TITLE, HINT, LONGEST = 600, 300, 3_900


@dataclass(frozen=True)
class Row:
    """One school of a list; `last` is what brought it to its status."""

    school: School
    people: int
    last: Transition

    @property
    def title(self) -> str:
        return titled(shortened(self.school.name, NAME), shortened(self.school.number, NUMBER))


@dataclass(frozen=True)
class Listing:
    """One page of the schools that somebody asked for; `page` counts from 0.

    `asked` is the command that shows it again, `title` what it is a list of.
    """

    partner: Partner
    title: str
    asked: str
    rows: Sequence[Row]
    total: int
    page: int
    may: Collection[Right]
    hint: str = ""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ON_A_PAGE))


def listing(shown: Listing) -> Picture:
    """Each school with its menu; the text alone reads as a sentence."""
    rows = shown.rows[:ON_A_PAGE]
    lines = [section(_row(row), _menu(row.school, shown.may)) for row in rows]
    hint = [context(cut(escaped(shown.hint), HINT))] if shown.hint else []
    title = cut(escaped(shown.title), TITLE)
    blocks = [section(f"*{title}*"), *lines, *_pager(shown), *hint]
    told = "; ".join(f"{row.title} {_standing(row, PLAIN)}" for row in rows)
    page = f" Page {shown.page + 1:,} of {shown.pages:,}." if shown.pages > 1 else ""
    text = f"{shown.title}{page} {told}".strip()
    return Picture(cut(escaped(text), LONGEST), blocks)


def _row(row: Row) -> str:
    people = counted(row.people, "person", "people")
    line = f"{STATUS_MARKS[row.school.status]} *{escaped(row.title)}* · {people}\n"
    return line + _standing(row, SLACK)


def _standing(row: Row, medium: Medium) -> str:
    """As in "is Paused: Ana Flores, on 2026-10-05 …"."""
    last = row.last
    at = medium.when(last.at)
    status = f"is {STATUS_WORDS[row.school.status]}"
    if last.actor == "sync":
        return f"{status} since the sync {at}"
    return f"{status}: {medium.text(shortened(last.actor_name, NAME))} {at}"


def _menu(school: School, may: Collection[Right]) -> Block:
    return menu.school_menu(school, menu.choices(school, may))


def _pager(shown: Listing) -> list[Block]:
    if shown.pages == 1:
        return []
    here = Target(shown.partner.slug, words=shown.asked)
    turns = []
    # The buttons carry what was typed, and a page more.
    if len(here.packed()) > BUTTON_VALUE - len(',"page":9999'):
        return [context("What you typed is too long to turn its pages; type less of it.")]
    if shown.page > 0:
        turns.append(button("Back", PAGE_BACK, here.on_page(shown.page - 1).packed()))
    if shown.page + 1 < shown.pages:
        turns.append(button("Next page", PAGE_ON, here.on_page(shown.page + 1).packed()))
    return [actions("pages", *turns), context(f"Page {shown.page + 1:,} of {shown.pages:,}")]


# Which partner is meant


def partner_form(target: Target, count: int) -> Block:
    """Asks for one of `count` partners; the select asks us for their names as one types."""
    select = {
        "type": "external_select",
        "action_id": PARTNER_SELECT,
        "min_query_length": 0,
        "placeholder": plain("Its name"),
    }
    block = {"type": "input", "block_id": "partner", "label": plain("Partner"), "element": select}
    hint = context(
        f"{counted(count, 'partner')} can be chosen. Naming one after the command is quicker."
    )
    return modal(PARTNER_FORM, "Which partner?", [block, hint], target.packed(), "Go on")


# What there is, and who one is

_COMMANDS = (
    ("list", "the schools that did not sync, with what can be done about each"),
    ("list frozen", "or `active`, `paused`, `action needed`, `all`; and words to search for"),
    ("search WORDS", "schools by name or number, whatever their status"),
    ("history SCHOOL", "who did what with a school, and when"),
    ("sync", "read the partner's roster now instead of tonight"),
    ("upload", "hand over a roster or a staff list as files"),
    ("export", "all schools as a CSV file"),
    ("whoami", "what you may do, and why"),
)


def help_picture() -> Picture:
    lines = [f"`/schools {command}` {does}" for command, does in _COMMANDS]
    more = (
        "`sync`, `upload` and `export` take a partner's name; otherwise it is the partner of the "
        "channel you are in, or the only one you look after."
    )
    text = "\n".join([*lines, more])
    return Picture(f"This is what /schools can do.\n{text}", [section(text)])


_ROLES = {
    Role.ADMIN: "partner admin",
    Role.VIEWER: "viewer",
    Role.SUPPORT: "member of the support team",
}
_MAY = {
    Right.SEE: "see schools and their history",
    Right.PAUSE: "pause",
    Right.FREEZE: "freeze",
    Right.REPORT: "report a mistake",
    Right.ANSWER: "answer such reports",
    Right.REQUEST_UNFREEZE: "request an unfreeze",
    Right.SYNC: "sync now",
    Right.UPLOAD: "upload",
    Right.DECIDE_HOLD: "decide about a held roster",
    Right.UNFREEZE: "unfreeze",
    Right.RELEASE: "release accounts",
    Right.LINK: "link re-created schools",
}
# Somebody of support stands alike at all partners; the others look after a few.
EXPLAINED, LINE, ROLES = 10, 900, 4


@dataclass(frozen=True)
class Known:
    """How one person stands at one partner, and what follows from it."""

    partner: Partner
    standings: Sequence[Standing]
    may: Collection[Right]


def whoami_picture(
    name: str,
    known: Sequence[Known],
    unread: Sequence[str],
    *,
    more: int,
    contact: str,
    alone: bool = False,
) -> Picture:
    """`unread` are user groups that Slack did not tell; `more` partners are not explained.

    `alone` says that nobody but oneself is shown, to whoever named somebody.
    """
    lines = [_known(one) for one in known[:EXPLAINED]]
    if more:
        lines.append(f"The same at {counted(more, 'other partner')}.")
    if unread:
        groups = listed([f"<!subteam^{escaped(group)}>" for group in unread[:EXPLAINED]])
        lines.append(
            f"Slack did not tell who is in {groups}, so nothing that follows from being in there "
            "is granted now. It is asked again within a minute."
        )
    head = f"You are {escaped(name)}."
    if alone:
        head = f"`/schools whoami` takes no name: everybody sees only themselves there. {head}"
    if not known and not unread:
        lines.append(
            "You are no admin or viewer of a partner and not in the support team, so you may not "
            f"see or change any school here. {escaped(whom_to_ask(contact))}"
        )
    shown = [cut(line, LINE) for line in (head, *lines)]
    return Picture(cut("\n".join(shown), LONGEST), [section(line) for line in shown])


def _known(known: Known) -> str:
    roles = [f"{_ROLES[one.role]} ({_from(one)})" for one in known.standings[:ROLES]]
    may = [words for right, words in _MAY.items() if right in known.may]
    if Right.FREEZE in known.may and Right.RELEASE not in known.may:
        may.append("ask support to release accounts")
    told = f"{listed(roles or ['no role'])}. You may {listed(may or ['do nothing'])}."
    return f"*{escaped(known.partner.name)}*: {told}{_undoing(known)}"


def _from(standing: Standing) -> str:
    if standing.group:
        return f"because you are in <!subteam^{escaped(standing.group)}>"
    return "because you are named in person"


def _undoing(known: Known) -> str:
    if Right.UNFREEZE in known.may:
        return ""
    if any(one.role is Role.SUPPORT for one in known.standings):
        return " As you administer this partner, somebody else of support has to unfreeze."
    return " Only the support team unfreezes."
