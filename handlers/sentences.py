"""What people are told: every refusal with its cause and its remedy, in plain words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.rules.lifecycle import Event, Refusal, Status
from storage.rules.rights import Reason, Right
from storage.schools import Change, School, Transition, titled


@dataclass(frozen=True)
class Medium:
    """Where a sentence will stand: how text is made safe there, and how a time is shown."""

    text: Callable[[str], str]
    when: Callable[[datetime], str]


PLAIN = Medium(str, lambda moment: f"on {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


_DONE = {
    Event.SHARED: "was shared again",
    Event.WENT_MISSING: "went missing from the roster",
    Event.PAUSED: "paused",
    Event.FROZEN: "froze",
    Event.UNFROZEN: "unfroze",
    Event.UNFROZEN_WHILE_MISSING: "unfroze",
    Event.REPORTED: "reported",
    Event.LINKED: "linked",
}

_ADVERBS = {
    Refusal.ALREADY_PAUSED: "is already paused",
    Refusal.ALREADY_FROZEN: "is already frozen",
    Refusal.NOT_FROZEN: "is not frozen",
}

_MAY_NOT = {
    Right.SEE: "see this partner's schools",
    Right.PAUSE: "pause schools",
    Right.REPORT: "report a mistake",
    Right.ANSWER: "answer what was reported as a mistake",
    Right.SYNC: "sync a roster",
    Right.UPLOAD: "upload a roster",
    Right.FREEZE: "freeze schools",
    Right.REQUEST_UNFREEZE: "request an unfreeze",
    Right.UNFREEZE: "unfreeze schools",
    Right.DECIDE_HOLD: "decide about a held roster",
    Right.RELEASE: "release accounts",
    Right.LINK: "link re-created schools",
    Right.MANAGE_PARTNERS: "manage partners",
}


def school_title(school: School) -> str:
    return titled(school.name, school.number)


def refused_right(reason: Reason, right: Right) -> str:
    """Why the answer is no, and what to do."""
    act = _MAY_NOT[right]
    if reason is Reason.OTHER_WORKSPACE:
        return (
            f"Only members of this workspace can {act}; your account belongs to another one. "
            "Nothing was changed. Ask an admin of the partner here to do it."
        )
    if reason is Reason.GROUP_UNREADABLE:
        return (
            f"Whether you may {act} could not be checked: Slack did not tell who is in the user "
            "group. Nothing was changed. Try again in a minute, and tell support if it stays so."
        )
    if reason is Reason.RETIRED:
        return (
            "This partner is retired: its rosters are not read and nothing is decided any more. "
            "Nothing was changed. The support team can still unfreeze its schools."
        )
    if reason is Reason.ADMINISTERS_PARTNER:
        return (
            f"You administer this partner yourself, so you cannot {act} here. "
            "Nothing was changed. Ask another member of the support team."
        )
    if right is Right.UNFREEZE:
        return (
            "Only the support team can unfreeze a school. Nothing was changed. "
            "As an admin of the partner you can request it, with a reason."
        )
    if right is Right.RELEASE:
        return (
            "Only the support team can release accounts. Nothing was changed. As an admin of the "
            "partner you can ask for it in the menu of the frozen school."
        )
    if right is Right.LINK:
        return (
            "Only the support team can link re-created schools. Nothing was changed. As an admin "
            "of the partner you can ask for it: “This is a mistake…” in the menu of the school."
        )
    return (
        f"You are not among the people who may {act} here. Nothing was changed. "
        "The support team decides who may; ask them if it should be you."
    )


def happened(last: Transition, title: str, medium: Medium = PLAIN) -> str:
    """One transition, as in "Ana paused Oak Elementary (0012)"."""
    if last.actor == "sync":
        return f"{medium.text(title)} {_DONE[last.event]}"
    done = f"{medium.text(last.actor_name)} {_DONE[last.event]} {medium.text(title)}"
    return f"{done} as a mistake" if last.event is Event.REPORTED else done


# Why a school cannot be paused that its source still has, by the kind of the source.
_IN_ITS_ROSTER = (
    "is still in its roster, so tonight's sync would set it back to Active. Unshare it first."
)
_STILL_SHARED = {
    "csv": (
        "is in your last upload, so the next one that has it would set it back to Active. "
        "Upload a set without it first."
    ),
    "clever": (
        "is still shared by Clever, so tonight's sync would set it back to Active. "
        "Unshare it first."
    ),
    "classlink": (
        "is still shared by ClassLink, so tonight's sync would set it back to Active. "
        "Unshare it first."
    ),
}


def not_done(change: Change, medium: Medium = PLAIN) -> str:
    """Why one asked change was not made: who did what before, and when."""
    title = school_title(change.school)
    if change.refusal is Refusal.STILL_SHARED and change.held:
        return (
            f"{medium.text(title)} is Active by the last roster that was taken over, and a newer "
            "one is held: decide that first. Nothing was changed."
        )
    if change.refusal is Refusal.STILL_SHARED:
        still = _STILL_SHARED.get(change.source, _IN_ITS_ROSTER)
        return f"{medium.text(title)} {still} Nothing was changed."
    if change.refusal is Refusal.NOTHING_MISSING:
        return (
            f"{medium.text(title)} is in the last roster and Active, so there is nothing to "
            "report. Nothing was changed."
        )
    if change.last is None:
        return f"{medium.text(title)} has changed since. Nothing was changed by this."
    by = f"{happened(change.last, title, medium)} {medium.when(change.last.at)}"
    if change.refusal in _ADVERBS:
        return f"{medium.text(title)} {_ADVERBS[change.refusal]}: {by}. Nothing was changed."
    return f"You were looking at an older state: {by}. Nothing was changed by this."


def who_loses(schools_gone: int, losing: int) -> str:
    """What a roster does to people: far fewer lose a school than are not in it any more."""
    stay = "Staff of the schools that are gone stay at them. " if schools_gone else ""
    some = counted(losing, "person loses", "people lose") if losing else "Nobody loses"
    return f"{stay}{some} a school that is still in it."


def whom_to_ask(contact: str) -> str:
    """For somebody who may do nothing here; `contact` is empty when nobody said."""
    who = contact or "the support team, which decides who may,"
    return f"Ask {who} if it should be you."


def listed(titles: Iterable[str]) -> str:
    """Joins with commas and a final "and"."""
    items = list(titles)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


STATUS_WORDS = {
    Status.ACTIVE: "Active",
    Status.ACTION_NEEDED: "Action Needed",
    Status.PAUSED: "Paused",
    Status.FROZEN: "Frozen",
}
