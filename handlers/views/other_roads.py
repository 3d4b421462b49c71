"""What people are told when a channel cannot be written to, and by which road."""

from collections.abc import Sequence

from handlers.sentences import listed
from handlers.views.blocks import Picture, context, cut, escaped, section
from storage.partners import Partner
from storage.troubles import APP, ChannelTrouble

# What a channel said may be long; its first lines are enough to go and look.
CONTENT = 2_000

_CAUSES = {
    "is_archived": "it is archived",
    "is_inactive": "it is archived",
    "not_in_channel": "Recess is not in it",
    "channel_not_found": "it does not exist, or Recess is not in it",
}
_REMEDIES = {
    "is_archived": "Unarchive it",
    "is_inactive": "Unarchive it",
    "not_in_channel": "Invite @Recess there",
    "channel_not_found": "Invite @Recess there",
}


def sentence(trouble: ChannelTrouble, whose: str | None) -> str:
    """For the log and the doctor, in plain words; `whose` is None for the support team's."""
    if trouble.channel == APP:
        return (
            f"Slack refuses the app ({trouble.error}): it was uninstalled, or its token was "
            "revoked. Nobody is told anything until it is installed again."
        )
    lost = (
        "What it would show is posted once it is well again."
        if whose is None
        else "Its admins get direct messages instead."
    )
    return (
        f"The channel {trouble.channel} of {whose or 'the support team'} cannot be written to: "
        f"{_cause(trouble)}. {lost} {_remedy(trouble)}."
    )


def speechless(channel: str) -> str:
    """Where the bot cannot speak: a channel, or one person's direct messages."""
    if channel == APP:
        return "The whole app"
    direct = channel.startswith(("U", "W"))
    return f"Direct messages to <@{channel}>" if direct else f"<#{channel}>"


def _cause(trouble: ChannelTrouble) -> str:
    return _CAUSES.get(trouble.error, f"Slack says {trouble.error}")


def _remedy(trouble: ChannelTrouble) -> str:
    first = _REMEDIES.get(trouble.error, "Let apps post there")
    return f"{first}, or name another channel in the settings"


def closed_note(partner: Partner, trouble: ChannelTrouble) -> Picture:
    """For support, once for each trouble."""
    text = (
        f"Nothing can be posted in <#{trouble.channel}> of {escaped(partner.name)}: "
        f"{_cause(trouble)}. Its admins get direct messages instead. {_remedy(trouble)}."
    )
    return Picture(text, [section(f":mailbox_closed: {text}")])


def unreached_note(partner: Partner, unread: Sequence[str], *, nobody: bool) -> Picture:
    """For support, once for each trouble: not everybody could be told by direct message."""
    groups = f": Slack did not tell who is in {listed(unread)}" if unread else ""
    who = "None of the admins" if nobody else "Not all admins"
    text = (
        f"{who} of {escaped(partner.name)} could be told{groups}. "
        "Tell them what its schools need, or decide for them in Home."
    )
    return Picture(text, [section(f":mailbox_closed: {text}")])


def untold_note(partner: Partner, person: str, error: str) -> Picture:
    """For support, once for each trouble and person."""
    text = (
        f"<@{person}>, who administers {escaped(partner.name)}, could not be told by direct "
        f"message either: Slack says {escaped(error)}. Tell them what its schools need."
    )
    return Picture(text, [section(f":mailbox_closed: {text}")])


def opened_note(partner: Partner) -> Picture:
    text = f"The channel of {escaped(partner.name)} can be written to again; what is open is there."
    return Picture(text, [section(text)])


def instead(
    partner: Partner, trouble: ChannelTrouble, said: Picture, *, in_thread: bool
) -> Picture:
    """To an admin: what the channel would have said, and where to act now."""
    why = (
        f"You get this directly because <#{trouble.channel}> of {escaped(partner.name)} cannot be "
        f"written to: {_cause(trouble)}."
    )
    act = (
        "What is decided from now on stands in the history: open Recess under Apps, or type "
        "`/schools history`."
        if in_thread
        else "To decide, open Recess under Apps and look at its Home tab, or type `/schools`."
    )
    text = cut(said.text, CONTENT)
    return Picture(f"{text} {why} {act}", [section(text), context(f"{why} {act}")])
