"""Whatever is stored, every picture is one that Slack takes, and mentions nobody by accident."""

import dataclasses
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import views
from handlers.views import (
    card,
    freeze,
    hold,
    ids,
    link,
    match,
    menu,
    mistake,
    notes,
    other_roads,
    release,
    reminders,
    unfreeze,
)
from handlers.views.blocks import Block, Picture
from storage.cards import Decisions
from storage.locks import Locked
from storage.rules.lifecycle import Status
from storage.runs import Decision, Run
from storage.schools import Change, School, Transition
from tests.harness.fits import assert_fits, assert_mentions_nobody
from tests.views.anything import STRANGER, anything, arguments, some

# The shapes that pictures are made of, and what draws from a database.
NO_PICTURES = {"blocks", "rendering"}
SHOWN = (Picture, Block, Block | None, list[Block])


def like(kind: Any, **fields: Any) -> st.SearchStrategy[Any]:
    """Anything of a type, but with one of the values that are listed in some fields."""
    chosen = st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in fields.items()}
    )
    return st.builds(lambda one, given: dataclasses.replace(one, **given), anything(kind), chosen)


DECISIONS = list(Decision)
MENU = st.lists(st.sampled_from(sorted(menu.LABELS)), min_size=1, max_size=5, unique=True)
LINKABLE = [Status.ACTION_NEEDED, Status.PAUSED, Status.FROZEN]
DONE = st.builds(
    lambda change, last: dataclasses.replace(change, last=last),
    anything(Change),
    anything(Transition),
)

# Where the types allow more than can be: each with the reason why it cannot.
GIVEN: dict[Callable[..., Any], dict[str, st.SearchStrategy[Any]]] = {
    # A note about a decision follows one.
    hold.decided_note: {"run": like(Run, decision=DECISIONS)},
    # Only what happened is told: to one school at least.
    notes.decided: {"changes": some(DONE)},
    notes.returned: {"schools": some(anything(School))},
    reminders.undecided: {"waiting": some(anything(reminders.Waiting))},
    reminders.escalated: {"waiting": some(anything(reminders.Waiting))},
    reminders.open_cases: {"cases": some(anything(reminders.OpenCase))},
    reminders.wishes: {"waiting": some(anything(reminders.Wish))},
    release.released_note: {"people": some(anything(Locked))},
    # It is offered to ask or to release; to lock them is not to tick the box.
    freeze.freeze_form: {
        "showing": like(freeze.Showing, offer=[freeze.Spare.ASK, freeze.Spare.RELEASE])
    },
    mistake.answer_form: {"form": st.sampled_from([ids.ANSWER_FORM, ids.CLOSE_FORM])},
    menu.school_menu: {"choices": MENU},
    # Ours, and ready to be shown.
    release.release_form: {"trouble": st.sampled_from(["", release.TOO_MANY])},
    match.match_form: {"note": st.sampled_from(["", ":warning: Somebody else decided meanwhile."])},
    unfreeze.asked_picture: {"sentence": st.just("The support team has been asked.")},
    other_roads.instead: {
        "said": st.builds(notes.returned, some(anything(School)))
        | st.builds(card.card, anything(Decisions))
    },
    # A school that is linked has to be decided, or was.
    link.link_form: {
        "linking": st.builds(
            lambda linking, old: dataclasses.replace(linking, old=old),
            anything(link.Linking),
            like(School, status=LINKABLE),
        )
    },
}


def pictures() -> Iterator[Any]:
    """Every function of the views that draws something, so that a new one is here at once."""
    for found in pkgutil.walk_packages(views.__path__, f"{views.__name__}."):
        module, name = importlib.import_module(found.name), found.name.rpartition(".")[2]
        if name not in NO_PICTURES:
            for part, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == found.name and draws(function):
                    yield pytest.param(function, id=f"{name}.{part}")


def draws(function: Callable[..., Any]) -> bool:
    """Whether it is a picture of its own; what frames the blocks of others is drawn with them."""
    hints = typing.get_type_hints(function)
    shown = hints.pop("return", None) in SHOWN
    return shown and not function.__name__.startswith("_") and Sequence[Block] not in hints.values()


@pytest.mark.parametrize("picture", list(pictures()))
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_slack_takes_it_and_it_mentions_nobody(
    picture: Callable[..., Any], data: st.DataObject
) -> None:
    shown = picture(**data.draw(arguments(picture, GIVEN.get(picture, {}))))
    for one in shown if isinstance(shown, list) else [shown]:
        if one is not None:
            assert_fits(one)
            assert_mentions_nobody(one, STRANGER)
