"""The card of a held roster: what it would do, and the three ways out."""

from collections import Counter
from collections.abc import Mapping, Sequence

from handlers.sentences import counted, school_title, who_loses
from handlers.views.blocks import (
    Block,
    Picture,
    actions,
    button,
    confirmed,
    context,
    escaped,
    quoted,
    section,
    shortened,
    when,
)
from handlers.views.ids import (
    HOLD_APPLY,
    HOLD_APPLY_AND_PAUSE,
    HOLD_DISCARD,
    HOLD_LIST,
    MATCH,
    Target,
)
from storage.differences import Difference
from storage.matches import Matching, State
from storage.partners import Partner
from storage.runs import APPLIED, DISCARDED, HELD, Decision, Run
from storage.schools import titled

NAMED, LONGEST = 15, 80
FROZEN_NAMED = 3

_CHOSEN = {
    Decision.APPLY: "chose to apply it and to decide one by one",
    Decision.APPLY_AND_PAUSE: "chose to apply it and to pause all",
    Decision.DISCARD: "discarded it: the roster is wrong",
}


def hold_card(partner: Partner, run: Run, difference: Difference, nights: int) -> Picture:
    """`run` is the newest one that was held; `nights` counts how often in a row it was the same.

    `difference` is what applying it would do to the schools.
    """
    if run.outcome != HELD:
        return _settled(partner, run)
    title = f"{_which(run)} of {partner.name} is held. {run.reason}"
    blocks = [section(f":raised_hand: *{escaped(title)}*"), section(_figures(run, nights))]
    blocks += [section(line) for line in [*_lines(difference), *_staff(difference, run)]]
    foot = "No school and no account was changed. A clean night settles this by itself."
    asked = len(difference.asked_about)
    blocks += [_under_way(run)] if run.decision else _ways_out(partner, run, asked, foot)
    return Picture(escaped(title), blocks)


def moved_card(partner: Partner, channel: str) -> Picture:
    """What is left of the card in a channel that the partner does not use any more."""
    text = escaped(f"The held roster of {partner.name} is shown in its new channel.")
    return Picture(text, [context(f"{text} It is <#{channel}>.")])


def _which(run: Run) -> str:
    """Not every roster comes at night: somebody may have asked for it, or uploaded it."""
    return "Last night's roster" if run.night else "The roster"


def _lines(difference: Difference) -> list[str]:
    """The first names of every kind; the list that can be downloaded has all of them."""
    gone = [school.title for school in difference.gone]
    staying = len(gone) - len(difference.asked_about)
    stay = f" ({counted(staying, 'stays', 'stay')} paused or frozen)" if staying else ""
    back = [school.title for school in difference.back]
    new = [titled(school.name, school.number) for school in difference.new]
    kinds = {f"Not in it any more{stay}": gone, "In it again": back, "New in it": new}
    return [f"{kind}: {_named(titles)}" for kind, titles in kinds.items() if titles]


def _staff(difference: Difference, run: Run) -> list[str]:
    if not (difference.gone or difference.losing or run.counts.staff_removed):
        return []
    return [who_loses(len(difference.gone), difference.losing)]


def new_source_card(
    partner: Partner, matching: Matching, nights: int, more: Mapping[int, int] | None = None
) -> Picture:
    """The same for a roster of a new source: which of its schools are ours, and who decides.

    `more` is how many more accounts each Frozen school locks then, by its key.
    """
    run = matching.run
    if run.outcome != HELD:
        return _settled(partner, run)
    title = f"{_which(run)} of {partner.name} is held. {run.reason}"
    leaving = [school.title for school in matching.leaving]
    blocks = [section(f":raised_hand: *{escaped(title)}*"), section(_matches(matching, nights))]
    if matching.waiting:
        waiting = _named([school.title for school in matching.waiting])
        blocks.append(section(f":lock: Frozen, so support has to decide first: {waiting}"))
    if locking := locking_lines(matching, more or {}):
        blocks.append(section(escaped("\n".join(locking[:FROZEN_NAMED]))))
    if leaving:
        blocks.append(section(f"Applied now, these become Action Needed: {_named(leaving)}"))
    foot = (
        "No school and no account was changed. The support team matches the schools here; every "
        "night is held until one is applied."
    )
    blocks += [] if run.decision else [_matching(partner, run)]
    blocks += [_under_way(run)] if run.decision else _ways_out(partner, run, len(leaving), foot)
    return Picture(escaped(title), blocks)


def locking_lines(matching: Matching, more: Mapping[int, int]) -> list[str]:
    """What the freeze of a school will do to the people whom the new source has there."""
    return [
        f"{shortened(school_title(one.school), LONGEST)} stays Frozen as "
        f"{shortened(titled(one.new.name, one.new.number), LONGEST)}: "
        f"{counted(more[one.school.key], 'more account')} will be locked."
        for one in matching.schools
        if one.new is not None and more.get(one.school.key)
    ]


def _matching(partner: Partner, run: Run) -> Block:
    target = Target(partner.slug, run=run.id).packed()
    return actions("match", button("Match schools…", MATCH, target, "primary"))


def matched_note(name: str, matching: Matching, reason: str) -> Picture:
    """One line of the audit trail for what support decided about a new source."""
    text = escaped(f"{name} matched the schools of the new source. {tally(matching)}.")
    return Picture(text, [section(f"{text}{quoted(reason)}")])


def decided_note(run: Run, reason: str) -> Picture:
    """One line of the audit trail; from Slack no reason is asked for."""
    text = escaped(_chosen(run))
    return Picture(text, [section(f"{text}{quoted(reason)}")])


def again_note(partner: Partner, nights: int) -> Picture:
    """For the thread, on every further night that nobody decided; the first of a new one is 1."""
    which = f"the same as before: {nights} nights now" if nights > 1 else "and not the one before"
    text = (
        f"The roster of {partner.name} is held again, {which}. "
        "Nothing was changed; somebody has to decide."
    )
    return Picture(escaped(text), [section(escaped(text))])


def discarded_again_note(partner: Partner, run: Run, nights: int) -> Picture:
    """For support: somebody said the roster is wrong, and it stays as it is."""
    text = (
        f"The roster of {partner.name} was discarded, and is the same again on night {nights}. "
        f"{run.reason} Nothing was changed. Either it is right after all, or its source needs help."
    )
    return Picture(escaped(text), [section(escaped(text))])


def void_note(partner: Partner, run: Run) -> Picture:
    """For the thread: somebody chose to apply the roster, and it was too late for that."""
    text = (
        f"The held roster of {partner.name} was not applied. {run.reason} "
        "The next run of this partner compares anew."
    )
    return Picture(escaped(text), [section(escaped(text))])


def _ways_out(partner: Partner, run: Run, missing: int, foot: str) -> list[Block]:
    """`missing` counts the schools that applying makes missing."""
    target = Target(partner.slug, run=run.id).packed()
    become = counted(missing, "school becomes", "schools become")
    pause = confirmed(
        button(f"Apply and pause all {missing:,}", HOLD_APPLY_AND_PAUSE, target),
        "Apply and pause all?",
        f"You unshared these on purpose: {become} Paused. Staff go on with the last data.",
        "Apply and pause",
    )
    apply = confirmed(
        button("Apply, decide one by one", HOLD_APPLY, target),
        "Apply the roster?",
        (f"{become} Action Needed, and a card asks about each. " if missing else "")
        + "The changes of staff are applied.",
        "Apply",
    )
    discard = confirmed(
        button("Discard", HOLD_DISCARD, target),
        "Discard the roster?",
        "The roster is wrong. Nothing changes; the next night's roster is compared as usual.",
        "Discard",
    )
    pausing = [pause] if missing else []
    listed = button("Download the list", HOLD_LIST, target)
    return [actions("hold", *pausing, apply, discard, listed), context(foot)]


def _under_way(run: Run) -> Block:
    return context(f"{escaped(_chosen(run))}; it is being done.")


def _settled(partner: Partner, run: Run) -> Picture:
    text = f"The held roster of {partner.name} is settled{_how(run)}"
    at = f", {when(run.decided_at)}" if run.decided_at else ""
    told = escaped(text.removesuffix(".") if at else text)
    return Picture(escaped(text), [section(f":white_check_mark: {told}{at}")])


def _how(run: Run) -> str:
    if run.decision and run.outcome in (APPLIED, DISCARDED):
        return f": {_chosen(run)}."
    return f" without being applied. {run.reason}"


def _chosen(run: Run) -> str:
    assert run.decision is not None
    return f"{run.decided_name} {_CHOSEN[run.decision]}"


def _named(titles: Sequence[str]) -> str:
    more = f" and {len(titles) - NAMED:,} more" if len(titles) > NAMED else ""
    return escaped(", ".join(shortened(title, LONGEST) for title in titles[:NAMED])) + more


def _matches(matching: Matching, nights: int) -> str:
    counts = matching.run.counts
    since = f" · the same for {nights} nights" if nights > 1 else ""
    return (
        f"{counted(counts.schools_total, 'school')} and {counts.staff_total:,} staff in it · "
        f"{counted(len(matching.schools), 'school')} known before{since}\n{tally(matching)}"
    )


def tally(matching: Matching) -> str:
    """How far the matching is, as in "6 linked, 1 proposed, 1 without a match"."""
    states = Counter(matched.state for matched in matching.schools)
    parts = [
        f"{states[State.LINKED]:,} linked",
        f"{states[State.PROPOSED]:,} proposed",
        f"{states[State.NONE]:,} not in it any more",
        f"{states[None]:,} without a match",
    ]
    return ", ".join(part for part in parts if not part.startswith("0 ")) or "no school is known"


def _figures(run: Run, nights: int) -> str:
    counts = run.counts
    at = f" · read {when(run.finished_at)}" if run.finished_at else ""
    since = f" · the same for {nights} nights" if nights > 1 else ""
    return (
        f"{counted(counts.schools_missing, 'school')} gone, {counts.schools_total:,} there · "
        f"{counts.staff_removed:,} staff not in it any more, {counts.staff_total:,} there"
        f"{at}{since}"
    )
