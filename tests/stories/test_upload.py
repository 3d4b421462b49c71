"""Handing files over in a dialog: checked, shown, and applied by a second click."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from sqlalchemy import select

from bot.commands.doctor import _runs
from bot.slack_files import FileRefused, SlackFiles
from bot.uploads import ATTEMPTS, PREFIX
from handlers.ask import Ask
from handlers.digest import owe_digest
from handlers.hold import decide_hold
from handlers.listening import Click, Fix
from handlers.retire import retire
from handlers.upload import _submitted
from handlers.views.ids import Target
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.rules.rights import Person
from storage.runs import Decision
from storage.store import Store
from storage.tables import uploads
from storage.uploads import GivenFile
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import cedar_of
from tests.harness.slack.surfaces import Card, Modal
from tests.rosters.clever import clever_set, school, staff, teacher
from tests.rosters.sets import Files, in_zip, table
from tests.stories.test_link_and_retire import SAM

CHANNEL = "cedar-alerts"
NUMBERS = {"Cedar High": "101", "Cedar Middle": "102", "Cedar Elementary": "103"}


def roster(without: Iterable[str] = (), people: Mapping[str, str] | None = None) -> Files:
    """Cedar Valley as a Clever-style set; `people` maps a name to a school's number."""
    schools = {name: n for name, n in NUMBERS.items() if name not in without}
    people = people if people is not None else {"Ira Jones": "101", "Kit Lowe": "102"}
    teachers = [
        teacher(f"t{i}", where, First_name=name.split()[0], Last_name=name.split()[1])
        for i, (name, where) in enumerate(people.items())
        if where in schools.values()
    ]
    return clever_set(
        [school(number, name, number) for name, number in schools.items()],
        teachers or [teacher("t0", next(iter(schools.values())))],
        [staff("s9", next(iter(schools.values())))],
    )


def zipped(tmp_path: Path, files: Files) -> bytes:
    return in_zip(tmp_path / "made.zip", files).read_bytes()


@pytest.fixture
def uploaded(workspace: Office, tmp_path: Path) -> District:
    """Cedar Valley, whose roster comes as files; nothing was uploaded yet."""
    district = cedar_of(workspace, tmp_path)
    district.source = {"kind": "csv"}
    district.declare()
    return district


@pytest.fixture
def connected(workspace: Office, uploaded: District) -> District:
    """Its three schools were uploaded and applied."""
    handed(workspace, roster()).click("Apply", by="carmen")
    workspace.channel(CHANNEL).expect_message("Cedar Valley is connected: 3 schools")
    workspace.expect_direct_message("carmen", "is applied")
    return uploaded


def dialog(workspace: Office, by: str = "carmen", in_: str = CHANNEL) -> Modal:
    workspace.command("/schools upload", by=by, in_=in_)
    return workspace.expect_modal(by, "Upload")


def handed(workspace: Office, files: Files, *saying: str, by: str = "carmen") -> Card:
    """What the person is told of these files."""
    dialog(workspace, by).submit(file=files)
    workspace.expect_ephemeral(by, "The upload for Cedar Valley", "is being checked")
    return workspace.expect_direct_message(by, *(saying or ("The upload for Cedar Valley",)))


def statuses(district: District) -> dict[str, Status]:
    with district.office.stores.read() as store:
        return {s.name: s.status for s in store.schools.of(district.stored)}


def leftovers(tmp: Path) -> list[Path]:
    return list(tmp.glob(f"{PREFIX}*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are put for a moment."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


# A roster


def test_the_first_upload_is_shown_before_it_is_applied(
    workspace: Office, uploaded: District, temporary: Path
) -> None:
    card = handed(workspace, roster(), "is checked. Nothing is changed yet")
    card.says("Come", "Cedar High (101): new, Active", "3 added: Ira Jones, Kit Lowe, Ada Byron")
    assert card.buttons == ["Apply", "Discard"]
    assert statuses(uploaded) == {}
    assert leftovers(temporary) == []
    card.click("Apply", by="carmen")
    card.expect_update("is applied: 3 new schools and 3 staff added")
    card.expect_thread("is applied: 3 new schools and 3 staff added")
    workspace.channel(CHANNEL).expect_message("Cedar Valley is connected: 3 schools")
    assert set(statuses(uploaded)) == set(NUMBERS)


def test_a_zip_is_taken_like_several_files(
    workspace: Office, uploaded: District, tmp_path: Path
) -> None:
    card = handed(workspace, {"roster.zip": zipped(tmp_path, roster())}, "(roster.zip)")
    card.says("Cedar High (101): new, Active")


def test_several_files_are_named_and_more_are_counted(
    workspace: Office, uploaded: District
) -> None:
    extra = {"sections.csv": b"a,b\n1,2\n", "enrollments.csv": b"a,b\n1,2\n"}
    handed(workspace, roster() | extra, "schools.csv, teachers.csv, staff.csv and 2 more files")


def test_a_school_that_is_not_in_it_becomes_action_needed_and_gets_a_card(
    workspace: Office, connected: District
) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    card.says("Go", "Cedar Middle (102): missing, Active → Action Needed; its staff (1) stay")
    card.click("Apply", by="carmen")
    card.expect_thread("is applied: 1 school missing now")
    workspace.channel(CHANNEL).expect_message("1 school needs a decision", "Cedar Middle (102)")
    assert statuses(connected)["Cedar Middle"] is Status.ACTION_NEEDED


def test_who_stays_at_a_school_that_is_gone_is_not_told_to_go(
    workspace: Office, uploaded: District
) -> None:
    people = {"Kit Lowe": "102", "Lea Moss": "102", "Max Orr": "101"}
    handed(workspace, roster(people=people)).click("Apply", by="carmen")
    workspace.channel(CHANNEL).expect_message("Cedar Valley is connected")
    workspace.expect_direct_message("carmen", "is applied")
    card = handed(workspace, roster(without=["Cedar Middle"], people={"Ada Orr": "101"}))
    stay, staff = "Staff of the schools that are gone stay at them.", card.reads.split("Staff\n")[1]
    assert staff.startswith(f"{stay} 1 person loses a school that is still in it.\n")
    assert "2 not in it any more: Lea Moss, Max Orr" in staff
    assert "Go" not in staff


def test_people_who_come_go_and_change_are_named(workspace: Office, connected: District) -> None:
    card = handed(workspace, roster(people={"Ira Joneses": "101", "Lea Moss": "103"}))
    card.says("changed: Ira Joneses", "Lea Moss")


def test_what_is_stored_already_changes_nothing_and_asks_nothing(
    workspace: Office, connected: District
) -> None:
    card = handed(workspace, roster(), "changes nothing: 3 schools and 3 staff")
    assert card.buttons == []


def test_discarding_changes_nothing(workspace: Office, connected: District) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    card.click("Discard", by="carmen")
    card.expect_update("was discarded. Nothing was changed.")
    assert statuses(connected)["Cedar Middle"] is Status.ACTIVE


def test_a_double_click_applies_once(workspace: Office, connected: District) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    card.click("Apply", by="carmen")
    card.click("Apply", by="carmen")
    workspace.expect_ephemeral("carmen", "Carmen Díaz applied this upload")
    card.expect_thread("is applied")
    workspace.channel(CHANNEL).expect_message("1 school needs a decision")


def test_slacks_repetition_applies_once(workspace: Office, connected: District) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    workspace.slack.disturb("interactive", duplicate=1)
    card.click("Apply", by="carmen")
    card.expect_thread("is applied")
    workspace.channel(CHANNEL).expect_message("1 school needs a decision")


def test_of_two_uploads_the_later_one_counts(workspace: Office, connected: District) -> None:
    first = handed(workspace, roster(without=["Cedar Middle"]))
    second = handed(workspace, roster(without=["Cedar High"]), by="sam")
    first.expect_update("was not applied. A later run took its place.")
    first.expect_thread("A later run took its place")
    second.click("Apply", by="sam")
    second.expect_thread("is applied: 1 school missing now")
    workspace.channel(CHANNEL).expect_message("Cedar High (101)")
    assert statuses(connected)["Cedar Middle"] is Status.ACTIVE


def test_a_preview_that_is_old_by_now_cannot_be_applied(
    workspace: Office, connected: District
) -> None:
    first = handed(workspace, roster(without=["Cedar Middle"]))
    seen = first.message
    handed(workspace, roster(without=["Cedar High"]), by="sam")
    first.expect_thread("A later run took its place")
    workspace.slack.click(seen, "Apply", by="carmen")
    workspace.expect_ephemeral("carmen", "A later upload took the place of this one")
    assert statuses(connected)["Cedar Middle"] is Status.ACTIVE


def test_rights_that_were_lost_meanwhile_apply_nothing(
    workspace: Office, connected: District
) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    connected.admins = ["U0ANA"]
    connected.declare()
    card.click("Apply", by="carmen")
    workspace.expect_ephemeral("carmen", "You are not among the people who may upload a roster")
    assert statuses(connected)["Cedar Middle"] is Status.ACTIVE


def test_rights_that_were_lost_with_the_dialog_open_hand_nothing_over(
    workspace: Office, uploaded: District
) -> None:
    modal = dialog(workspace)
    uploaded.admins = ["U0ANA"]
    uploaded.declare()
    modal.submit(file=roster())
    workspace.expect_modal("carmen", "You are not among the people who may upload")


def test_a_preview_that_nobody_has_decided_is_called_one_wherever_it_shows(
    workspace: Office, connected: District
) -> None:
    handed(workspace, roster(without=["Cedar Middle"]))
    for home in workspace.open_home("carmen"), workspace.open_home("sam"):
        home.says("An uploaded roster waits since", "has not chosen Apply or Discard yet")
        assert "is held" not in home.reads
    with workspace.stores.read() as store:
        partner = store.partners.named(connected.slug)
        [(verdict, told)] = [(f.verdict, f.text) for f in _runs(store, partner)]
    assert (verdict, "the roster uploaded at" in told) == ("skipped", True)
    with workspace.stores.transaction() as store:
        owe_digest(store, "C0SUPPORT", "digest:x")
    workspace.channel("recess-support").expect_message("1 roster held", "not applied yet")


# More is gone than usual


def test_an_unusual_loss_is_confirmed_by_typing(workspace: Office, connected: District) -> None:
    card = handed(workspace, clever_set([school("9", "Other", "9")]))
    card.says("It has none of the schools that were there before.")
    assert card.buttons == ["Apply…", "Discard"]
    card.click("Apply", by="carmen")
    modal = workspace.expect_modal("carmen", "Type “Cedar Valley” or “3” to apply it")
    answer = modal.submit(typed="Cedar")
    assert answer.errors == {"typed": "This is not “Cedar Valley” or “3”. Nothing was applied yet."}
    assert statuses(connected)["Cedar High"] is Status.ACTIVE
    modal.submit(typed=" cedar valley ")
    card.expect_thread("is applied: 1 new school, 3 schools missing now")
    workspace.channel(CHANNEL).expect_message("3 schools need a decision")


# By other roads


def decided_elsewhere(connected: District, who: Person) -> Ask:
    return Ask(who, connected.slug, [], reason="It is over", via="cli")


def test_retiring_the_partner_settles_the_preview(workspace: Office, connected: District) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    retire(decided_elsewhere(connected, SAM), workspace.service._desk())
    card.expect_update("was not applied. The partner was retired.")
    card.expect_thread("The partner was retired.")
    workspace.forgive(CHANNEL)


def test_discarding_the_run_itself_settles_the_preview(
    workspace: Office, connected: District
) -> None:
    card = handed(workspace, roster(without=["Cedar Middle"]))
    with workspace.stores.read() as store:
        held = store.runs.held(connected.stored)
    assert held is not None
    ask = decided_elsewhere(connected, SAM)
    decide_hold(ask, workspace.service._desk(), held.id, Decision.DISCARD)
    card.expect_update("was discarded. Nothing was changed.")
    card.expect_thread("was discarded")


def test_a_new_source_waits_for_support_and_says_so(workspace: Office, connected: District) -> None:
    with workspace.stores.transaction() as store:
        store.partners.moves(store.partners.locked(connected.slug), new_source=True)
    card = handed(workspace, roster(), "waits. It is the first of a new source")
    assert card.buttons == []
    workspace.channel(CHANNEL).expect_message("is held. It is from a new source")
    workspace.channel("recess-support").expect_message("is held. It is from a new source")


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (lambda store, partner: store.partners.retire(partner), "The partner was retired"),
        (lambda store, partner: store.partners.moves(partner, True), "compared again"),
    ],
    ids=["retired", "another source"],
)
def test_what_becomes_of_the_partner_while_files_are_compared_is_heeded(
    workspace: Office,
    connected: District,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[Store, Partner], object],
    told: str,
) -> None:
    syncing = workspace.service.syncing
    compared = syncing._previewed

    def slowly(*given: Any) -> Any:
        ended = compared(*given)
        with workspace.stores.transaction() as store:
            meanwhile(store, store.partners.locked(connected.slug))
        return ended

    monkeypatch.setattr(syncing, "_previewed", slowly)
    handed(workspace, roster(without=["Cedar Middle"]), "was not taken", told)
    with workspace.stores.read() as store:
        assert store.runs.held(connected.stored) is None


def test_a_sync_that_is_under_way_is_waited_for(workspace: Office, uploaded: District) -> None:
    with workspace.stores.transaction() as store:
        partner = store.partners.locked(uploaded.slug)
        store.runs.here(partner, "another", "somebody else")
    dialog(workspace).submit(file=roster())
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.expect_direct_message("carmen", "is checked. Nothing is changed yet")


def test_the_engine_does_the_same(database_url: str, tmp_path: Path) -> None:
    with Office(database_url, engine=True).open() as office:
        district = cedar_of(office, tmp_path)
        district.source = {"kind": "csv"}
        district.declare()
        card = handed(office, roster(), "is checked. Nothing is changed yet")
        card.click("Apply", by="carmen")
        card.expect_update("is applied: 3 new schools")
        card.expect_thread("is applied")
        office.channel(CHANNEL).expect_message("Cedar Valley is connected: 3 schools")


def test_what_a_killed_process_left_behind_goes(workspace: Office, temporary: Path) -> None:
    for name, hours in (("old", 7), ("new", 1)):
        left = temporary / f"{PREFIX}{name}"
        left.mkdir()
        at = time.time() - hours * 3_600
        os.utime(left, (at, at))
    workspace.service.uploading.tidy()
    assert [left.name for left in leftovers(temporary)] == [f"{PREFIX}new"]


# At fault


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"notes.csv": b"a,b\n1,2\n"}, "neither a staff list nor a set of files"),
        ({"schools.csv": roster()["schools.csv"]}, "is one file of a set"),
        ({"roster.zip": b"PK\x03\x04 cut"}, "roster.zip"),
        ({"a.csv": b"a\n1\n", "b.csv": b"a\n1\n"}, "neither manifest.csv"),
        (
            roster() | {"teachers.csv": roster()["teachers.csv"] + b'999,"t7\n'},
            "teachers.csv",
        ),
    ],
)
def test_a_file_at_fault_is_refused_with_where_and_why(
    workspace: Office, uploaded: District, temporary: Path, files: Files, sentence: str
) -> None:
    card = handed(workspace, files, "was not taken, and nothing was changed", sentence)
    assert card.buttons == ["Upload again…"]
    assert leftovers(temporary) == []
    card.click("Upload again", by="carmen")
    workspace.expect_modal("carmen", "Upload")


def test_the_line_at_fault_is_named(workspace: Office, uploaded: District) -> None:
    files = roster()
    files["teachers.csv"] += b"101,t9\n"
    handed(workspace, files, "line 4", "teachers.csv")


def test_slack_itself_offers_no_other_kinds_of_files(workspace: Office, uploaded: District) -> None:
    answer = dialog(workspace).submit(file={"roster.xlsx": b"x"})
    assert set(answer.errors) == {"files"}


@pytest.mark.parametrize("name", ["roster.xlsx", "roster", ""])
def test_other_kinds_of_files_are_not_taken_from_slack_either(name: str) -> None:
    chosen = {"files": {"files": {"files": [{"id": "F1", "name": name}]}}}
    click = Click("U0ANA", "ana", "T0", Target("cedar-valley"), "", "", values=chosen)
    told = f"{name or 'One file'} is neither .csv nor .zip. Nothing was read."
    assert _submitted(click, None) == Fix({"files": told})  # type: ignore[arg-type]


def test_a_file_that_is_too_large_stays_in_the_dialog(
    workspace: Office, uploaded: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.upload.LARGEST", 10)
    answer = dialog(workspace).submit(file={"roster.zip": b"x" * 11})
    assert "larger than" in answer.errors["files"]


# Slack and the file


def test_slack_being_away_for_ten_minutes_loses_nothing(
    workspace: Office, uploaded: District
) -> None:
    fault = workspace.slack.misbehave("status", method="files.info", status=503, times=8)
    dialog(workspace).submit(file=roster())
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.settle(within=timedelta(minutes=15))
    assert fault.times == 0
    workspace.expect_direct_message("carmen", "is checked. Nothing is changed yet")


def test_slack_being_away_for_good_is_told_in_the_end(
    workspace: Office, uploaded: District
) -> None:
    workspace.slack.misbehave("status", method="files.info", status=503, times=None)
    dialog(workspace).submit(file=roster())
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.settle(within=timedelta(minutes=60))
    workspace.expect_direct_message("carmen", f"It was tried {ATTEMPTS} times")


def test_a_file_that_was_deleted_meanwhile_is_said(workspace: Office, uploaded: District) -> None:
    workspace.slack.misbehave("error", method="files.info", error="file_deleted")
    handed(workspace, roster(), "Slack has schools.csv no more. Upload it again.")


def test_an_app_that_may_not_read_files_is_said(workspace: Office, uploaded: District) -> None:
    modal = dialog(workspace)
    workspace.slack.store.scopes.discard("files:read")
    modal.submit(file=roster())
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.expect_direct_message("carmen", "the app may not read files here", "recess manifest")


def test_a_sign_in_page_is_never_taken_for_the_file(
    workspace: Office, uploaded: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.practice.files.Files._may_read", lambda *_: False)
    handed(workspace, {"list.csv": b"x"}, "Slack gave a page to sign in instead of list.csv")


def test_a_lost_job_is_carried_again(workspace: Office, uploaded: District) -> None:
    dialog(workspace).submit(file=roster())
    assert workspace.hands is not None
    assert [job.kind for job in workspace.hands.drop()] == ["preview"]
    workspace.clock.pass_by(minutes=2)
    workspace.service.sweep()
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.expect_direct_message("carmen", "is checked. Nothing is changed yet")


def test_an_error_of_ours_is_tried_again_and_then_told_with_a_reference(
    workspace: Office, uploaded: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(workspace.service.syncing, "preview", broken)
    dialog(workspace).submit(file=roster())
    workspace.expect_ephemeral("carmen", "is being checked")
    workspace.settle(within=timedelta(minutes=60))
    workspace.expect_direct_message("carmen", "Something went wrong on our side (reference")
    workspace.expect_trouble("failed, reference")


# A staff list


def people_list(*rows: tuple[str, str, str, str]) -> Files:
    header = ("Staff First Name", "Staff Last Name", "Staff Email", "Schools")
    return {"list.csv": table(header, [dict(zip(header, row, strict=True)) for row in rows])}


NIA = ("Nia", "Newton", "nia@cedar.example", "Cedar High")


def test_the_people_of_a_list_are_added(workspace: Office, cedar: District) -> None:
    card = handed(workspace, people_list(NIA))
    card.says("1 person to add, 1 of them new", "nia@cedar.example: Cedar High (101)")
    card.click("Apply", by="carmen")
    card.expect_update("is applied: 1 person was added, nobody was removed.")
    with workspace.stores.read() as store:
        emails = {a.email for a in store.accounts.of(cedar.stored)}
    assert "nia@cedar.example" in emails


def test_a_list_names_who_is_locked_at_once(workspace: Office, cedar: District) -> None:
    cedar.night(without=["Cedar High"])
    asked = workspace.channel(CHANNEL).expect_message("1 school needs a decision")
    asked.click("Freeze", school="Cedar High", by="carmen")
    workspace.expect_modal("carmen", "Freezing").submit(reason="Closed")
    workspace.expect_ephemeral("carmen", "is frozen")
    workspace.forgive(CHANNEL)
    handed(workspace, people_list(NIA), "Locked at once", "Cedar High (101)")


def test_a_list_is_added_once_and_known_people_are_counted(
    workspace: Office, cedar: District
) -> None:
    card = handed(workspace, people_list(NIA))
    seen = card.message
    card.click("Apply", by="carmen")
    card.expect_update("is applied")
    workspace.slack.click(seen, "Apply", by="carmen")
    workspace.expect_ephemeral("carmen", "This upload is decided already")
    handed(workspace, people_list(NIA), "changes nothing", "there already")


def test_a_list_can_be_discarded(workspace: Office, cedar: District) -> None:
    card = handed(workspace, people_list(NIA))
    card.click("Discard", by="carmen")
    card.expect_update("was discarded. Nothing was changed.")


def test_a_list_that_nobody_decides_about_is_forgotten_and_says_so(
    workspace: Office, cedar: District
) -> None:
    card = handed(workspace, people_list(NIA))
    seen = card.message
    workspace.clock.pass_by(days=13)
    workspace.service.uploading.give_up()
    assert card.buttons == ["Apply", "Discard"]
    workspace.clock.pass_by(days=2)
    workspace.service.uploading.give_up()
    card.expect_update("was not taken, and nothing was changed", "Nobody decided about it within")
    assert card.buttons == ["Upload again…"]
    with workspace.stores.read() as store:
        [kept] = store.connection.execute(select(uploads.c.content)).scalars()
    assert kept is None
    workspace.slack.click(seen, "Apply", by="carmen")
    workspace.expect_ephemeral("carmen", "This upload is decided already")


def test_one_line_that_cannot_be_taken_refuses_the_list(workspace: Office, cedar: District) -> None:
    other = ("Oli", "Otis", "oli@cedar.example", "Cedar Hihg")
    card = handed(workspace, people_list(NIA, other), "was not taken", "Line 3", "“Cedar Hihg”")
    assert card.buttons == ["Upload again…"]


def test_a_list_is_checked_again_when_it_is_applied(workspace: Office, cedar: District) -> None:
    card = handed(workspace, people_list(NIA))
    cedar.schools["cedar-valley-101"] = ("Cedar Senior High", "101")
    cedar.night()
    card.click("Apply", by="carmen")
    card.expect_update("was not taken, and nothing was changed", "“Cedar High”")


def test_a_roster_is_refused_where_it_is_read_from_its_source(
    workspace: Office, cedar: District
) -> None:
    dialog(workspace).says("Its roster is read from its source by itself")
    card = handed(workspace, roster(), "only a staff list can be uploaded")
    card.says("comes from its source (oneroster-csv)")


# Who may


def test_a_viewer_may_not_upload(workspace: Office, uploaded: District) -> None:
    uploaded.viewers = ["U0VIC"]
    uploaded.declare()
    workspace.command("/schools upload", by="vic", in_=CHANNEL)
    workspace.expect_ephemeral("vic", "You are not among the people who may upload a roster")


def test_home_offers_the_upload_in_place_of_the_sync(workspace: Office, uploaded: District) -> None:
    home = workspace.open_home("carmen")
    assert "Sync now" not in home.buttons
    home.click("Upload")
    workspace.expect_modal("carmen", "Upload").submit(file=roster())
    workspace.expect_direct_message("carmen", "is checked. Nothing is changed yet")


def test_a_name_longer_than_a_disk_takes_is_no_trouble(
    workspace: Office, uploaded: District, tmp_path: Path
) -> None:
    """Slack counts characters where a disk counts bytes."""
    name = f"{'ж' * 150}.zip"
    handed(workspace, {name: zipped(tmp_path, roster())}, "is checked. Nothing is changed yet")


def test_the_bots_token_never_goes_where_a_file_only_links_to(tmp_path: Path) -> None:
    class Linking:
        token = "xoxb-1"

        def files_info(self, *, file: str) -> dict[str, Any]:
            elsewhere = {"is_external": True, "url_private": "http://127.0.0.1:9/a.csv", "size": 1}
            return {"file": {"id": file, **elsewhere}}

    with pytest.raises(FileRefused, match="only a link in Slack"):
        SlackFiles(cast(WebClient, Linking())).fetch([GivenFile("F1", "a.csv")], tmp_path)
