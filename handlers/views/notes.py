"""Short messages: the audit trail in a card's thread, and answers to one person."""

from collections.abc import Sequence

from handlers.sentences import STATUS_WORDS, happened, listed, school_title
from handlers.views.blocks import SLACK, Picture, escaped, quoted, section
from storage.partners import Partner
from storage.schools import Change, School

# A bulk pause may name many; the card and the history have all of them.
NAMED = 30


def decided(changes: Sequence[Change]) -> Picture:
    """One line of the audit trail for what one person did with one click."""
    lasts = [(change.last, school_title(change.school)) for change in changes if change.last]
    last, title = lasts[0]
    if len(lasts) == 1:
        text = happened(last, title, SLACK)
    else:
        titles = listed([escaped(title) for _, title in lasts[:NAMED]])
        more = f", and {len(lasts) - NAMED} more" if len(lasts) > NAMED else ""
        text = happened(last, "", SLACK).strip() + f" {titles}{more}"
    return Picture(text, [section(text + quoted(last.reason))])


def returned(schools: Sequence[School]) -> Picture:
    """One line of the audit trail for schools that a snapshot has again."""
    titles = listed([escaped(school_title(school)) for school in schools[:NAMED]])
    more = f", and {len(schools) - NAMED} more," if len(schools) > NAMED else ""
    verb = "is" if len(schools) == 1 else "are"
    text = f"{titles}{more} {verb} shared again: Active."
    return Picture(text, [section(text)])


def linked(school: School, name: str, reason: str) -> Picture:
    """One line of the audit trail for a re-created school that was joined with its older record."""
    text = (
        f"{escaped(name)} linked {escaped(school_title(school))} with the school it was before: "
        f"{STATUS_WORDS[school.status]}."
    )
    return Picture(text, [section(text + quoted(reason))])


def retired(partner: Partner, name: str, reason: str) -> Picture:
    """The last thing that a partner's channel is told."""
    text = (
        f"{escaped(name)} retired {escaped(partner.name)}: its rosters are not read any more and "
        "nothing is asked. Frozen schools stay frozen."
    )
    return Picture(text, [section(text + quoted(reason))])
