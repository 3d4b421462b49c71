"""A click is answered in time, also when everything that it waits for is slow at once."""

import pytest

from handlers import desk, patience
from storage.database import LOCK_TIMEOUT
from tests.harness.patience import LONG
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


def test_a_lock_gets_what_the_question_who_it_is_has_left(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    transaction = type(workspace.stores).transaction

    def noting(self, patience: float = LOCK_TIMEOUT):
        given.append(patience)
        return transaction(self, patience)

    # As if Slack had taken its time: the clock of the click is ahead.
    monkeypatch.setattr(patience, "SECONDS", LONG / 2)
    monkeypatch.setattr(type(workspace.stores), "transaction", noting)
    card.click("Pause", school="Oak Elementary", by="ana")
    assert 0 < given[0] <= patience.SECONDS < desk.LOCK_TIMEOUT
    card.expect_thread("Ana Flores paused Oak Elementary")


def test_whoever_does_not_click_waits_as_long_as_usual() -> None:
    assert patience.left(1.2) == 1.2


def test_what_is_left_never_ends_before_a_free_lock_is_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 7.0
    monkeypatch.setattr(patience, "monotonic", lambda: now)
    with patience.within_a_click():
        now += 1
        assert patience.left(100.0) == patience.SECONDS - 1
        now += patience.SECONDS
        assert patience.left(1.2) == patience.LEAST
    assert patience.left(1.2) == 1.2
