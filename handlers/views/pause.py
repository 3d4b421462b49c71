"""The modal to pause several schools by ticking their names."""

from collections.abc import Sequence

from handlers.sentences import counted
from handlers.views.blocks import MODAL_BLOCKS, OPTIONS, Block, checkboxes, modal, option, section
from handlers.views.ids import PAUSE_FORM, Target
from storage.schools import School

# Groups of ten names; the rest of the modal is one section.
SHOWN = (MODAL_BLOCKS - 2) * OPTIONS


def pause_form(target: Target, waiting: Sequence[tuple[School, int]]) -> Block:
    """`waiting` has each school that needs a decision with the number of people there."""
    shown = waiting[:SHOWN]
    groups = [shown[i : i + OPTIONS] for i in range(0, len(shown), OPTIONS)]
    intro = (
        "Tick the schools to pause. Staff go on with the last data, and a school becomes active "
        "by itself when it is shared again."
    )
    if len(waiting) > len(shown):
        intro += f" These are the first {len(shown):,} of {len(waiting):,}."
    blocks = [section(intro), *(_group(i, group) for i, group in enumerate(groups))]
    return modal(PAUSE_FORM, "Pause schools", blocks, target.packed(), "Pause")


def _group(number: int, schools: Sequence[tuple[School, int]]) -> Block:
    label = "Schools" if number == 0 else "More schools"
    return checkboxes(f"schools:{number}", label, [_option(*school) for school in schools])


def _option(school: School, people: int) -> Block:
    # The key is ours and short; a source's id may be longer than an option's value can be.
    number = f"{school.number} · " if school.number else ""
    description = f"{number}{counted(people, 'person', 'people')}"
    return option(school.name, f"{school.key}:{school.version}", description)
