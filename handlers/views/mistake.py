""" "This is a mistake": the form, the card for the support team, and what reporters are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.sentences import STATUS_WORDS, counted, listed, school_title
from handlers.views.blocks import (
    Block,
    Picture,
    actions,
    button,
    context,
    divider,
    escaped,
    modal,
    quoted,
    section,
    shortened,
    text_input,
    when,
    within,
)
from handlers.views.ids import (
    ANSWER_CASE,
    ANSWER_FORM,
    CLOSE_CASE,
    CLOSE_FORM,
    REPORT_FORM,
    REPORT_SYNC,
    Target,
)
from handlers.views.syncing import Synced, sync_asked, sync_now_button
from storage.cases import OPEN, Case, Closing, Report
from storage.partners import Partner
from storage.runs import Run
from storage.schools import School

WHAT, ANSWER = "what", "answer"
REPORTS_SHOWN = 5
# Bytes of what people wrote, of which a card shows two parts, and characters of a source's id.
BYTES, ID = 4_000, 60

# What a line about a case says, once it is as it is now.
CaseNote = Callable[[Partner, Case, School], Picture]

# How a school comes back, by the kind of the partner's roster source.
_REMEDIES = {
    "clever": "Share the school with us again in Clever",
    "classlink": "Share the school with us again in ClassLink",
    "oneroster": "Let the school be part of what your OneRoster service gives us again",
    "oneroster-csv": "Put a set of files that has the school where we read it",
    "tp-connector": "Let TP Connector put a complete batch that has the school into its folder",
    "csv": "Upload a set that has the school, with `/schools upload`",
}
_SOURCES = {
    "clever": "Clever",
    "classlink": "ClassLink",
    "oneroster": "OneRoster service",
    "oneroster-csv": "OneRoster files",
    "tp-connector": "TP Connector",
    "csv": "uploaded files",
}


@dataclass(frozen=True)
class CaseFacts:
    """A case with everything its card shows. `run` is the last one when it was opened."""

    case: Case
    partner: Partner
    school: School
    run: Run | None
    people: int


def report_form(
    target: Target,
    partner: Partner,
    school: School,
    people: int,
    case: Case | None,
    synced: Synced | None = None,
) -> Block:
    """First how the school comes back by itself, then the way to the support team.

    `synced` is what stands in place of the button, once it was pressed.
    """
    title = f"*{escaped(school_title(school))}* {_missing(school, people)}"
    blocks = [
        section(title),
        section(f"*Try this first.* {_remedy(partner)}"),
        *([] if partner.uploaded else [_sync(partner, synced)]),
        divider(),
        section("*If that is not it, ask the support team.* The school stays as it is meanwhile."),
        *([context(_reported_before(case))] if case else []),
        text_input(WHAT, "What happened?", "The support team reads it, and so does the channel."),
    ]
    return modal(REPORT_FORM, "This is a mistake", blocks, target.packed(), "Ask support")


def _sync(partner: Partner, synced: Synced | None) -> Block:
    if synced is not None:
        told = sync_asked(partner, synced.run, synced.person, joined=synced.joined)
        return context(f":arrows_counterclockwise: {told}")
    return actions("remedy", sync_now_button(partner, REPORT_SYNC))


def _missing(school: School, people: int) -> str:
    seen = f"was last in the roster {when(school.last_seen_at)}" if school.last_seen_at else ""
    return f"{seen or 'is not in the roster'}; {counted(people, 'person', 'people')} affected."


def _remedy(partner: Partner) -> str:
    kind = str(partner.source.get("kind", ""))
    first = _REMEDIES.get(kind, "Let the school be in the roster again")
    if partner.uploaded:
        return f"{first}. It becomes Active by itself when you have applied the upload."
    return f"{first}, then press *Sync now*. It becomes Active by itself when the sync finds it."


def _reported_before(case: Case) -> str:
    who = listed([escaped(report.name) for report in case.reports[:REPORTS_SHOWN]])
    return f"{who} reported it {when(case.opened_at)}; what you write is added to that."


def case_card(facts: CaseFacts) -> Picture:
    """The card in the support channel, with Answer and Close while the case is open."""
    case, school = facts.case, facts.school
    title = f"{school_title(school)} of {facts.partner.name}"
    sentence = f"Reported as a mistake: {title}."
    blocks = [
        section(f"*Reported as a mistake: {escaped(title)}*"),
        section(_facts(facts)),
        section(within(_reports(case.reports), BYTES)),
        *([section(within(_answered(case), BYTES))] if case.answer else []),
    ]
    if case.state == OPEN:
        return Picture(escaped(sentence), [*blocks, _buttons(facts)])
    outcome = f"Closed: {closed_how(case)}"
    at = f" {when(case.closed_at)}" if case.closed_at else ""
    blocks.append(section(f":white_check_mark: *{escaped(outcome)}*{at}"))
    return Picture(escaped(f"{sentence} {outcome}."), blocks)


def _facts(facts: CaseFacts) -> str:
    school, run = facts.school, facts.run
    kind = str(facts.partner.source.get("kind", ""))
    seen = when(school.last_seen_at) if school.last_seen_at else "in the last roster"
    lines = [
        f"Source: {escaped(_SOURCES.get(kind, kind))} · Last seen: {seen}",
        f"{STATUS_WORDS[school.status]} since {when(school.since)} · "
        f"{counted(facts.people, 'person', 'people')} affected · "
        f"id {escaped(shortened(school.id, ID))}",
    ]
    if run is not None and run.finished_at is not None:
        outcome = (run.outcome or "").replace("_", " ")
        lines.append(f"Last sync before the report: {outcome} {when(run.finished_at)}")
    return "\n".join(lines)


def _reports(reports: Sequence[Report]) -> str:
    lines = [
        f"• {escaped(report.name)} {when(report.at)}: {escaped(report.reason)}"
        for report in reports[:REPORTS_SHOWN]
    ]
    more = len(reports) - REPORTS_SHOWN
    return "\n".join(lines + ([f"…and {more} more"] if more > 0 else []))


def _answered(case: Case) -> str:
    at = f" {when(case.answered_at)}" if case.answered_at else ""
    return f":speech_balloon: {escaped(case.answered_name or '')}{at}: {escaped(case.answer)}"


def _buttons(facts: CaseFacts) -> Block:
    target = Target(facts.partner.slug, case=facts.case.id).packed()
    sync = [] if facts.partner.uploaded else [sync_now_button(facts.partner)]
    return actions(
        "case",
        button("Answer…", ANSWER_CASE, target, "primary"),
        button("Close…", CLOSE_CASE, target),
        *sync,
    )


def answer_form(form: str, target: Target, school: School, case: Case) -> Block:
    title = f"*{escaped(school_title(school))}*"
    count = len(case.reports)
    people = "the person who reported it gets"
    if count > 1:
        people = f"the {count:,} people who reported it get"
    if form == CLOSE_FORM:
        text = f"{title}: the case is closed, and {people} this by direct message."
        words = ("Close the case", "Close")
    else:
        assert form == ANSWER_FORM
        text = f"{title}: {people} this by direct message. The case stays open."
        words = ("Answer the report", "Answer")
    blocks = [section(text), text_input(ANSWER, "Answer", "Visible in the partner's channel too.")]
    return modal(form, words[0], blocks, target.packed(), words[1])


def joined_note(school: School, report: Report) -> Picture:
    """One line of both threads for a report that joined an open case."""
    text = f"{escaped(report.name)} reported {escaped(school_title(school))} as a mistake too."
    return Picture(text, [section(f"{text}{quoted(report.reason)}")])


def answered_note(partner: Partner, case: Case, school: School) -> Picture:
    """What support has said, to everybody who reported it and for the threads."""
    title = escaped(f"{school_title(school)} of {partner.name}")
    who = escaped(case.answered_name or "The support team")
    verb = "answered" if case.state == OPEN else "closed"
    text = f"{who} {verb} the report that {title} is missing by mistake."
    said = f"{text} {escaped(case.answer)}"
    return Picture(said, [section(f"{text}{quoted(case.answer)}")])


def closed_note(partner: Partner, case: Case, school: School) -> Picture:
    """A case that ended because of what happened to its school."""
    title = escaped(f"{school_title(school)} of {partner.name}")
    text = (
        f"The report that {title} is missing by mistake is closed: "
        f"{escaped(closed_how(case))}. The school is {STATUS_WORDS[school.status]} now."
    )
    return Picture(text, [section(text)])


def closed_how(case: Case) -> str:
    """Not escaped yet."""
    assert case.closed_how is not None
    name = case.closed_name or "The support team"
    return {
        Closing.RETURNED: "the roster has the school again",
        Closing.FROZEN: f"{name} froze the school",
        Closing.LINKED: f"{name} linked the school with the one it was made anew as",
        Closing.RETIRED: f"{name} retired the partner",
        Closing.BY_SUPPORT: f"{name} of the support team closed it",
    }[case.closed_how]
