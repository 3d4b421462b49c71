"""Sync now: the button, what it answers at once, and what it answers in the end."""

from dataclasses import dataclass

from handlers.views.blocks import Block, Picture, button, escaped, section, when
from handlers.views.ids import SYNC_NOW, Target
from handlers.views.runs import changes
from storage.partners import Partner
from storage.runs import APPLIED, FAILED, HELD, NO_CHANGE, SUPERSEDED, Run


def sync_now_button(partner: Partner, action_id: str = SYNC_NOW) -> Block:
    return button("Sync now", action_id, Target(partner.slug).packed())


def sync_asked(partner: Partner, run: Run, person: str, *, joined: bool) -> str:
    """The answer to whoever pressed Sync now; ready to be shown."""
    name = escaped(partner.name)
    told = "You get a direct message when it has ended."
    if not joined:
        return f"The roster of {name} is being synced. {told}"
    who = "You" if run.asked_by == person else escaped(run.asked_name or "Somebody")
    return f"{who} asked for a sync of {name} {when(run.asked_at)}; it is about to begin. {told}"


@dataclass(frozen=True)
class Synced:
    """A sync that `person` has asked for in a dialog. `joined`: somebody had before."""

    run: Run
    person: str
    joined: bool


def sync_ended(partner: Partner, run: Run) -> Picture:
    """The direct message to everybody who asked for it."""
    text = f"The sync of {escaped(partner.name)} that you asked for {_ended(partner, run)}"
    return Picture(text, [section(f"{_MARKS.get(run.outcome or '', ':zzz:')} {text}")])


_MARKS = {
    APPLIED: ":white_check_mark:",
    NO_CHANGE: ":white_check_mark:",
    HELD: ":raised_hand:",
    FAILED: ":warning:",
}


def _ended(partner: Partner, run: Run) -> str:
    reason = escaped(run.reason)
    if run.outcome == APPLIED:
        return f"is done: {changes(run)}. {reason}".strip()
    if run.outcome == NO_CHANGE:
        return f"is done: its roster is as it was, so nothing was changed. {reason}".strip()
    if run.outcome == HELD:
        return (
            f"is held. {reason} No school and no account was changed. "
            f"Its card in <#{partner.channel}> asks what to do."
        )
    if run.outcome == FAILED:
        return (
            f"failed. {reason} No school and no account was changed. "
            "Mend the cause and sync again; the next night tries as well."
        )
    if run.outcome == SUPERSEDED:
        return f"was not needed any more. {reason}"
    return f"found nothing to read. {reason} No school and no account was changed."
