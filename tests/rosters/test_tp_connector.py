"""TP Connector: batches in a drop folder, picked up, read, and put away."""

import os
import shutil
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.rosters import drops
from storage.roster.last import LastSnapshot
from storage.rules.lifecycle import Event
from storage.runs import Decision
from storage.schools import Actor
from tests.rosters import nights, sets
from tests.rosters.sets import ORGS, USERS, Files, Row, org, set_1p1, table, user

QUIET = timedelta(minutes=11)
LINCOLN, SUPPORT = "C0LINCOLN", nights.SUPPORT


def delta(orgs: Iterable[Row] = (), users: Iterable[Row] = ()) -> Files:
    """A batch of changes; a file without rows is left out."""
    rows = {"orgs": (ORGS, list(orgs)), "users": (USERS, list(users))}
    files = {f"{name}.csv": table(*given) for name, given in rows.items() if given[1]}
    listed = {name: "delta" for name, given in rows.items() if given[1]}
    active = {"manifest.csv": sets.manifest(**listed)}
    return active | files


def there(row: Row) -> Row:
    return {"status": "active", **row}


def gone(row: Row) -> Row:
    return {**row, "status": "tobedeleted"}


@dataclass
class Town(nights.Partner):
    drop: Path = Path()

    def top(self, files: Files) -> None:
        """Upload loose files to the top of the drop folder; they are quiet by now."""
        for name, content in files.items():
            (self.drop / name).write_bytes(content)
            nights.aged(self.drop / name, self.moment - QUIET)

    def folder(self, name: str, files: Files) -> Path:
        path = sets.in_folder(self.drop / name, files)
        nights.aged(path, self.moment - QUIET)
        return path

    def zip(self, name: str, files: Files) -> Path:
        path = sets.in_zip(self.drop / name, files)
        nights.aged(path, self.moment - QUIET)
        return path

    def waiting(self) -> set[str]:
        kept = (drops.ARCHIVE, drops.REJECTED)
        return {path.name for path in self.drop.iterdir() if path.name not in kept}

    def archived(self) -> list[str]:
        return self._names(drops.ARCHIVE)

    def rejected(self) -> list[str]:
        return self._names(drops.REJECTED)

    def report(self) -> str:
        [report] = (self.drop / drops.REJECTED).glob("*.report.txt")
        return report.read_text("utf-8")

    def _names(self, where: str) -> list[str]:
        """What is in there, without the time."""
        found = (self.drop / where).glob("*")
        return [path.name.split("-", 1)[1] for path in sorted(found)]


def town_of(url: str, drop: Path) -> Iterator[Town]:
    drop.mkdir()
    with nights.partner(url) as partner:
        town = Town(partner.stores, partner.syncing, drop=drop)
        town.stores.clock = lambda: town.moment
        town.declare({"kind": "tp-connector", "path": str(drop)})
        yield town


@pytest.fixture
def town(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """A partner that has never been synced."""
    yield from town_of(sqlite_url, tmp_path / "drop")


@pytest.fixture
def stored_town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """The same, on both databases."""
    yield from town_of(database_url, tmp_path / "drop")


@pytest.fixture
def connected(town: Town) -> Town:
    """Its first bulk set was read: u1 at s1, u2 at s2."""
    town.zip("first.zip", set_1p1())
    assert town.sync().outcome == "applied"
    return town


# What is a batch, and when


def test_the_first_bulk_set_connects_the_partner_and_is_archived(stored_town: Town) -> None:
    stored_town.zip("first.zip", set_1p1())
    run = stored_town.night()
    assert (run.outcome, run.counts.schools_new, run.counts.staff_added) == ("applied", 2, 2)
    assert stored_town.waiting() == set()
    assert stored_town.archived() == ["first.zip"]
    assert "connected: 2 schools, 2 staff" in stored_town.told(LINCOLN)[0]


@pytest.mark.parametrize("form", ["top", "folder", "zip"])
def test_a_batch_is_loose_files_or_a_folder_or_a_zip(town: Town, form: str) -> None:
    if form == "top":
        town.top(set_1p1())
    else:
        getattr(town, form)("2027-03-01.zip" if form == "zip" else "2027-03-01", set_1p1())
    assert town.sync().outcome == "applied"
    assert town.waiting() == set()
    assert len(town.archived()) == 1


def test_a_batch_that_still_changes_is_left_alone(town: Town) -> None:
    batch = town.zip("first.zip", set_1p1())
    nights.aged(batch, town.moment + timedelta(hours=1) - timedelta(minutes=9))
    run = town.sync()
    assert (run.outcome, run.cause) == ("skipped", "batch_not_quiet")
    assert "first.zip" in run.reason
    assert "10 minutes" in run.reason
    assert town.waiting() == {"first.zip"}
    assert town.sync().outcome == "applied"


def test_the_time_to_be_quiet_is_the_partners(town: Town) -> None:
    town.declare({"kind": "tp-connector", "path": str(town.drop), "quiet_minutes": 120})
    town.zip("first.zip", set_1p1())
    assert town.sync().cause == "batch_not_quiet"
    assert town.sync().outcome == "applied"


@pytest.mark.parametrize("form", ["top", "folder"])
@pytest.mark.parametrize("file", ["manifest.csv", "users.csv"])
def test_loose_files_wait_until_all_are_there(town: Town, form: str, file: str) -> None:
    whole = set_1p1()
    first = {name: content for name, content in whole.items() if name != file}
    upload = town.top if form == "top" else lambda files: town.folder("batch", files)
    upload(first)
    run = town.sync()
    assert (run.outcome, run.cause) == ("skipped", "batch_incomplete")
    assert f"waits for {file}" in run.reason
    assert town.rejected() == []
    upload(whole)
    assert town.sync().outcome == "applied"


def test_an_unfinished_batch_does_not_keep_a_whole_one_waiting(town: Town) -> None:
    town.folder("unfinished", {"manifest.csv": sets.manifest(orgs="bulk", users="bulk")})
    town.moment += timedelta(minutes=5)
    town.zip("whole.zip", set_1p1())
    assert town.sync().outcome == "applied"
    assert town.waiting() == {"unfinished"}


def test_an_empty_folder_has_no_new_batch(town: Town) -> None:
    (town.drop / "README.txt").write_text("Put the files here.")
    (town.drop / "tmp").mkdir()
    run = town.sync()
    assert (run.outcome, run.cause) == ("skipped", "no_new_batch")


def test_a_manifest_alone_says_no_updates_and_is_archived(connected: Town) -> None:
    connected.zip("nothing.zip", {"manifest.csv": sets.manifest()})
    run = connected.sync()
    assert (run.outcome, run.cause) == ("skipped", "no_batch")
    assert connected.archived() == ["first.zip", "nothing.zip"]


def test_links_and_hidden_files_are_no_batches(town: Town, tmp_path: Path) -> None:
    elsewhere = sets.in_zip(tmp_path / "another.zip", set_1p1())
    (town.drop / "link.zip").symlink_to(elsewhere)
    (town.drop / "folder").symlink_to(tmp_path)
    shutil.copy(elsewhere, town.drop / ".first.zip.part")
    assert town.sync().cause == "no_new_batch"
    assert elsewhere.exists()


def test_a_name_that_is_no_utf_8_is_told_with_a_mark_in_it(town: Town) -> None:
    """As a program on Windows names its uploads; what is told of the run is stored as text."""
    first = town.zip("first.zip", set_1p1())
    first.rename(town.drop / os.fsdecode(b"\xc9cole.zip"))
    run = town.sync()
    assert (run.outcome, run.reason) == ("applied", "Read from the drop folder: �cole.zip.")
    assert town.archived() == ["�cole.zip"]


def test_the_trailing_columns_of_tp_connector_are_tolerated(town: Town) -> None:
    columns = (*USERS, "metadata.language", "metadata.ell")
    rows = [{**user("u1"), "metadata.language": "es", "metadata.ell": "true"}]
    town.zip("first.zip", set_1p1() | {"users.csv": table(columns, rows)})
    run = town.sync()
    assert (run.outcome, run.counts.staff_total) == ("applied", 1)


# What happens to schools and people


def test_the_same_bulk_twice_changes_nothing(connected: Town) -> None:
    before = connected.stored()
    connected.zip("second.zip", set_1p1())
    assert connected.sync().outcome == "no_change"
    assert connected.stored() == before
    assert connected.archived() == ["first.zip", "second.zip"]


@pytest.mark.parametrize("way", ["bulk", "delta"])
def test_a_school_goes_and_comes_back(connected: Town, way: str) -> None:
    connected.zip("go.zip", set_1p1([org("s1")]) if way == "bulk" else delta([gone(org("s2"))]))
    assert connected.sync().counts.schools_missing == 1
    assert connected.statuses() == {"s1": "active*", "s2": "action_needed"}
    connected.zip("come.zip", set_1p1() if way == "bulk" else delta([there(org("s2"))]))
    assert connected.sync().counts.schools_returned == 1
    assert connected.statuses() == {"s1": "active*", "s2": "active*"}


@pytest.mark.parametrize("way", ["bulk", "delta"])
def test_all_schools_gone_is_held_and_the_batch_stays(connected: Town, way: str) -> None:
    away = [gone(org("s1")), gone(org("s2"))]
    batch = set_1p1([org("d1", kind="district")]) if way == "bulk" else delta(away)
    connected.zip("empty.zip", batch)
    assert [connected.night().outcome, connected.night().outcome] == ["held", "held"]
    assert connected.waiting() == {"empty.zip"}
    assert connected.statuses() == {"s1": "active*", "s2": "active*"}


@pytest.mark.parametrize("way", ["bulk", "delta"])
def test_all_staff_gone_is_held(connected: Town, way: str) -> None:
    students = [user("c1", role="student")]
    away = [gone(user("u1")), gone(user("u2", "s2"))]
    connected.zip("empty.zip", set_1p1(users=students) if way == "bulk" else delta(users=away))
    run = connected.sync()
    assert (run.outcome, run.cause) == ("held", "all_staff_gone")


def test_in_a_delta_absence_means_nothing(stored_town: Town) -> None:
    stored_town.zip("first.zip", set_1p1())
    stored_town.sync()
    stored_town.zip("more.zip", delta([there(org("s3"))], [there(user("u3", "s1,s3"))]))
    run = stored_town.sync()
    assert (run.counts.staff_added, run.counts.staff_changed, run.counts.staff_removed) == (1, 0, 0)
    assert (run.counts.schools_total, run.counts.staff_total) == (3, 3)


def test_a_delta_that_repeats_what_is_stored_is_no_change(connected: Town) -> None:
    connected.zip("same.zip", delta([there(org("s1"))], [there(user("u2", "s2"))]))
    assert connected.sync().outcome == "no_change"


def test_who_is_no_longer_staff_leaves_by_a_delta(connected: Town) -> None:
    connected.zip("left.zip", delta(users=[there(user("u2", "s2", role="student"))]))
    assert connected.sync().counts.staff_removed == 1


def test_batches_that_piled_up_are_read_in_their_order(connected: Town) -> None:
    connected.folder("c", delta(users=[there(user("u3", "s1"))]))
    connected.moment += timedelta(minutes=1)
    connected.zip("b.zip", delta(users=[gone(user("u3", "s1")), there(user("u4", "s2"))]))
    connected.moment += timedelta(minutes=1)
    connected.top(delta(users=[there(user("u4", "s1"))]))
    run = connected.sync()
    assert (run.counts.staff_added, run.counts.staff_total) == (1, 3)
    assert ("u4", "s1", True) in connected.stored()[1]
    assert sorted(connected.archived()) == ["b.zip", "c", "files", "first.zip"]


def test_a_bulk_set_makes_what_waits_before_it_pointless(connected: Town) -> None:
    connected.zip("bad.zip", {"manifest.csv": b"nonsense"})
    connected.moment += timedelta(minutes=1)
    connected.zip("bulk.zip", set_1p1())
    connected.moment += timedelta(minutes=1)
    connected.zip("more.zip", delta(users=[there(user("u3")), there(user("u1", "s2"))]))
    run = connected.sync()
    assert (run.outcome, run.counts.staff_total, run.counts.staff_changed) == ("applied", 3, 1)
    assert connected.waiting() == set()


def test_a_bulk_of_people_leaves_the_schools_as_they_are(connected: Town) -> None:
    files = set_1p1(users=[user("u1", "s1,s2"), user("u2", "s2")])
    del files["orgs.csv"]
    connected.zip("people.zip", files | {"manifest.csv": sets.manifest(users="bulk")})
    run = connected.sync()
    assert (run.counts.schools_total, run.counts.staff_changed) == (2, 1)


def test_a_delta_of_a_held_batch_is_not_forgotten_by_the_next(connected: Town) -> None:
    connected.zip("all gone.zip", delta([gone(org("s1")), gone(org("s2"))]))
    connected.night()
    connected.moment += timedelta(hours=1)
    connected.zip("next.zip", delta(users=[there(user("u3"))]))
    run = connected.night()
    assert (run.outcome, run.counts.schools_missing, run.counts.staff_added) == ("held", 2, 1)


@pytest.mark.parametrize("way", ["bulk", "delta"])
def test_a_discarded_batch_is_held_again_until_a_corrected_one_comes(
    connected: Town, way: str
) -> None:
    connected.zip("all gone.zip", delta([gone(org("s1")), gone(org("s2"))]))
    for _ in range(3):
        held = connected.night()
        assert (held.outcome, held.cause) == ("held", "all_schools_gone")
        with connected.stores.transaction() as store:
            store.runs.decide(held, Decision.DISCARD, Actor("U0ANA", "Ana", "slack"))
    [told] = [text for text in connected.told(SUPPORT) if "was discarded" in text]
    assert "Read from the drop folder: all gone.zip." in told
    connected.moment += timedelta(hours=1)
    corrected = delta([there(org("s1")), there(org("s2"))])
    connected.zip("corrected.zip", corrected if way == "delta" else set_1p1())
    assert connected.night().outcome == "no_change"
    assert connected.waiting() == set()


def test_a_hold_that_was_applied_is_archived_by_the_next_run(connected: Town) -> None:
    connected.zip("all gone.zip", delta([gone(org("s1")), gone(org("s2"))]))
    held = connected.night()
    by = Actor("U0ANA", "Ana", "slack")
    with connected.stores.transaction() as store:
        decided = store.runs.decide(held, Decision.APPLY, by)
    assert connected.syncing.carry_out(decided).outcome == "applied"
    assert connected.night().outcome == "no_change"
    assert connected.waiting() == set()


# A school that people name before anybody has heard of it


def at_s9(town: Town) -> set[str]:
    """Who is at school s9 once a delta brings it."""
    town.zip("school.zip", delta([there(org("s9"))]))
    assert town.sync().counts.schools_new == 1
    return {person for person, school, claimed in town.stored()[1] if school == "s9" and claimed}


@pytest.mark.parametrize("way", ["bulk", "delta"])
def test_a_school_that_comes_later_has_the_people_who_named_it(stored_town: Town, way: str) -> None:
    people = [user("u1", "s1,s9")]
    if way == "delta":
        stored_town.zip("first.zip", set_1p1([org("s1")], [user("u1")]))
        stored_town.sync()
    bulk = set_1p1([org("s1")], people)
    stored_town.zip("people.zip", bulk if way == "bulk" else delta(users=map(there, people)))
    stored_town.sync()
    stored_town.zip("another.zip", delta(users=[there(user("u2"))]))
    stored_town.sync()
    assert at_s9(stored_town) == {"u1"}


def test_a_freeze_of_a_school_that_came_later_locks_its_people(stored_town: Town) -> None:
    stored_town.zip("first.zip", set_1p1([org("s1")], [user("u1", "s1,s9")]))
    stored_town.sync()
    at_s9(stored_town)
    with stored_town.stores.transaction() as store:
        school = store.schools.named(store.partners.locked("lincoln"), "s9")
        store.schools.change(school, Event.FROZEN, Actor("U0ANA", "Ana", "slack"))
    with stored_town.stores.read() as store:
        locked = store.locks.because(store.partners.named("lincoln"))
    assert list(locked.values()) == [["s9"]]


@pytest.mark.parametrize(
    "files",
    [
        delta(users=[there(user("u1"))]),
        delta(users=[gone(user("u1"))]),
        delta(users=[there(user("u1", "s1,s9", role="student"))]),
        set_1p1([org("s1")], [user("u1"), user("u3")]),
        set_1p1([org("s1")], [user("u3")]),
    ],
    ids=["another row", "deleted", "no staff", "a bulk set", "a bulk set without them"],
)
def test_what_came_after_decides_who_is_expected_at_a_school(
    stored_town: Town, files: Files
) -> None:
    stored_town.zip("first.zip", set_1p1([org("s1")], [user("u1", "s1,s9"), user("u3")]))
    stored_town.sync()
    stored_town.zip("after.zip", files)
    assert stored_town.sync().outcome == "applied"
    assert at_s9(stored_town) == set()


def test_who_names_an_org_that_is_no_school_is_not_changed_by_the_same_row(town: Town) -> None:
    people = [user("u1", "d1,s1"), user("u2", "d1")]
    town.zip("first.zip", set_1p1([org("s1"), org("d1", kind="district")], people))
    assert town.sync().counts.schools_total == 1
    town.zip("same.zip", delta([there(org("d1", kind="district"))], list(map(there, people))))
    assert town.sync().outcome == "no_change"


def test_a_hold_keeps_who_is_expected_at_a_school(town: Town) -> None:
    town.zip("first.zip", set_1p1([org("s1"), org("s2")], [user("u1")]))
    town.sync()
    files = delta([gone(org("s1")), gone(org("s2"))], [there(user("u2", "s1,s9"))])
    town.zip("all gone.zip", files)
    held = town.night()
    with town.stores.transaction() as store:
        decided = store.runs.decide(held, Decision.APPLY, Actor("U0ANA", "Ana", "slack"))
    assert town.syncing.carry_out(decided).outcome == "applied"
    assert at_s9(town) == {"u2"}


# Batches at fault


FAULTS: dict[str, Files] = {
    "version_unknown": set_1p1() | {"manifest.csv": sets.manifest("1.0", orgs="bulk")},
    "drop_version_other": set_1p1() | {"manifest.csv": sets.manifest("1.2", orgs="bulk")},
    "file_missing": {"manifest.csv": sets.manifest(orgs="bulk", users="bulk")},
    "no_rows": set_1p1(users=[]),
    "id_twice": set_1p1(users=[user("u1"), user("u1")]),
    "role_unknown": set_1p1(users=[user("u1", role="wizard")]),
    "delta_status_empty": delta(users=[user("u1")]),
    "status_unknown": delta(users=[{**user("u1"), "status": "maybe"}]),
    "header_missing": delta(users=[user("u1")])
    | {"users.csv": table([name for name in USERS if name != "status"], [user("u1")])},
    "leading_zeros": set_1p1([org("0s1"), org("s2")]),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_bad_batch_is_set_aside_with_a_report_and_nothing_changes(
    connected: Town, code: str
) -> None:
    before = connected.stored()
    connected.zip("bad.zip", FAULTS[code])
    run = connected.night()
    assert (run.outcome, run.cause) == ("failed", code)
    assert connected.stored() == before
    assert connected.waiting() == set()
    assert connected.rejected() == ["bad.zip", "bad.zip.report.txt"]
    assert run.reason in connected.report()
    assert f"Code:  {code}" in connected.report()
    assert connected.sync().outcome == "skipped"


def test_a_delta_before_any_bulk_is_refused(town: Town) -> None:
    town.zip("delta.zip", delta(users=[there(user("u1"))]))
    assert town.sync().cause == "needed_file_absent"
    town.zip("both.zip", delta([there(org("s1"))], [there(user("u1"))]))
    assert town.sync().cause == "delta_without_base"
    assert town.statuses() == {}


def test_a_cut_off_zip_is_set_aside_and_the_others_stay(connected: Town) -> None:
    bad = connected.zip("bad.zip", set_1p1())
    bad.write_bytes(bad.read_bytes()[:-30])
    nights.aged(bad, connected.moment - QUIET)
    connected.moment += timedelta(minutes=1)
    connected.zip("good.zip", delta(users=[there(user("u3"))]))
    assert connected.sync().cause == "zip_cut_short"
    assert connected.waiting() == {"good.zip"}
    assert connected.sync().counts.staff_added == 1


def test_a_bad_batch_of_loose_files_leaves_a_clean_folder(connected: Town) -> None:
    connected.top(set_1p1(users=[user("u1", status="maybe")]))
    assert connected.sync().outcome == "failed"
    assert connected.waiting() == set()
    assert connected.rejected() == ["files", "files.report.txt"]


@pytest.mark.parametrize(
    ("source", "code"),
    [("nowhere", "place_missing"), ("file", "drop_not_a_folder"), ("", "source_without_path")],
)
def test_a_drop_folder_that_is_none_is_said(
    town: Town, tmp_path: Path, source: str, code: str
) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / source) if source else ""
    town.declare({"kind": "tp-connector", "path": path})
    assert town.sync().cause == code


# Crashes, and what else comes in between


class PowerCut(Exception):
    pass


def cut(*_: object, **__: object) -> None:
    raise PowerCut


def test_a_crash_before_archiving_only_reads_the_batch_again(
    connected: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.zip("more.zip", delta([gone(org("s2"))], [there(user("u3"))]))
    with monkeypatch.context() as patched:
        patched.setattr(drops.Drop, "put", cut)
        with pytest.raises(PowerCut):
            connected.sync()
    stored = connected.stored()
    assert connected.waiting() == {"more.zip"}
    assert connected.sync().outcome == "no_change"
    assert connected.stored() == stored
    assert connected.waiting() == set()


def test_a_crash_between_two_archived_deltas_keeps_their_order(
    connected: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.zip("a.zip", delta(users=[there(user("u3"))]))
    connected.moment += timedelta(minutes=1)
    connected.zip("b.zip", delta(users=[gone(user("u3"))]))
    put, put_away = drops.Drop.put, []

    def once(*given: object) -> bool:
        if put_away:
            raise PowerCut
        put_away.append(given)
        return put(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(drops.Drop, "put", once)
        with pytest.raises(PowerCut):
            connected.sync()
    assert connected.waiting() == {"b.zip"}
    stored = connected.stored()
    assert connected.sync().outcome == "no_change"
    assert connected.stored() == stored


@pytest.mark.parametrize("after", range(4))
def test_a_crash_while_loose_files_move_is_made_good(
    connected: Town, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    connected.top(delta(users=[there(user("u3"))]) | {"orgs.csv": b""})
    connected.top({"orgs.csv": table(ORGS, [there(org("s1"))])})
    connected.top({"manifest.csv": sets.manifest(orgs="delta", users="delta")})
    rename, moved = Path.rename, []

    def some(path: Path, target: Path) -> Path:
        if len(moved) == after:
            raise PowerCut
        moved.append(path)
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", some)
        with pytest.raises(PowerCut):
            connected.sync()
    assert connected.sync().outcome == "skipped"
    connected.zip("next.zip", set_1p1())
    connected.sync()
    assert connected.waiting() == set()
    [kept] = [path for path in (connected.drop / drops.ARCHIVE).iterdir() if path.is_dir()]
    assert {path.name for path in kept.iterdir()} == {"manifest.csv", "orgs.csv", "users.csv"}


def test_a_batch_that_is_replaced_while_it_is_read_is_not_archived(
    connected: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.zip("more.zip", delta(users=[there(user("u3"))]))
    put = drops.Drop.put

    def late(drop: drops.Drop, batch: drops.Batch, *given: object) -> bool:
        connected.zip("more.zip", delta(users=[there(user("u4")), there(user("u5"))]))
        return put(drop, batch, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(drops.Drop, "put", late)
        assert connected.sync().counts.staff_added == 1
    assert connected.waiting() == {"more.zip"}
    assert connected.sync().counts.staff_added == 2


def test_a_folder_that_cannot_be_tidied_is_read_again(
    connected: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.zip("more.zip", delta(users=[there(user("u3"))]))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        assert connected.sync().outcome == "applied"
    assert connected.waiting() == {"more.zip"}
    assert connected.sync().outcome == "no_change"
    assert connected.waiting() == set()


def test_a_dry_run_moves_nothing(connected: Town) -> None:
    connected.zip("more.zip", delta(users=[there(user("u3"))]))
    connected.moment += timedelta(hours=1)
    result = connected.syncing.would(connected.slug)
    assert (result.outcome, result.plan is not None) == ("applied", True)
    assert connected.waiting() == {"more.zip"}


def test_two_batches_of_one_name_and_second_are_both_kept(connected: Town) -> None:
    connected.zip("first.zip", set_1p1())
    connected.moment -= timedelta(hours=1)
    os.utime(connected.drop / "first.zip", (0, 0))
    connected.sync()
    assert len(connected.archived()) == 2


def test_a_folder_may_be_called_as_its_file(town: Town) -> None:
    town.folder("manifest.csv", {"manifest.csv": sets.manifest()})
    assert town.sync().cause == "no_batch"
    assert town.archived() == ["manifest.csv"]


def test_a_plan_made_of_a_stored_roster_that_moved_is_made_again(
    connected: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.zip("more.zip", delta(users=[there(user("u3"))]))
    ids, moved = LastSnapshot.ids, []

    def meanwhile(snapshot: LastSnapshot) -> Iterator[str]:
        if not moved:
            moved.append(snapshot)
            with connected.stores.transaction() as store:
                store.partners.advance(store.partners.locked(connected.slug))
        return ids(snapshot)

    monkeypatch.setattr(LastSnapshot, "ids", meanwhile)
    assert connected.sync().counts.staff_added == 1
    assert connected.waiting() == set()


def test_what_a_delta_says_of_students_is_not_kept(connected: Town) -> None:
    students = [there(user(f"c{number}", "s1", "student")) for number in range(30_000)]
    connected.zip("students.zip", delta(users=[*students, there(user("u3"))]))
    tracemalloc.start()
    try:
        assert connected.sync().counts.staff_added == 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


# Three nights without


def test_people_are_told_on_the_third_night_without_a_batch_and_once(connected: Town) -> None:
    for _ in range(5):
        assert connected.night().outcome == "skipped"
    for channel in (LINCOLN, SUPPORT):
        told = [text for text in connected.told(channel) if "for 3 nights" in text]
        assert len(told) == 1
        assert "The drop folder holds no new batch" in told[0]
    connected.zip("back.zip", set_1p1())
    assert connected.night().outcome == "no_change"
    assert len(connected.told(LINCOLN)) == 2


def test_a_batch_in_between_begins_the_count_anew(connected: Town) -> None:
    connected.night()
    connected.night()
    connected.zip("back.zip", set_1p1())
    connected.night()
    connected.night()
    connected.night()
    assert connected.told(SUPPORT) == []


def test_a_batch_that_stays_unfinished_is_told_with_what_it_lacks(connected: Town) -> None:
    connected.top({"manifest.csv": sets.manifest(users="delta")})
    for _ in range(3):
        connected.night()
    assert "waits for users.csv" in connected.told(SUPPORT)[0]


def test_no_updates_every_night_is_nothing_to_tell(connected: Town) -> None:
    for number in range(4):
        connected.zip(f"{number}.zip", {"manifest.csv": sets.manifest()})
        connected.night()
    assert connected.told(SUPPORT) == []


# Any history of deltas ends where bulk sets would have, also with schools named before they come

IDS = ("s1", "s2", "s3", "s4")
PEOPLE = ("u1", "u2", "u3", "u4")
State = tuple[dict[str, Row], dict[str, Row]]

places = st.lists(st.sampled_from(IDS), min_size=1, unique=True).map(",".join)
schools = st.dictionaries(st.sampled_from(IDS), st.sampled_from(["Oak", "Ash"]))
staff = st.dictionaries(
    st.sampled_from(PEOPLE),
    st.tuples(places, st.sampled_from(["teacher", "aide", "student"]), st.sampled_from("ab")),
)
states = st.tuples(schools, staff)


def rows_of(state: tuple[dict[str, str], dict[str, tuple[str, str, str]]]) -> State:
    """A district always has s0 and u0, so that no file is empty and no breaker trips."""
    named, working = state
    orgs = {id: org(id, name) for id, name in {**named, "s0": "Elm"}.items()}
    people = {**working, "u0": ("s0", "teacher", "a")}
    users = {
        id: user(id, where, role, familyName=name) for id, (where, role, name) in people.items()
    }
    return orgs, users


def differences(before: dict[str, Row], after: dict[str, Row]) -> list[Row]:
    changed = [there(row) for id, row in after.items() if before.get(id) != row]
    return changed + [gone(row) for id, row in before.items() if id not in after]


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(states, min_size=1, max_size=4), nightly=st.lists(st.booleans()))
def test_any_split_of_a_history_into_deltas_ends_as_bulk_sets_do(
    database_url: str, tmp_path: Path, history: list[object], nightly: list[bool]
) -> None:
    told = [*map(rows_of, history)]  # type: ignore[arg-type]
    with nights.partner(database_url) as partner:
        ends = []
        for way in ("bulk", "delta"):
            drop = tmp_path / way
            shutil.rmtree(drop, ignore_errors=True)
            drop.mkdir()
            town = Town(partner.stores, partner.syncing, drop=drop)
            town.slug = f"{way}-{len(list(tmp_path.glob('made-*')))}"
            (tmp_path / f"made-{town.slug}").touch()
            partner.stores.clock = lambda town=town: town.moment
            loose = {"schools": 99, "staff_percent": 100, "staff_known": 99}
            town.declare({"kind": "tp-connector", "path": str(drop)}, breaker=loose)
            ends.append(lived(town, way, told, nightly))
    assert ends[0] == ends[1]


def lived(town: Town, way: str, told: list[State], nightly: list[bool]) -> object:
    """Read each state as bulk, or as its differences; some wait to be read with the next."""
    before: State = ({}, {})
    for number, state in enumerate(told):
        bulk = way == "bulk" or number == 0
        files = (
            set_1p1(state[0].values(), state[1].values())
            if bulk
            else delta(differences(before[0], state[0]), differences(before[1], state[1]))
        )
        before = state
        town.moment += timedelta(minutes=20)
        town.zip(f"{number}.zip", files)
        wait = 0 < number < len(told) - 1 and dict(enumerate(nightly)).get(number)
        if not wait:
            assert town.sync().outcome in ("applied", "no_change", "skipped")
    people, where, described = town.stored()
    return people, where, described
