"""Releasing accounts of a Frozen school: the dialog to pick them, and the wish that asks for it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

from handlers.searching import fits
from handlers.sentences import counted, school_title
from handlers.views import keys
from handlers.views.blocks import (
    OPTIONS,
    WHY,
    Block,
    Picture,
    actions,
    button,
    context,
    escaped,
    modal,
    option,
    plain,
    quoted,
    section,
    shortened,
    text_input,
    when,
)
from handlers.views.ids import (
    ASK_RELEASE_FORM,
    DECLINE_FORM,
    RELEASE_ASKED,
    RELEASE_BACK,
    RELEASE_DECLINE,
    RELEASE_ELSEWHERE,
    RELEASE_FIND,
    RELEASE_FORM,
    RELEASE_NOBODY,
    RELEASE_ON,
    Target,
)
from storage.locks import Locked
from storage.partners import Partner
from storage.releases import DECLINED, GRANTED, OPEN, ReleaseRequest
from storage.rules.lifecycle import Status
from storage.schools import School

REASON, FIND = WHY, "find"
ON_A_PAGE = 40
NAMED = 10
# What a message shows of a name.
NAME = 150
TOO_MANY = (
    "These are more people than a dialog can remember, so they were not ticked. Release some of "
    "them first, then the others; or let whoever runs Recess release all of them at once, with "
    "`recess accounts release … --all-elsewhere`."
)


@dataclass(frozen=True)
class Choosing:
    """Everybody whom a Frozen school locks; who also works elsewhere comes first.

    `released` are those who are not locked any more. `picked` are ticked, on whatever page they
    stand.
    """

    school: School
    people: Sequence[Locked]
    released: Sequence[Locked]
    picked: Collection[int]
    query: str = ""
    page: int = 0

    @property
    def elsewhere(self) -> list[Locked]:
        return [account for account in self.people if account.elsewhere]

    @cached_property
    def found(self) -> Sequence[Locked]:
        people = self.people
        if not self.query:
            return people
        return [a for a in people if fits(self.query, a.name, a.email, *a.elsewhere)]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.found) // ON_A_PAGE))

    @property
    def shown(self) -> Sequence[Locked]:
        start = min(self.page, self.pages - 1) * ON_A_PAGE
        return self.found[start : start + ON_A_PAGE]


def release_form(target: Target, choosing: Choosing, trouble: str = "") -> Block | None:
    """None when more people are picked than a dialog can remember.

    Who is ticked on the page that is shown stands in the form itself, everybody else in its
    metadata: so nobody is released who was not seen with a tick.
    """
    page = {account.key for account in choosing.shown}
    elsewhere_picked = keys.packed(set(choosing.picked) - page)
    if elsewhere_picked is None:
        return None
    shown = replace(target, accounts=elsewhere_picked, page=min(choosing.page, choosing.pages - 1))
    blocks = [
        *([section(f":warning: {trouble}")] if trouble else []),
        section(_situation(choosing)),
        *_shortcuts(target, choosing),
        _search(choosing),
        *_ticks(choosing, target.digest),
        *_pages(shown, choosing),
        text_input(REASON, "Reason", "Visible in the thread of the card."),
    ]
    return modal(RELEASE_FORM, "Release accounts", blocks, shown.packed(), "Release")


def _situation(choosing: Choosing) -> str:
    count = counted(len(choosing.people), "account")
    title = escaped(school_title(choosing.school))
    text = f"*{title}* is frozen and locks *{count}*"
    released = f"; released already: {escaped(named_first(choosing.released))}"
    text += f"{released if choosing.released else ''}."
    return (
        f"{text} A released account works again, also after every sync, until the school is "
        "frozen anew. Another frozen school of the same person goes on locking them."
    )


def _shortcuts(target: Target, choosing: Choosing) -> list[Block]:
    count = len(choosing.elsewhere)
    about = replace(target, accounts="").packed()
    everybody = button(f"Tick all {count:,} who also work elsewhere", RELEASE_ELSEWHERE, about)
    nobody = button("Untick all", RELEASE_NOBODY, about)
    shown = ([everybody] if count else []) + ([nobody] if choosing.picked else [])
    return [actions("shortcuts", *shown)] if shown else []


def _search(choosing: Choosing) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": RELEASE_FIND,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        "max_length": 75,
    }
    return {
        "type": "input",
        "block_id": FIND,
        "optional": True,
        "dispatch_action": True,
        "label": plain("Search by name, address or school, then press Enter"),
        "element": element | ({"initial_value": choosing.query} if choosing.query else {}),
    }


def _ticks(choosing: Choosing, state: str) -> list[Block]:
    """`state` names the picture before this one."""
    people = choosing.shown
    if not people:
        return [context(f"Nobody is found for “{escaped(choosing.query)}”.")]
    # In Slack what is ticked belongs to a block's id: where we tick anew, the ids are new ones.
    mark = f"{crc32(repr((state, choosing.query, choosing.page)).encode()):08x}"
    groups = [people[i : i + OPTIONS] for i in range(0, len(people), OPTIONS)]
    return [_group(f"people:{mark}:{i}", i, group, choosing) for i, group in enumerate(groups)]


def _group(block_id: str, number: int, people: Sequence[Locked], choosing: Choosing) -> Block:
    offered = {account.key: _option(account) for account in people}
    ticked = [offered[key] for key in offered if key in choosing.picked]
    element: Block = {
        "type": "checkboxes",
        "action_id": "ticked",
        "options": list(offered.values()),
    }
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": plain("People" if number == 0 else "More people"),
        "element": element | ({"initial_options": ticked} if ticked else {}),
    }


def _option(account: Locked) -> Block:
    name = f"{account.name} · {account.email}" if account.name and account.email else account.shown
    where = ", ".join(account.elsewhere) or "only here"
    if account.also_by:
        where = f"stays locked by {', '.join(account.also_by)}"
    return option(name, str(account.key), where)


def _pages(shown: Target, choosing: Choosing) -> list[Block]:
    ticked = f"{counted(len(choosing.picked), 'person', 'people')} ticked when it was opened"
    unseen = len(set(choosing.picked) - {account.key for account in choosing.shown})
    # Whoever searches and releases would otherwise not know of the others.
    tally = f"*{ticked}, {unseen:,} of them not shown here*" if unseen else ticked
    if choosing.pages == 1:
        return [context(tally)] if unseen else []
    # The dialog's own metadata has who is picked; a button's value would be too short for it.
    bare = replace(shown, accounts="")
    back = button("‹ Back", RELEASE_BACK, bare.on_page(shown.page - 1).packed())
    on = button("More ›", RELEASE_ON, bare.on_page(shown.page + 1).packed())
    buttons = ([back] if shown.page else []) + ([on] if shown.page + 1 < choosing.pages else [])
    where = f"Page {shown.page + 1:,} of {choosing.pages:,} · {tally}"
    return [actions("pages", *buttons), context(where)]


# The wish


@dataclass(frozen=True)
class Wish:
    """A request to release with everything that its card shows. `locked` are those of now."""

    request: ReleaseRequest
    partner: Partner
    school: School
    locked: Sequence[Locked]

    @property
    def elsewhere(self) -> list[Locked]:
        """Those it is about."""
        return [account for account in self.locked if account.elsewhere]


def wish_card(wish: Wish) -> Picture:
    """The card in the support channel, with Release and Decline while it is open."""
    request, title = wish.request, f"{school_title(wish.school)} of {wish.partner.name}"
    sentence = f"Release requested: {title}."
    blocks = [
        section(f"*Release requested: {escaped(title)}*"),
        section(_asked(request)),
    ]
    if request.state != OPEN:
        outcome = _outcome(request)
        return Picture(escaped(f"{sentence} {outcome}"), [*blocks, section(_decided(request))])
    blocks += [section(_who(wish)), _ways_out(wish)]
    return Picture(escaped(sentence), blocks)


def _asked(request: ReleaseRequest) -> str:
    by = f"{escaped(request.asked_name)} asks {when(request.asked_at)}"
    return f"{by} to release those who also work elsewhere.{quoted(request.reason)}"


def _who(wish: Wish) -> str:
    people = wish.elsewhere
    if not people:
        return "Nobody of them is locked any more."
    schools = Counter(name for account in people for name in account.elsewhere)
    most = schools.most_common(NAMED)
    named = ", ".join(f"{n:,} at {escaped(shortened(name, 80))}" for name, n in most)
    more = f" and {len(schools) - NAMED:,} more schools" if len(schools) > NAMED else ""
    locked = counted(len(wish.locked), "locked account")
    work = "works" if len(people) == 1 else "work"
    return f"{len(people):,} of {locked} also {work} elsewhere: {named}{more}"


def _ways_out(wish: Wish) -> Block:
    school = wish.school
    target = Target(
        wish.partner.slug, school.id, wish.request.version, key=school.key, request=wish.request.id
    ).packed()
    release = button("Release…", RELEASE_ASKED, target, "primary")
    decline = button("Decline…", RELEASE_DECLINE, target)
    return actions("release", *([release] if wish.elsewhere else []), decline)


def _outcome(request: ReleaseRequest) -> str:
    words = {GRANTED: "Released", DECLINED: "Declined"}.get(request.state, "Closed")
    if request.state == GRANTED and request.left:
        done = f"{request.released:,}" if request.released else "None"
        asked_for = counted(request.released + request.left, "person", "people")
        words = f"{done} of {asked_for} released"
    return f"{words} by {request.decided_name}."


def _decided(request: ReleaseRequest) -> str:
    mark = {GRANTED: ":white_check_mark:", DECLINED: ":no_entry:"}.get(
        request.state, ":heavy_minus_sign:"
    )
    at = f" {when(request.decided_at)}" if request.decided_at else ""
    reason = quoted(request.decision_reason or "")
    return f"{mark} *{escaped(_outcome(request)).rstrip('.')}*{at}{reason}"


def ask_form(target: Target, school: School, elsewhere: Sequence[Locked]) -> Block:
    """For an admin of the partner, who may not release anybody."""
    count = counted(len(elsewhere), "account")
    text = (
        f"Only the support team can release accounts. Ask them to release *{count}* of "
        f"*{escaped(_title(school))}*, of people who also work elsewhere: "
        f"{escaped(named_first(elsewhere))}."
    )
    told = context("They stay locked until support decides; you get a direct message then.")
    blocks = [section(text), told, text_input(REASON, "Reason", "The support team reads it.")]
    return modal(ASK_RELEASE_FORM, "Ask for a release", blocks, target.packed(), "Ask")


def decline_form(target: Target, school: School, elsewhere: int) -> Block:
    count = counted(elsewhere, "account")
    text = (
        f"*{escaped(school_title(school))}* goes on locking all its accounts, also the {count} of "
        "people who work elsewhere."
    )
    blocks = [section(text), text_input(REASON, "Reason", "Whoever asked is told.")]
    return modal(DECLINE_FORM, "Decline the request", blocks, target.packed(), "Decline")


# What people are told


def told_asker(
    partner: Partner, school: School, request: ReleaseRequest, left: Sequence[Locked]
) -> Picture:
    """How the wish ended, by direct message to whoever asked; `left` are not released by it."""
    title = f"{_title(school)} of {partner.name}"
    who = request.decided_name or ""
    if request.state == GRANTED and left:
        text = f"{who} released accounts of {title}, but not all that you asked for."
        text += f" Still locked: {named_first(left)}."
    elif request.state == GRANTED:
        text = f"{who} released accounts of {title}, as you asked."
    elif request.state == DECLINED:
        text = f"{who} declined to release accounts of {title}: all of them stay locked."
    elif school.status is Status.FROZEN:
        text = f"{who} retired {partner.name}, and with it your request to release accounts."
    else:
        text = f"{title} is not frozen any more, so nobody has to be released: {who} unfroze it."
    text += f" Reason: {request.decision_reason}" if request.decision_reason else ""
    return Picture(escaped(text), [section(escaped(text))])


def released_note(name: str, school: School, people: Sequence[Locked], reason: str) -> Picture:
    """One line of the audit trail: who is let in again."""
    count = counted(len(people), "account")
    text = f"{name} released {count} of {_title(school)}: {named_first(people)}."
    return _line(text, reason)


def asked_note(name: str, school: School, count: int) -> Picture:
    people = counted(count, "account")
    title = _title(school)
    return _line(f"{name} asked support to release {people} of {title}, who also work elsewhere.")


def declined_note(name: str, school: School, reason: str) -> Picture:
    return _line(f"{name} declined to release accounts of {_title(school)}.", reason)


def named_first(people: Sequence[Locked]) -> str:
    names = ", ".join(shortened(account.shown, 80) for account in people[:NAMED])
    more = f" and {len(people) - NAMED:,} more" if len(people) > NAMED else ""
    return names + more


def _line(text: str, reason: str = "") -> Picture:
    shown = escaped(text)
    return Picture(shown, [section(f"{shown}{quoted(reason)}")])


def _title(school: School) -> str:
    return shortened(school_title(school), NAME)
