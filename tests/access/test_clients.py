"""Who may ask, about whom, and how often; and that nobody learns of what is not theirs."""

from collections.abc import Callable
from itertools import product

import httpx
import pytest

from bot.access.pace import AT_ONCE, BATCHED, PER_SECOND
from tests.access.door import FIRST_TOKEN, Door

PROBLEM = "application/problem+json"


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """Everything that a client can see of an answer, but for what counts its own questions."""
    headers = {name: value for name, value in answer.headers.items() if name != "ratelimit"}
    return answer.status_code, headers, answer.content


# Tokens


def test_a_token_opens_what_it_was_made_for(door: Door) -> None:
    cedar = door.office.declare("cedar")
    everywhere, at_cedar = door.client("everywhere"), door.client("at cedar", cedar)
    assert door.ask("kim", token=everywhere).status_code == 200
    assert door.ask("kim", token=at_cedar).status_code == 404
    door.token = door.client("at both", cedar, door.office.partner)
    assert door.ask("kim").status_code == 200


def test_a_client_of_all_partners_may_ask_about_later_ones(door: Door) -> None:
    door.token = door.client("everywhere")
    later = door.office.declare("later")
    door.office.partner = later
    door.night()
    assert door.ask("kim", "later").status_code == 200


def test_a_revoked_token_opens_nothing_from_then_on(door: Door) -> None:
    door.token = door.client("website")
    assert door.ask("kim").status_code == 200
    with door.office.stores.transaction() as store:
        store.tokens.revoke("website")
    assert door.ask("kim").status_code == 401
    door.token = door.client("website")
    assert door.ask("kim").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {FIRST_TOKEN}",
        FIRST_TOKEN,
        f"Bearer {FIRST_TOKEN}x",
        f"Bearer {FIRST_TOKEN[:-1]}",
        f"Bearer {FIRST_TOKEN} x",
        "Bearer recess__",
        "Bearer recess_00000000_x",
        "Bearer \x00",
    ],
)
def test_whoever_shows_no_token_of_ours_is_told_how(sqlite_door: Door, header: str) -> None:
    sqlite_door.client("website")
    headers = {"Authorization": header} if header else {}
    answer = sqlite_door.ask("kim", token="", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="recess"'
    assert answer.headers["Content-Type"] == PROBLEM
    assert "recess tokens create" in answer.json()["detail"]
    assert "ratelimit" not in answer.headers


def test_half_a_token_is_none(door: Door) -> None:
    token = door.client("website")
    other = door.client("other")
    mixed = f"{token[: token.rindex('_')]}_{other.split('_', 2)[2]}"
    for wrong in (token[:-1], token + "A", token.swapcase(), mixed):
        assert door.ask("kim", token=wrong).status_code == 401


def test_the_name_of_the_scheme_may_be_written_as_one_likes(sqlite_door: Door) -> None:
    headers = {"Authorization": f"bEARER  {FIRST_TOKEN} "}
    assert sqlite_door.ask("kim", token="", headers=headers).status_code == 200


def test_no_token_is_stored(door: Door) -> None:
    token = door.client("website")
    secret = token.split("_", 2)[2]
    with door.office.database.read() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM tokens").all())
    assert secret not in stored
    assert len(secret) >= 43


# Nobody learns of what is not theirs


def test_what_is_not_there_and_what_is_not_theirs_cannot_be_told_apart(door: Door) -> None:
    cedar = door.office.declare("cedar")
    door.freeze("A")
    door.token = door.client("at cedar", cedar)
    asks: list[Callable[[str], httpx.Response]] = [
        lambda partner: door.ask("kim", partner),
        lambda partner: door.ask("nobody", partner),
        lambda partner: door.ask_email("kim@lincoln.example", partner),
    ]
    seen = {str(told(ask(slug))) for ask, slug in product(asks, ("lincoln", "nowhere", "cedar"))}
    [alike] = seen
    assert alike.startswith("(404,")
    # Kim is locked, which this client is not to know; nor is it told the contrary.
    assert "says nothing of a lock" in alike


def test_a_batch_about_what_is_not_theirs_looks_like_one_about_nobody(door: Door) -> None:
    cedar = door.office.declare("cedar")
    door.freeze("A")
    door.token = door.client("at cedar", cedar)
    asked = {"accounts": ["kim"], "emails": ["kim@lincoln.example"]}
    seen = {str(told(door.ask_many(asked, slug))) for slug in ("lincoln", "nowhere", "cedar")}
    assert len(seen) == 1


def test_the_same_queries_answer_for_what_is_there_and_for_what_is_not(door: Door) -> None:
    """One road for all, so that nobody learns by the time that an answer takes."""
    from sqlalchemy import event

    cedar = door.office.declare("cedar")
    door.token = door.client("at cedar", cedar)
    heard: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        heard.append(statement)

    event.listen(door.office.database.engine, "before_cursor_execute", hear)
    roads = []
    for slug in ("lincoln", "nowhere", "cedar"):
        heard.clear()
        door.ask("kim", slug)
        roads.append(list(heard))
    assert roads[0] == roads[1] == roads[2]
    # The beginning, whose token it is, and the account.
    assert len([statement for statement in roads[0] if "SELECT" in statement]) == 2


# How often


def test_a_client_that_asks_too_often_is_told_when_to_ask_again(sqlite_door: Door) -> None:
    door = sqlite_door
    for left in range(AT_ONCE - 1, AT_ONCE - 4, -1):
        answer = door.ask("kim")
        assert answer.headers["RateLimit"].startswith(f'"client";r={left};t=')
        assert answer.headers["RateLimit-Policy"] == f'"client";q={AT_ONCE};w=10'
    door.pace.charge("ACCESS_API_TOKEN", AT_ONCE * BATCHED)
    refused = door.ask("kim")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.headers["Content-Type"] == PROBLEM
    assert refused.headers["RateLimit"] == '"client";r=0;t=10'
    assert door.ask("kim", token=door.client("another")).status_code == 200
    door.seconds += 1
    assert door.ask("kim").status_code == 200


def test_a_batch_counts_by_what_it_asks(sqlite_door: Door) -> None:
    door = sqlite_door
    ids = [f"u{number}" for number in range(1_000)]
    assert door.ask_many({"accounts": ids}).status_code == 200
    assert f"r={AT_ONCE - 12};" in door.ask("kim").headers["RateLimit"]
    door.seconds += 100
    assert f"r={AT_ONCE - 1};" in door.ask("kim").headers["RateLimit"]


def test_a_client_may_ask_at_its_pace_for_ever(sqlite_door: Door) -> None:
    pace = sqlite_door.pace
    for _ in range(3 * AT_ONCE):
        sqlite_door.seconds += 1 / PER_SECOND
        assert not pace.take("steady").wait
    answers = [pace.take("hasty").wait for _ in range(AT_ONCE + 1)]
    assert answers == [0] * AT_ONCE + [1]
