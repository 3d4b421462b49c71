"""The addresses of a partner's admins are read from Slack, and nobody waits for long."""

import threading
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.people import People

LONG = 30.0


class Slack:
    """Two people and a group; `silent` answers only when the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def users_info(self, user: str) -> dict[str, Any]:
        if user == "U0SILENT":
            self.over.wait(LONG)
            raise SlackClientError("too late")
        return {"user": {"profile": {"email": f"{user.lower()}@lincoln.example"}}}

    def usergroups_users_list(self, usergroup: str) -> dict[str, Any]:
        if usergroup == "S0UNREAD":
            raise SlackClientError("no_such_subteam")
        return {"users": ["U0BO", "U0CY"]}


@pytest.fixture
def slack() -> Iterator[Slack]:
    slack = Slack()
    yield slack
    slack.over.set()


@pytest.fixture
def people(slack: Slack) -> Iterator[People]:
    people = People(cast(WebClient, slack))
    yield people
    slack.over.set()
    people.close()


def test_users_and_the_members_of_groups_have_their_addresses(people: People) -> None:
    assert people.addresses(["U0ANA", "S0ADMINS"], LONG) == {
        "U0ANA": "u0ana@lincoln.example",
        "U0BO": "u0bo@lincoln.example",
        "U0CY": "u0cy@lincoln.example",
    }


def test_a_group_that_cannot_be_read_is_named(people: People) -> None:
    found = people.addresses(["U0ANA", "S0UNREAD"], LONG)
    assert found == {"U0ANA": "u0ana@lincoln.example", "S0UNREAD": ""}


def test_nobody_waits_for_what_slack_does_not_tell_in_time(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait_for_the_first(asked: Collection[Future[Any]], timeout: float) -> None:
        """As if the time were over as soon as the other one has been told."""
        waited.append(timeout)
        wait(asked, LONG, FIRST_COMPLETED)

    people.addresses(["U0ANA"], LONG)
    monkeypatch.setattr("bot.people.wait", wait_for_the_first)
    found = people.addresses(["U0ANA", "U0SILENT"], 0.1)
    assert found == {"U0ANA": "u0ana@lincoln.example", "U0SILENT": ""}
    assert all(seconds <= 0.1 for seconds in waited)
