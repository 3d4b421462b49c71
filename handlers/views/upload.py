"""The dialog that takes files, and the message that says what they would do and what they did."""

from collections.abc import Sequence

from handlers.sentences import counted, listed
from handlers.views.blocks import (
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
    text_input,
    within,
)
from handlers.views.ids import (
    CONFIRM_FORM,
    UPLOAD,
    UPLOAD_APPLY,
    UPLOAD_DISCARD,
    UPLOAD_FORM,
    Target,
)
from handlers.views.runs import changes
from storage.partners import Partner
from storage.rules.breaker import Trip
from storage.runs import APPLIED, DISCARDED, HELD, Run
from storage.uploads import ADDED, ADDING, CHECKING, REFUSED, SHOWN, UNCHANGED, Handed, Line
from storage.uploads import DISCARDED as GIVEN_UP

FILES, TYPED = "files", "typed"
# Slack's own limits of the field (docs.slack.dev, file input element).
MOST_FILES, SLACKS_MEGABYTES = 10, 10
NAMED, NAME = 3, 60
# Of a refusal with many lines, what a message has room for.
REASON = 2_500

_SIGNS = {"+": "Come", "-": "Go", "↩": "Come back", "~": "Change", "!": "Locked at once"}


# Handing files over


def upload_button(partner: Partner) -> Block:
    return button("Upload…", UPLOAD, Target(partner.slug).packed())


def upload_form(target: Target, partner: Partner) -> Block:
    """`target` is the partner, and where the answer is to be given."""
    files = {
        "type": "input",
        "block_id": FILES,
        "label": plain("Files"),
        "hint": plain(
            f"Up to {MOST_FILES} files, .csv or .zip. Slack takes {SLACKS_MEGABYTES} MB for each: "
            "zip what is larger, and put several into one .zip."
        ),
        "element": {
            "type": "file_input",
            "action_id": FILES,
            "filetypes": ["csv", "zip"],
            "max_files": MOST_FILES,
        },
    }
    blocks = [section(_takes(partner)), files, context(_HARMLESS)]
    return modal(UPLOAD_FORM, "Upload", blocks, target.packed(), "Check them")


_HARMLESS = (
    "Nothing is changed by handing them over: you get a direct message with what they would "
    "change, and decide there."
)


def _takes(partner: Partner) -> str:
    name = escaped(partner.name)
    staff = (
        "a *staff list*: one .csv with Staff First Name, Staff Last Name, Staff Email and "
        "Schools, whose people are added and nobody is removed"
    )
    if not partner.uploaded:
        return f"For {name} this takes {staff}. Its roster is read from its source by itself."
    return (
        f"For {name} this takes a whole *roster*: all files of a OneRoster set (manifest.csv, "
        "orgs.csv, users.csv…) or of a Clever-style one (schools.csv, teachers.csv, staff.csv), "
        f"at once or in a .zip. Schools that are not in it need a decision. Or {staff}."
    )


def confirm_form(target: Target, handed: Handed) -> Block:
    """What nobody confirms by habit: more is gone than usual."""
    words = listed_or(confirming(handed))
    blocks = [
        section(f":raised_hand: {escaped(_held(handed))}"),
        text_input(TYPED, f"Type {words} to apply it", lines=False),
    ]
    return modal(CONFIRM_FORM, "Apply the upload?", blocks, target.packed(), "Apply")


def confirming(handed: Handed) -> tuple[str, str]:
    """What can be typed: the partner's name, or how many are gone."""
    return handed.partner.name, str(handed.upload.preview.gone)


def listed_or(words: Sequence[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)


def needs_words(handed: Handed) -> bool:
    """Whether the circuit breaker would stop it."""
    return bool(handed.upload.preview.held)


def _held(handed: Handed) -> str:
    return f"{handed.upload.preview.held} If that is right, apply it; if not, discard it."


def checking(handed: Handed) -> str:
    """The answer to whoever has just handed files over; ready to be shown."""
    return escaped(
        f"{_of(handed)} is being checked. Nothing is changed by that; you get a direct message "
        "with what it would change."
    )


# What became of them


def upload_card(handed: Handed) -> Picture:
    """Follows the upload, and for a roster its run, from the check to what was done."""
    state, run = handed.upload.state, handed.run
    if state == SHOWN and run is not None and run.outcome != HELD:
        return _settled(handed, run)
    if state == SHOWN and run is not None and run.cause == Trip.NEW_SOURCE:
        return _told(":hourglass:", f"{_of(handed)} waits. {_new_source(handed)}")
    if state == SHOWN and not (run and run.decision):
        return _preview(handed)
    if state in (SHOWN, ADDING):
        return _told(":hourglass:", f"{_of(handed)} is being applied.")
    return _ended(handed)


def _ended(handed: Handed) -> Picture:
    reason = handed.upload.reason
    if handed.upload.state == ADDED:
        return _told(":white_check_mark:", f"{_of(handed)} is applied: {reason}")
    if handed.upload.state == UNCHANGED:
        return _told(":white_check_mark:", f"{_of(handed)} changes nothing: {reason}")
    if handed.upload.state == GIVEN_UP:
        return _told(":wastebasket:", f"{_of(handed)} was discarded. Nothing was changed.")
    if handed.upload.state == CHECKING:
        return _told(":hourglass:", f"{_of(handed)} is being checked.")
    assert handed.upload.state == REFUSED
    return _refused(handed)


def _refused(handed: Handed) -> Picture:
    title = f"{_of(handed)} was not taken, and nothing was changed."
    again = button("Upload again…", UPLOAD, Target(handed.partner.slug).packed())
    reason = within(escaped(handed.upload.reason), 6_000)
    blocks = [section(f":no_entry: *{escaped(title)}*"), section(reason), actions("again", again)]
    return Picture(cut(f"{escaped(title)} {reason}", REASON), blocks)


def _settled(handed: Handed, run: Run) -> Picture:
    if run.outcome == APPLIED:
        return _told(":white_check_mark:", f"{_of(handed)} is applied: {changes(run)}.")
    if run.outcome == DISCARDED:
        return _told(":wastebasket:", f"{_of(handed)} was discarded. Nothing was changed.")
    again = "Nothing was changed by this one; upload it again if it is still right."
    return _told(":no_entry:", f"{_of(handed)} was not applied. {run.reason} {again}")


def ended_note(handed: Handed) -> Picture:
    """For the thread below the message, because an edit notifies nobody."""
    text = upload_card(handed).text
    return Picture(text, [section(cut(text, REASON))])


def _preview(handed: Handed) -> Picture:
    preview = handed.upload.preview
    title = f"{_of(handed)} is checked. Nothing is changed yet; this is what it would do."
    held = f":raised_hand: {within(escaped(preview.held), 1_200)}"
    blocks = [
        section(f"*{escaped(title)}*"),
        *_lines("Schools", preview.schools, 4_000),
        *_lines("Staff", preview.staff, 2_000),
        *([section(held)] if preview.held else []),
        actions("upload", *_ways(handed)),
        context(f"{_decisions(handed)} {within(escaped(preview.note), 800)}".strip()),
    ]
    return Picture(cut(escaped(f"{title} {preview.held}".strip()), REASON), blocks)


def _lines(title: str, lines: Sequence[Line], most: int) -> list[Block]:
    """One sort of change below the other, each named by its sign; `most` is in bytes."""
    if not lines:
        return []
    told = [f"*{title}*"]
    for sign in dict.fromkeys(sign for sign, _ in lines):
        named = sign in _SIGNS
        told += [f"_{_SIGNS[sign]}_"] if named else []
        told += [f"{'• ' if named else ''}{escaped(text)}" for s, text in lines if s == sign]
    return [section(within("\n".join(told), most))]


def _ways(handed: Handed) -> list[Block]:
    target = Target(handed.partner.slug, upload=handed.upload.id).packed()
    words = "Apply…" if needs_words(handed) else "Apply"
    return [
        button(words, UPLOAD_APPLY, target, "primary"),
        button("Discard", UPLOAD_DISCARD, target),
    ]


def _decisions(handed: Handed) -> str:
    if handed.run is None:
        return "People are only added; nobody is removed."
    return (
        "Schools that become Action Needed are asked about on the card in "
        f"<#{handed.partner.channel}>; their staff stay as they are until then."
    )


def _new_source(handed: Handed) -> str:
    return (
        "It is the first of a new source, whose schools the support team matches with ours "
        f"first; its card is in the channel of {handed.partner.name}. Nothing was changed."
    )


def _of(handed: Handed) -> str:
    """As in "The upload for Lincoln Unified (schools.csv, staff.csv and 2 more files)"."""
    names = [shortened(file.name, NAME) for file in handed.upload.files]
    more = len(names) - NAMED
    few = names[:NAMED] + ([counted(more, "more file")] if more > 0 else [])
    told = listed(few or ["no files"])
    return f"The upload for {handed.partner.name} ({told})"


def _told(mark: str, text: str) -> Picture:
    told = within(cut(escaped(text), REASON), 8_000)
    return Picture(told, [section(f"{mark} {told}")])
