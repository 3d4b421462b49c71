"""Who is locked, why, since when, and where they are sent: as the product asks and is told."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.door import BASE, Door
from tests.storage.office import person

several = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_nobody_is_locked_while_no_school_is_frozen(door: Door) -> None:
    assert door.lock("kim") == {
        "locked": False,
        "accounts": ["kim"],
        "because": [],
        "since": None,
        "screen": None,
    }


def test_a_freeze_locks_at_once_and_says_why(door: Door) -> None:
    door.freeze("A")
    lock = door.lock("kim")
    assert lock.pop("screen").startswith(f"{BASE}/frozen/")
    oak = {"id": "A", "number": "01", "name": "Oak Elementary", "since": "2026-09-01T02:00:00Z"}
    since = "2026-09-01T02:00:00Z"
    assert lock == {"locked": True, "accounts": ["kim"], "because": [oak], "since": since}
    assert not door.lock("max")["locked"]


def test_two_freezes_lock_until_both_have_ended(door: Door) -> None:
    door.freeze("A")
    door.office.pass_time(3600)
    door.freeze("B")
    lock = door.lock("lee")
    assert [cause["id"] for cause in lock["because"]] == ["A", "B"]
    assert lock["since"] == "2026-09-01T02:00:00Z"
    door.unfreeze("A")
    lock = door.lock("lee")
    assert [cause["id"] for cause in lock["because"]] == ["B"]
    assert lock["since"] == "2026-09-01T03:00:00Z"
    door.unfreeze("B")
    assert not door.lock("lee")["locked"]


def test_a_release_unlocks_one_person_until_the_next_freeze(door: Door) -> None:
    door.freeze("A")
    door.release("kim", "A")
    assert (door.lock("kim")["locked"], door.lock("lee")["locked"]) == (False, True)
    door.unfreeze("A")
    door.freeze("A")
    assert door.lock("kim")["locked"]


def test_whoever_leaves_the_roster_of_a_frozen_school_stays_locked(door: Door) -> None:
    door.freeze("A")
    door.night(person("kim", "C"), person("max", "B"))
    assert [cause["id"] for cause in door.lock("kim")["because"]] == ["A"]
    assert door.lock("lee")["locked"]


def test_whoever_joins_a_frozen_school_is_locked_at_once(door: Door) -> None:
    door.freeze("A")
    door.night(person("kim", "A"), person("lee", "A"), person("max", "B"), person("new", "A"))
    assert door.lock("new")["locked"]


def test_a_retired_partners_locks_stay_in_force(door: Door) -> None:
    door.freeze("A")
    with door.office.stores.transaction() as store:
        assert store.partners.retire(door.office.partner)
    assert door.lock("kim")["locked"]


# By email


def test_an_email_is_compared_without_its_case(door: Door) -> None:
    door.freeze("A")
    for email in ("kim@lincoln.example", "KIM@LINCOLN.EXAMPLE", " Kim@Lincoln.example "):
        assert door.ask_email(email).json()["accounts"] == ["kim"]
        assert door.ask_email(email).json()["locked"]


def test_an_email_is_locked_if_any_account_with_it_is(door: Door) -> None:
    door.night(
        person("one", "A", email="Straße@x.org"),
        person("two", "B", email="STRASSE@x.org"),
        person("max", "C"),
    )
    door.freeze("B")
    lock = door.ask_email("strasse@X.ORG").json()
    assert door.ask_email("STRAßE@x.org").json()["accounts"] == lock["accounts"]
    assert lock["locked"]
    assert lock["accounts"] == ["one", "two"]
    assert [cause["id"] for cause in lock["because"]] == ["B"]


COMPOSED, IN_PARTS = "Jos\u00e9@x.org", "jose\u0301@X.org"


@pytest.mark.parametrize("stored", [COMPOSED, IN_PARTS])
def test_an_accent_may_be_a_letter_of_its_own_or_not(sqlite_door: Door, stored: str) -> None:
    sqlite_door.night(person("jose", "A", email=stored), person("max", "C"))
    sqlite_door.freeze("A")
    for asked in (COMPOSED, IN_PARTS):
        assert sqlite_door.ask_email(asked).json()["locked"]
        assert sqlite_door.ask_many({"emails": [asked]}).json()["emails"][asked]["locked"]
    assert sqlite_door.ask_email("jose@x.org").status_code == 404


def test_one_email_in_two_spellings_is_one_person(sqlite_door: Door) -> None:
    sqlite_door.night(person("one", "A", email=COMPOSED), person("two", "B", email=IN_PARTS))
    sqlite_door.freeze("B")
    assert sqlite_door.ask_email(COMPOSED).json()["accounts"] == ["one", "two"]


def test_a_dotless_i_is_another_letter_and_a_dotted_one_only_itself(sqlite_door: Door) -> None:
    sqlite_door.night(
        person("dotless", "A", email="k\u0131m@x.org"),
        person("dotted", "A", email="K\u0130M@x.org"),
        person("kim", "B", email="KIM@x.org"),
    )
    for asked, id in (("kim", "kim"), ("k\u0131m", "dotless"), ("ki\u0307m", "dotted")):
        assert sqlite_door.ask_email(f"{asked}@X.ORG").json()["accounts"] == [id]


def test_a_plus_in_an_email_need_not_be_encoded(sqlite_door: Door) -> None:
    sqlite_door.night(person("kim", "A", email="kim+pta@x.org"), person("max", "C"))
    sqlite_door.freeze("A")
    for email in ("kim+pta@x.org", "KIM%2Bpta@x.org"):
        assert sqlite_door.get(f"/v1/partners/lincoln/access?email={email}").json()["locked"]


def test_an_email_that_hundreds_share_still_gets_a_short_link(door: Door) -> None:
    door.night(*(person(f"u{n}", "AB"[n // 299], email="none@x.org") for n in range(300)))
    door.freeze("B")
    screen = door.ask_email("none@x.org").json()["screen"]
    assert len(screen) < 300
    assert "Elm Middle" in door.screen(screen).text


@pytest.mark.parametrize("email", [" ", "\x1c", "\t"])
def test_people_without_an_email_are_not_one_person(door: Door, email: str) -> None:
    nobodys = [person("one", "A"), person("two", "A")]
    door.night(*(type(p)(p.id, "", p.given_name, p.family_name, p.schools) for p in nobodys))
    door.freeze("A")
    assert door.ask_email(email).status_code == 404
    assert door.ask_many({"emails": [email]}).json()["emails"] == {email: None}


def test_a_question_without_an_email_says_what_is_missing(door: Door) -> None:
    for query in ("", "?email=", "?mail=a@b.org", "?email=a@b.org&email=c@d.org"):
        answer = door.get(f"/v1/partners/lincoln/access{query}")
        assert (answer.status_code, answer.json()["status"]) == (400, 400)
        assert "?email=" in answer.json()["detail"]


# Many at once


def test_a_batch_answers_for_each_and_says_null_for_the_unknown(door: Door) -> None:
    door.freeze("A")
    asked = {"accounts": ["kim", "max", "nobody", "kim"], "emails": ["LEE@lincoln.example", "x"]}
    answer = door.ask_many(asked).json()
    assert {id: lock and lock["locked"] for id, lock in answer["accounts"].items()} == {
        "kim": True,
        "max": False,
        "nobody": None,
    }
    assert answer["emails"]["LEE@lincoln.example"]["accounts"] == ["lee"]
    assert answer["emails"]["x"] is None
    screens = {
        lock["screen"] for lock in (answer["accounts"]["kim"], *answer["emails"].values()) if lock
    }
    assert len(screens) == 2


def test_a_batch_says_what_the_single_questions_say(door: Door) -> None:
    door.freeze("B")
    locks = door.ask_many({"accounts": ["kim", "lee", "max"]}).json()["accounts"]
    assert locks == {id: door.lock(id) for id in locks}


def test_a_thousand_are_a_batch_and_one_more_is_not(door: Door) -> None:
    ids = [f"u{number}" for number in range(998)] + ["kim", "max"]
    assert len(door.ask_many({"accounts": ids, "emails": ids}).json()["accounts"]) == 1_000
    answer = door.ask_many({"accounts": [*ids, "lee"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/accounts"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"accounts": ["kim", 7]}, "/accounts/1"),
        ({"accounts": "kim"}, "/accounts"),
        ({"email": ["kim@lincoln.example"]}, "/email"),
        (["kim"], ""),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_where_it_is_wrong(
    sqlite_door: Door, body: object, pointer: str
) -> None:
    answer = sqlite_door.ask_many(body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert "kim" not in answer.text


def test_of_many_mistakes_the_first_are_named(sqlite_door: Door) -> None:
    errors = sqlite_door.ask_many({"accounts": list(range(1_000))}).json()["errors"]
    assert [error["pointer"] for error in errors] == [f"/accounts/{n}" for n in range(20)]


def test_a_body_has_to_be_json_and_not_too_large(sqlite_door: Door) -> None:
    path = "/v1/partners/lincoln/access"
    plain = sqlite_door.request("POST", path, content=b"{}")
    assert (plain.status_code, plain.json()["title"]) == (415, "Unsupported Media Type")
    broken = sqlite_door.request(
        "POST",
        path,
        content=b'{"accounts": ["\\ud800"]}',
        headers={"Content-Type": "application/json"},
    )
    assert broken.status_code == 422
    large = sqlite_door.ask_many({"accounts": ["x" * 1_000_001]})
    assert large.status_code == 413


# Ids as the source writes them

STRANGE = (
    "a/b",
    "a/access",
    "/",
    "..",
    "ü ?#%&+",
    "a%2Fb",
    "line\nbreak",
    "\u00e9",
    "e\u0301",
    " ",
)


def test_an_id_may_hold_anything(door: Door) -> None:
    door.night(*(person(id, "A", email=f"{n}@x.org") for n, id in enumerate(STRANGE)))
    door.freeze("A")
    many = door.ask_many({"accounts": list(STRANGE)}).json()["accounts"]
    for id in STRANGE:
        assert many[id]["accounts"] == [id]
        # A client that follows the URL standard takes ".." out of a path.
        assert id == ".." or door.lock(id)["accounts"] == [id]


def test_a_slash_that_was_not_encoded_is_one_of_the_id(sqlite_door: Door) -> None:
    sqlite_door.night(person("a/b", "A"), person("max", "C"))
    answer = sqlite_door.get("/v1/partners/lincoln/accounts/a/b/access")
    assert answer.json()["accounts"] == ["a/b"]


@pytest.mark.parametrize("raw", ["%00", "kim%00", "%ff", "%ED%A0%80", "KIM", "kim%20", "%"])
def test_what_is_nobodys_id_is_unknown(door: Door, raw: str) -> None:
    assert door.get(f"/v1/partners/lincoln/accounts/{raw}/access").status_code == 404
    assert door.get(f"/v1/partners/lincoln%00/accounts/{raw}/access").status_code == 404


@several
@given(id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_any_text_is_answered(sqlite_door: Door, id: str) -> None:
    assert sqlite_door.ask_many({"accounts": [id], "emails": [id]}).status_code == 200
    assert sqlite_door.ask_email(id).status_code in (200, 404)


# Asking again


def test_the_same_answer_has_the_same_tag_and_is_not_sent_again(door: Door) -> None:
    door.freeze("A")
    first = door.ask("kim")
    again = door.ask("kim", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    among = f'"x", {first.headers["ETag"].removeprefix("W/")}'
    assert door.ask("kim", headers={"If-None-Match": among}).status_code == 304
    assert door.ask("kim", headers={"If-None-Match": "*"}).status_code == 304


def test_every_change_of_the_lock_changes_the_tag(door: Door) -> None:
    tags = [door.ask("lee").headers["ETag"]]
    door.freeze("A")
    tags.append(door.ask("lee").headers["ETag"])
    door.freeze("B")
    tags.append(door.ask("lee").headers["ETag"])
    door.release("lee", "A")
    tags.append(door.ask("lee").headers["ETag"])
    assert len(set(tags)) == len(tags)
    for tag in tags[:-1]:
        assert door.ask("lee", headers={"If-None-Match": tag}).status_code == 200


def test_a_kept_address_of_the_screen_is_made_anew_in_time(door: Door) -> None:
    door.freeze("A")
    tag = door.ask("kim").headers["ETag"]
    door.office.moment += timedelta(days=1)
    assert door.ask("kim", headers={"If-None-Match": tag}).status_code == 200


def test_a_client_that_asks_daily_never_keeps_a_dead_address(sqlite_door: Door) -> None:
    door = sqlite_door
    door.freeze("A")
    kept, tag = "", "none"
    for _ in range(40):
        answer = door.ask("kim", headers={"If-None-Match": tag})
        if answer.status_code == 200:
            kept, tag = answer.json()["screen"], answer.headers["ETag"]
        assert door.screen(kept).status_code == 200
        door.office.moment += timedelta(hours=23)


@pytest.mark.parametrize("changed", [{"base": "https://other.example"}, {"key": "x" * 43}])
def test_other_addresses_have_another_tag(sqlite_door: Door, changed: dict[str, str]) -> None:
    door = sqlite_door
    door.freeze("A")
    before = {id: door.ask(id) for id in ("kim", "max")}
    vars(door).update(changed)
    door.open()
    after = {
        id: door.ask(id, headers={"If-None-Match": answer.headers["ETag"]})
        for id, answer in before.items()
    }
    # Max is not locked, so there is no address in the answer.
    assert {id: answer.status_code for id, answer in after.items()} == {"kim": 200, "max": 304}
    assert after["kim"].json()["screen"] != before["kim"].json()["screen"]


def test_nobody_in_between_keeps_an_answer(door: Door) -> None:
    assert door.ask("kim").headers["Cache-Control"] == "private, no-cache"
    for answer in (
        door.ask("nobody"),
        door.ask("kim", token="wrong"),
        door.ask_many({"accounts": ["kim"]}),
        door.get("/v1/nothing"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
