"""Unfreezing: the forms, the card for the support team, and what the askers are told."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.sentences import STATUS_WORDS, counted, school_title
from handlers.views.blocks import (
    WHY,
    Block,
    Picture,
    actions,
    button,
    confirmed,
    context,
    escaped,
    modal,
    quoted,
    section,
    shortened,
    text_input,
    when,
)
from handlers.views.ids import (
    APPROVE,
    DECISION_FORM,
    DENY,
    REQUEST,
    REQUEST_FORM,
    UNFREEZE_FORM,
    WITHDRAW,
    Target,
)
from storage.locks import Locked
from storage.partners import Partner
from storage.rules.lifecycle import LEGAL, Status, unfreezing
from storage.schools import School, Transition
from storage.unfreezes import APPROVED, DENIED, OPEN, WITHDRAWN, Asker, Unfreeze

REASON = WHY
# A message has room for so much of what people gave as their reasons, and of a name.
ASKERS_BYTES, NAME = 4_500, 150
NAMED = 12


@dataclass(frozen=True)
class Case:
    """A request with everything its card shows."""

    request: Unfreeze
    partner: Partner
    school: School
    freeze: Transition | None
    people: int


@dataclass(frozen=True)
class Effect:
    """What unfreezing a school does to its accounts. `stay` are locked by another one too."""

    accounts: int
    released: int
    stay: Sequence[Locked]


def request_card(case: Case) -> Picture:
    """The card in the support channel: who asks and why, with Approve and Deny while open."""
    title = f"{shortened(school_title(case.school), NAME)} of {case.partner.name}"
    sentence = f"Unfreeze requested: {title}."
    blocks = [section(f"*Unfreeze requested: {escaped(title)}*"), *_frozen(case)]
    blocks.append(section(_askers(case.request.askers)))
    if case.request.state == OPEN:
        target = Target(
            case.partner.slug, case.school.id, request=case.request.id, key=case.school.key
        ).packed()
        approve = button("Approve…", APPROVE, target, "primary")
        return Picture(
            escaped(sentence), [*blocks, actions("request", approve, button("Deny…", DENY, target))]
        )
    outcome = _outcome(case.request)
    return Picture(escaped(f"{sentence} {outcome}"), [*blocks, section(_decided(case.request))])


def _frozen(case: Case) -> list[Block]:
    count = counted(case.people, "account")
    if case.freeze is None:
        return [context(f"{count} attached")]
    by = f"Frozen by {escaped(case.freeze.actor_name)} {when(case.freeze.at)}"
    return [context(f"{by} · {count} attached{quoted(case.freeze.reason)}")]


def _askers(askers: Sequence[Asker]) -> str:
    lines: list[str] = []
    for asker in askers:
        line = f"• {escaped(asker.name)} {when(asker.at)}:{quoted(asker.reason)}"
        if lines and len("\n".join([*lines, line]).encode()) > ASKERS_BYTES:
            break
        lines.append(line)
    more = len(askers) - len(lines)
    return "\n".join(lines + ([f"…and {more} more"] if more else []))


_OUTCOMES = {APPROVED: "Approved", DENIED: "Denied", WITHDRAWN: "Withdrawn"}


def _outcome(request: Unfreeze) -> str:
    words = _OUTCOMES.get(request.state, "Closed")
    return f"{words} by {request.decided_name}."


def _decided(request: Unfreeze) -> str:
    mark = {APPROVED: ":white_check_mark:", DENIED: ":no_entry:"}.get(
        request.state, ":heavy_minus_sign:"
    )
    at = f" {when(request.decided_at)}" if request.decided_at else ""
    reason = quoted(request.decision_reason or "")
    return f"{mark} *{escaped(_outcome(request)).rstrip('.')}*{at}{reason}"


def request_form(target: Target, school: School) -> Block:
    text = (
        f"Ask the support team to unfreeze *{escaped(school_title(school))}*. "
        "You are told by direct message what they decide."
    )
    blocks = [section(text), text_input(REASON, "Reason", "The support team reads it.")]
    return modal(REQUEST_FORM, "Request unfreeze", blocks, target.packed(), "Request")


def asked_picture(target: Target, sentence: str) -> Picture:
    """The answer to whoever asked, with the way back."""
    return Picture(sentence, [section(sentence), actions("asked", _withdraw(target))])


def asked_form(target: Target, school: School, request: Unfreeze, asker: Asker) -> Block:
    """For whoever has asked already: what they said, who else asks, and the way back."""
    title = escaped(school_title(school))
    mine = f"You asked {when(asker.at)} to unfreeze *{title}*:{quoted(asker.reason)}"
    others = [other.name for other in request.askers if other.person != asker.person]
    also = f"Also asked for by {escaped(', '.join(others[:NAMED]))}. " if others else ""
    decides = f"{also}The support team still has to decide; you get a direct message then."
    blocks = [section(mine), context(decides), actions("asked", _withdraw(target))]
    return modal("told", "Request unfreeze", blocks, target.packed(), None)


def _withdraw(target: Target) -> Block:
    return confirmed(
        button("Withdraw", WITHDRAW, target.packed()),
        "Withdraw the request?",
        "You ask no longer to unfreeze this school. Whoever else asks for it still does.",
        "Withdraw",
    )


def unfreeze_form(target: Target, school: School, effect: Effect) -> Block:
    blocks = [
        section(_result(school, effect)),
        text_input(REASON, "Reason", "Visible in the channel."),
    ]
    return modal(UNFREEZE_FORM, "Unfreeze a school", blocks, target.packed(), "Unfreeze")


def decision_form(target: Target, school: School, effect: Effect) -> Block:
    verb = "Approve" if target.approve else "Deny"
    text = (
        _result(school, effect)
        if target.approve
        else f"*{escaped(school_title(school))}* stays frozen."
    )
    blocks = [section(text), text_input(REASON, "Reason", "The people who asked are told.")]
    return modal(DECISION_FORM, f"{verb} the request", blocks, target.packed(), verb)


def _result(school: School, effect: Effect) -> str:
    to = LEGAL[Status.FROZEN, unfreezing(school.present)]
    text = (
        f"*{escaped(school_title(school))}* becomes *{STATUS_WORDS[to]}*; "
        f"{counted(effect.accounts, 'account')} attached."
    )
    if effect.released:
        text += f" {counted(effect.released, 'of them was', 'of them were')} released before."
    if effect.stay:
        stay = counted(len(effect.stay), "of them stays", "of them stay")
        text += f" {stay} locked, because another school of theirs is frozen:"
        text += "".join(f"\n• {_staying(account)}" for account in effect.stay[:NAMED])
        more = len(effect.stay) - NAMED
        text += f"\n…and {more:,} more" if more > 0 else ""
    return text


def _staying(account: Locked) -> str:
    return f"{escaped(account.shown)}: {escaped(', '.join(account.also_by))}"


def may_request(target: Target, sentence: str) -> Picture:
    """The answer to an admin who tried to unfreeze: the refusal, and the way that is open."""
    ask = button("Request unfreeze…", REQUEST, target.packed())
    return Picture(escaped(sentence), [section(escaped(sentence)), actions("refused", ask)])


def told_askers(school: School, partner: Partner, request: Unfreeze) -> Picture:
    """What everybody who asked is told by direct message."""
    title = shortened(school_title(school), NAME)
    who, reason = request.decided_name or "", request.decision_reason or ""
    if request.state == APPROVED:
        state = STATUS_WORDS[school.status]
        text = f"{title} of {partner.name} is unfrozen ({state}): approved by {who}."
    elif request.state == DENIED:
        text = f"{title} of {partner.name} stays frozen: your request was denied by {who}."
    elif school.status is Status.FROZEN:
        text = f"{title} stays frozen: {who} retired {partner.name}, and with it your request."
    else:
        text = f"{title} of {partner.name} is not frozen any more: {who} unfroze it."
    text += f" Reason: {reason}" if reason else ""
    return Picture(escaped(text), [section(escaped(text))])


def no_longer_asked_note(asker: str, school: School) -> Picture:
    """One line of the audit trail: somebody withdrew, whoever else asks."""
    title = shortened(school_title(school), NAME)
    text = escaped(f"{asker} withdrew the request to unfreeze {title}.")
    return Picture(text, [section(text)])
