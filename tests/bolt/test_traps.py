"""Bolt's traps, each against the real wiring; each test fails when its trap comes back."""

import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import MetaData, select

import handlers.pause
from tests.harness.patience import LONG, give_up_once
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import lincoln_of
from tests.harness.slack.surfaces import Card

# More than Bolt's five, and more than twice the ten of a Socket Mode client.
MANY = 24


@contextmanager
def roster_being_stored(workspace: Office) -> Any:
    """Somebody else writes: whoever wants to change a school has to wait."""
    with workspace.stores.transaction() as store:
        store.partners.locked("lincoln-usd")
        yield


# 1. A session opened in middleware is closed before the listener runs.


def test_a_click_is_one_unit_of_work_inside_its_listener(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    record = handlers.pause.record

    def watched(store: Any, *rest: Any) -> None:
        seen.append(store.connection.in_transaction() and not store.connection.closed)
        record(store, *rest)

    monkeypatch.setattr("handlers.pause.record", watched)
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")
    assert seen == [True]
    assert workspace.service.database.engine.pool.checkedout() == 0


def test_a_click_that_breaks_in_the_middle_has_changed_nothing(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.pause.record", broken)
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Something went wrong on our side (reference ")
    workspace.expect_trouble("Unexpected error, reference")
    assert lincoln.status("Oak Elementary") == "action_needed"
    assert len(lincoln.history("Oak Elementary")) == 2
    monkeypatch.undo()
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")


def broken(*_: object) -> None:
    raise RuntimeError("planted")


# 2. An exception right after `ack()` takes the acknowledgement back.


def test_what_breaks_in_a_listener_is_answered_with_a_reference_that_the_log_has(
    workspace: Office, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.freeze._form", broken)
    answer = card.click("Freeze", school="Oak Elementary", by="ana")
    assert answer.ok
    told = workspace.expect_ephemeral("ana", "Something went wrong on our side (reference ")
    reference = told.reads.partition("(reference ")[2].partition(")")[0]
    workspace.expect_trouble(f"reference {reference}", "planted")


def test_what_breaks_in_a_form_is_answered_in_the_form(
    workspace: Office, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    modal = workspace.expect_modal("ana", "Freezing")
    monkeypatch.setattr("handlers.freeze.freeze", broken)
    assert modal.submit(reason="Closed").ok
    workspace.expect_modal("ana", "Not done", "Something went wrong on our side (reference ")
    workspace.expect_trouble("Unexpected error, reference")


def test_what_breaks_after_the_acknowledgement_leaves_it_standing(
    workspace: Office, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.replies.Place._perform", broken)
    answer = card.click("Freeze", school="Oak Elementary", by="ana")
    assert answer.ok
    told = workspace.expect_ephemeral("ana", "its answer could not be shown (reference ")
    reference = told.reads.partition("(reference ")[2].partition(")")[0]
    workspace.expect_trouble(f"An answer could not be given, reference {reference}", "planted")


# 3. The default listener pool has five threads, shared by acknowledgements and listeners.


def test_many_people_who_click_while_a_roster_is_stored_are_all_answered_in_time(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered_together(workspace, card, monkeypatch)


def test_so_they_are_by_socket_mode(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Office(sqlite_url, socket_mode=True).open() as office:
        district = lincoln_of(office, tmp_path)
        district.connect()
        district.night(without=["Oak Elementary"])
        card = office.channel("lincoln-alerts").expect_message("1 school needs a decision")
        answered_together(office, card, monkeypatch)


def answered_together(workspace: Office, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits until somebody else was answered: they wait for the lock all at once."""
    all_of_them, pause = threading.Barrier(MANY), handlers.pause.pause

    def together(*asked: Any) -> Any:
        all_of_them.wait(LONG / 2)
        return pause(*asked)

    monkeypatch.setattr("handlers.pause.pause", together)
    monkeypatch.setattr("handlers.desk.LOCK_TIMEOUT", 0.1)
    with roster_being_stored(workspace), ThreadPoolExecutor(MANY) as people:
        clicks = [
            people.submit(card.click, "Pause", school="Oak Elementary", by="ana")
            for _ in range(MANY)
        ]
        answers = [click.result() for click in clicks]
    assert all(answer.ok for answer in answers), answers
    for _ in range(MANY):
        workspace.expect_ephemeral("ana", "Tonight's roster is being stored right now")


# 4. slack_sdk's own client repeats a post whose answer was lost.


def test_a_post_that_slack_took_before_the_connection_broke_is_not_posted_twice(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.misbehave("reset", "chat.postMessage", accepted=True)
    lincoln.night(without=["Oak Elementary"])
    workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    workspace.channel("lincoln-alerts").expect_nothing()


def test_no_client_of_ours_repeats_anything_by_itself(workspace: Office) -> None:
    service = workspace.service
    clients = [service.delivery.slack, service.people.slack, service.bolt.client]
    assert [client.retry_handlers for client in clients] == [[], [], []]


# 5. What nobody listens to is answered 404, which people see as a failure: see test_unheard.


# 6. Bolt's own adapter runs the app on the event loop.


def test_others_are_answered_while_a_click_waits(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def waits(*asked: Any) -> Any:
        begun.set()
        gate.wait(LONG)
        return pause(*asked)

    pause = handlers.pause.pause
    monkeypatch.setattr("handlers.pause.pause", waits)
    with ThreadPoolExecutor(1) as person:
        click = person.submit(card.click, "Pause", school="Oak Elementary", by="ana")
        assert begun.wait(LONG)
        assert get(workspace, "/health/live") == "ok"
        gate.set()
        assert click.result().ok
    card.expect_thread("Ana Flores paused")


def get(workspace: Office, path: str) -> str:
    url = f"http://127.0.0.1:{workspace.server.port}{path}"
    with urllib.request.urlopen(url, timeout=LONG / 2) as answer:
        return str(answer.read().decode())


# 7. Bolt hands over a second time what Slack delivers a second time.


def test_a_click_that_arrives_twice_counts_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.disturb("interactive", duplicate=2)
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")
    assert len(lincoln.history("Oak Elementary")) == 3


def test_forms_that_arrive_twice_count_once(
    workspace: Office, lincoln: District, frozen: Card, asked: Card
) -> None:
    frozen.click("Pause…", by="bo")
    modal = workspace.expect_modal("bo", "Tick the schools")
    workspace.slack.disturb("interactive", duplicate=1)
    modal.submit(tick=["Pine Middle"])
    workspace.expect_ephemeral("bo", "Paused 1 school.")
    frozen.expect_thread("Bo Lindqvist paused Pine Middle")
    asked.click("Approve", by="sam")
    modal = workspace.expect_modal("sam", "Approve the request")
    workspace.slack.disturb("interactive", duplicate=1)
    modal.submit(reason="Fine")
    workspace.expect_direct_message("bo", "approved by Sam Sato")
    frozen.expect_thread("Sam Sato unfroze")
    workspace.expect_no_modal("sam")


def test_a_request_that_arrives_twice_is_answered_once(workspace: Office, frozen: Card) -> None:
    frozen.click("Unfreeze", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral("bo", "Only the support team").click("Request unfreeze", by="bo")
    modal = workspace.expect_modal("bo", "Request unfreeze")
    workspace.slack.disturb("interactive", duplicate=1)
    modal.submit(reason="Please")
    workspace.expect_ephemeral("bo", "The support team has been asked")
    frozen.expect_thread("Bo Lindqvist asked support")
    workspace.channel("recess-support").expect_message("Unfreeze requested")


# 8. A client that is told to wait sleeps in the calling thread.


def test_a_click_never_waits_as_long_as_slack_asks(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.misbehave("ratelimited", "views.open", retry_after=30)
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Slack did not open the dialog in time", "try again")
    workspace.slack.misbehave("ratelimited", "usergroups.users.list", times=None, retry_after=30)
    workspace.forget_people()
    card.click("Pause", school="Oak Elementary", by="bo")
    workspace.expect_ephemeral("bo", "could not be checked")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_click_does_not_wait_for_the_dialog_that_it_opens(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, views_open = threading.Event(), WebClient.views_open

    def slow(*asked: Any, **given: Any) -> Any:
        assert answered.wait(LONG / 2), "the click waited for its dialog"
        return views_open(*asked, **given)

    monkeypatch.setattr(WebClient, "views_open", slow)
    assert card.click("Freeze", school="Oak Elementary", by="ana").ok
    answered.set()
    workspace.expect_modal("ana", "Freezing Oak Elementary")


@pytest.mark.parametrize("kind", ["reset", "status", "html", "timeout"])
def test_a_dialog_that_slack_does_not_open_is_told(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    if kind == "timeout":
        give_up_once(monkeypatch, workspace.slack, "views.open")
    workspace.slack.misbehave(kind, "views.open")
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral("ana", "Slack did not open the dialog in time", "try again")


# 9. slack_sdk's installation store keeps tokens in plain text.


def test_no_token_and_no_secret_is_in_the_database(
    workspace: Office, lincoln: District, asked: Card
) -> None:
    app = workspace.slack.app
    stored = everything_stored(workspace)
    assert "Oak Elementary" in stored
    for secret in (app.bot_token, app.app_token, app.signing_secret):
        assert secret not in stored


def everything_stored(workspace: Office) -> str:
    found = MetaData()
    with workspace.service.database.read() as connection:
        found.reflect(connection)
        rows = [connection.execute(select(table)).all() for table in found.tables.values()]
    return repr(rows)
