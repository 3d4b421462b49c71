"""`recess upload` of a CSV partner's roster: shown first, then applied as it was shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.roster.plan import Plan
from storage.rules.lifecycle import Event
from storage.runs import HELD, Run
from storage.schools import Actor
from storage.store import Store
from tests.commands.conftest import LINCOLN, Shell, at_terminal
from tests.rosters.clever import clever_set, school, staff, teacher
from tests.rosters.clever import people as clever_people
from tests.rosters.nights import aged
from tests.rosters.sets import Files, in_folder, in_zip, manifest, org, set_1p1, user

OAK = LINCOLN.replace('{ kind = "oneroster-csv", path = "roster" }', '{ kind = "csv" }')
SCHOOLS = {"s1": "Oak Elementary", "s2": "Elm Elementary", "s3": "Fir Middle School"}
SHELL = Actor("cli", "The command line", "cli")


def clever(
    schools: Mapping[str, str] = SCHOOLS, people: Mapping[str, str] = {"u1": "s1", "u2": "s2"}
) -> Files:
    return clever_set(
        [school(id, name, f"00{id[1:]}") for id, name in schools.items()],
        [teacher(id, where) for id, where in people.items()],
        [staff("b1", "s1")],
    )


def without(*ids: str) -> Files:
    return clever({id: name for id, name in SCHOOLS.items() if id not in ids})


def zipped(shell: Shell, files: Files, name: str = "roster.zip") -> str:
    return str(in_zip(shell.folder / name, files))


def declared(shell: Shell) -> Shell:
    shell.done("partners", "import", str(shell.declare(OAK)))
    return shell


def connected(shell: Shell) -> Shell:
    """Three schools and three people were uploaded."""
    declared(shell).done("upload", "lincoln", zipped(shell, clever()), "--yes")
    return shell


def after_a_look(shell: Shell, *arguments: str) -> str:
    """The sentence of a refusal that comes after the preview."""
    result = shell(*arguments)
    assert result.exit_code == 1, result.output
    assert "Circuit breaker:" in result.stdout
    return result.stderr


def outcomes(shell: Shell) -> list[str]:
    return [run["outcome"] for run in shell.json("runs", "list")]


# Preview, then apply


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_the_first_upload_connects_the_partner(shell: Shell, form: str) -> None:
    place = in_zip if form == "zip" else in_folder
    file = place(declared(shell).folder / "roster", clever())
    shown = shell.done("upload", "lincoln", str(file), "--yes").splitlines()
    assert shown[0] == "lincoln: would be applied. Nothing is stored."
    assert "    + Elm Elementary (002): new, Active" in shown
    assert shown[-1] == "lincoln: applied. 3 schools (3 new); 3 staff (3 added)."
    assert set(shell.statuses().values()) == {"active"}
    assert outcomes(shell) == ["applied"]


def test_the_first_upload_is_told_in_the_channel(sqlite_shell: Shell) -> None:
    with connected(sqlite_shell).store() as store:
        assert store.messages.backlog() == 1


def test_a_one_roster_set_is_uploaded_alike(shell: Shell) -> None:
    connected(shell)
    orgs = [org(id, name, identifier=f"00{id[1:]}") for id, name in SCHOOLS.items()]
    staff = [
        user(id, where, role="aide") for id, where in {"u1": "s1", "u2": "s2", "b1": "s1"}.items()
    ]
    told = shell.done("upload", "lincoln", zipped(shell, set_1p1(orgs, staff)))
    assert told == "lincoln: no change. 3 schools; 3 staff.\n"


def test_the_same_file_again_needs_no_answer(shell: Shell) -> None:
    connected(shell)
    told = shell.done("upload", "lincoln", zipped(shell, clever()))
    assert told == "lincoln: no change. 3 schools; 3 staff.\n"
    assert outcomes(shell) == ["no_change", "applied"]


def test_a_school_goes_and_comes_back(shell: Shell) -> None:
    connected(shell)
    shown = shell.done("upload", "lincoln", zipped(shell, without("s2")), "--yes")
    assert "- Elm Elementary (002): missing, Active → Action Needed; its staff (1) stay" in shown
    assert shell.statuses() == {"s1": "active", "s2": "action_needed", "s3": "active"}
    shown = shell.done("upload", "lincoln", zipped(shell, clever()), "--yes")
    assert "↩ Elm Elementary (002): back, Action Needed → Active" in shown
    assert set(shell.statuses().values()) == {"active"}


def test_people_who_are_not_in_it_leave(shell: Shell) -> None:
    connected(shell)
    files = clever(people={"u1": "s1", "u3": "s3"})
    shown = shell.done("upload", "lincoln", zipped(shell, files), "--yes")
    assert "    + 1 added: u3" in shown
    assert "    - 1 not in it any more: u2" in shown
    assert {row["id"] for row in shell.json("accounts", "list", "lincoln")} == {"b1", "u1", "u3"}


@pytest.mark.parametrize(
    ("files", "reason", "gone"),
    [
        (clever(schools={}), "none of the schools", "3"),
        (clever(people={}) | {"staff.csv": clever_people("Staff", [])}, "no staff at all", "3"),
    ],
    ids=["no school", "nobody"],
)
def test_an_upload_of_headers_alone_is_confirmed_in_words(
    shell: Shell, files: Files, reason: str, gone: str
) -> None:
    file = zipped(connected(shell), files)
    told = after_a_look(shell, "upload", "lincoln", file, "--yes")
    assert reason in told
    assert set(shell.statuses().values()) == {"active"}
    shell.done("upload", "lincoln", file, "--confirm", gone)
    missing = "action_needed" if "school" in reason else "active"
    assert set(shell.statuses().values()) == {missing}


def test_a_first_upload_of_headers_alone_is_refused(sqlite_shell: Shell) -> None:
    declared(sqlite_shell)
    for files in (clever(schools={}), clever_set(teachers=[], staff=[])):
        told = sqlite_shell("upload", "lincoln", zipped(sqlite_shell, files), "--yes")
        assert told.exit_code == 1
        assert "Nothing was stored." in told.stderr
    assert sqlite_shell.statuses() == {}


def test_the_preview_says_of_which_file_only_the_header_is_there(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), clever() | {"staff.csv": clever_people("Staff", [])})
    shown = sqlite_shell.done("upload", "lincoln", file, "--dry-run")
    assert "lets it pass. Nobody is in staff.csv: only the header is there." in shown


def test_a_dry_run_stores_nothing(shell: Shell) -> None:
    connected(shell)
    shown = shell.done("upload", "lincoln", zipped(shell, without("s2")), "--dry-run")
    assert "- Elm Elementary (002): missing" in shown
    assert outcomes(shell) == ["applied"]
    assert set(shell.statuses().values()) == {"active"}


def test_at_a_terminal_it_is_asked(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), without("s2"))
    ended, seen = sqlite_shell.asked("upload", "lincoln", file, typed="n\n")
    assert "Apply it? [y/N]" in seen
    assert (ended, sqlite_shell.statuses()["s2"]) == (1, "active")
    ended, seen = at_terminal(sqlite_shell, "upload", "lincoln", file, typed="y\n")
    assert "Apply it? [y/N]" in seen
    assert (ended, sqlite_shell.statuses()["s2"]) == (0, "action_needed")


def test_without_a_terminal_it_needs_yes(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), without("s2"))
    result = sqlite_shell("upload", "lincoln", file)
    assert result.exit_code == 1
    assert "Nothing was stored; --yes confirms it." in result.stderr
    assert outcomes(sqlite_shell) == ["discarded", "applied"]


def test_what_was_shown_is_kept_with_its_run_until_it_is_decided(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zipped(connected(sqlite_shell), without("s2"))
    kept: list[Plan | None] = []

    def look(*_: object) -> bool:
        with sqlite_shell.store() as store:
            run = _newest(store)
            assert run.outcome == HELD
            kept.append(store.runs.plan(run))
        return True

    monkeypatch.setattr("bot.commands.upload._confirm", look)
    sqlite_shell.done("upload", "lincoln", file)
    assert kept[0] is not None
    assert kept[0].missing == ["s2"]
    assert sqlite_shell.statuses()["s2"] == "action_needed"


def _newest(store: Store) -> Run:
    return store.runs.of(store.partners.named("lincoln"), 1)[0]


def test_a_plan_whose_roster_has_moved_is_not_applied(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zipped(connected(sqlite_shell), without("s2"))

    def meanwhile(*_: object) -> bool:
        with sqlite_shell.store() as store:
            store.partners.advance(store.partners.locked("lincoln"))
        return True

    monkeypatch.setattr("bot.commands.upload._confirm", meanwhile)
    told = after_a_look(sqlite_shell, "upload", "lincoln", file)
    assert "has changed since this one was read" in told
    assert sqlite_shell.statuses()["s2"] == "active"
    assert outcomes(sqlite_shell) == ["superseded", "applied"]


def test_of_two_previews_the_later_one_counts(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(sqlite_shell)
    second = zipped(sqlite_shell, without("s3"), "second.zip")

    def meanwhile(*_: object) -> bool:
        monkeypatch.undo()
        monkeypatch.chdir(sqlite_shell.folder)
        sqlite_shell.done("upload", "lincoln", second, "--yes")
        return True

    monkeypatch.setattr("bot.commands.upload._confirm", meanwhile)
    first = zipped(sqlite_shell, without("s2"))
    assert "Another upload took the place of this one" in after_a_look(
        sqlite_shell, "upload", "lincoln", first
    )
    assert sqlite_shell.statuses() == {"s1": "active", "s2": "active", "s3": "action_needed"}


def test_an_interrupted_upload_leaves_nothing_under_way(
    sqlite_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = zipped(connected(sqlite_shell), without("s2"))

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("bot.sync.compare", interrupted)
        assert sqlite_shell("upload", "lincoln", file).exit_code == 130
    assert outcomes(sqlite_shell) == ["failed", "applied"]
    sqlite_shell.done("upload", "lincoln", file, "--yes")


# The circuit breaker


def test_all_schools_gone_is_not_a_matter_of_yes(shell: Shell) -> None:
    files = clever({"s9": "Another School"})
    result = connected(shell)("upload", "lincoln", zipped(shell, files), "--yes")
    assert result.exit_code == 1
    assert "lincoln: would be held." in result.stdout
    assert "It has none of the schools" in result.stderr
    assert "--yes does not suffice" in result.stderr
    assert "“lincoln”, or 3, the number of schools that are gone" in result.stderr
    assert set(shell.statuses().values()) == {"active"}
    assert outcomes(shell) == ["discarded", "applied"]


@pytest.mark.parametrize("words", ["lincoln", "3"])
def test_the_words_confirm_it(sqlite_shell: Shell, words: str) -> None:
    file = zipped(connected(sqlite_shell), clever({"s9": "Another School"}))
    told = sqlite_shell.done("upload", "lincoln", file, "--confirm", words)
    assert told.splitlines()[-1].startswith("lincoln: applied. 1 school (1 new, 3 missing)")
    assert sqlite_shell.statuses() == {
        "s1": "action_needed",
        "s2": "action_needed",
        "s3": "action_needed",
        "s9": "active",
    }


@pytest.mark.parametrize("words", ["cedar", "2", "yes"])
def test_other_words_do_not(sqlite_shell: Shell, words: str) -> None:
    file = zipped(connected(sqlite_shell), clever({"s9": "Another School"}))
    told = after_a_look(sqlite_shell, "upload", "lincoln", file, "--confirm", words)
    assert told.startswith("That is not “lincoln”, or 3")
    assert set(sqlite_shell.statuses().values()) == {"active"}


def test_without_a_terminal_the_words_are_an_option(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), clever({"s9": "Another School"}))
    assert "repeat with --confirm" in after_a_look(sqlite_shell, "upload", "lincoln", file)


@pytest.mark.parametrize(("typed", "code"), [("3\n", 0), ("lincoln\n", 0), ("y\n", 1), ("\n", 1)])
def test_at_a_terminal_the_words_are_typed(sqlite_shell: Shell, typed: str, code: int) -> None:
    file = zipped(connected(sqlite_shell), clever({"s9": "Another School"}))
    ended, seen = sqlite_shell.asked("upload", "lincoln", file, typed=typed)
    assert "To apply it, type" in seen
    assert ended == code
    assert (sqlite_shell.statuses()["s1"] == "action_needed") is (code == 0)


def test_many_staff_gone_is_confirmed_by_their_number(sqlite_shell: Shell) -> None:
    people = {f"u{n}": "s1" for n in range(60)}
    declared(sqlite_shell)
    sqlite_shell.done("upload", "lincoln", zipped(sqlite_shell, clever(people=people)), "--yes")
    half = clever(people={f"u{n}": "s1" for n in range(30)})
    file = zipped(sqlite_shell, half)
    told = after_a_look(sqlite_shell, "upload", "lincoln", file, "--yes")
    assert "30, the number of staff that are gone" in told
    sqlite_shell.done("upload", "lincoln", file, "--confirm", "30")
    assert len(sqlite_shell.json("accounts", "list", "lincoln")) == 31


def test_a_dry_run_of_an_unusual_upload_is_an_error(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), clever({"s9": "Another School"}))
    told = after_a_look(sqlite_shell, "upload", "lincoln", file, "--dry-run")
    assert told == "It has none of the schools that were there before. Nothing was stored.\n"


# What is refused


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        ({"users.csv": b"sourcedId\n"}, "set_unrecognized"),
        ({"schools.csv": b"School_id\n"}, "people_files_absent"),
        (clever() | {"staff.csv": b"School_id,Staff_id\n"}, "header_missing"),
        (clever() | {"teachers.csv": b""}, "file_empty"),
        (clever({"0s1": "Oak", "s2": "Elm", "s3": "Fir"}), "leading_zeros"),
        (set_1p1() | {"manifest.csv": manifest(orgs="bulk", users="delta")}, "delta_set"),
    ],
)
def test_a_faulty_upload_is_recorded_and_changes_nothing(
    sqlite_shell: Shell, files: Files, cause: str
) -> None:
    connected(sqlite_shell)
    told = sqlite_shell.refused("upload", "lincoln", zipped(sqlite_shell, files), "--yes")
    assert told.endswith("Nothing was stored.\n")
    with sqlite_shell.store() as store:
        assert (_newest(store).outcome, _newest(store).cause) == ("failed", cause)
        assert store.messages.backlog() == 1
    assert set(sqlite_shell.statuses().values()) == {"active"}


def test_a_first_upload_without_schools_fails(sqlite_shell: Shell) -> None:
    file = zipped(declared(sqlite_shell), set_1p1([org("d1", kind="district")]))
    assert "has no school in it" in sqlite_shell.refused("upload", "lincoln", file, "--yes")


def test_a_manifest_alone_is_nothing_to_compare(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), {"manifest.csv": manifest()})
    assert sqlite_shell.done("upload", "lincoln", file).startswith("lincoln: skipped.")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("schools.csv", "School_id,School_name\n", "one file of a set"),
        ("notes.csv", "Name,Mail\n", "neither a staff list nor a set"),
        ("roster.zip", "not a zip", "is not a zip archive"),
    ],
)
def test_a_file_that_is_neither_is_refused(
    sqlite_shell: Shell, name: str, content: str, told: str
) -> None:
    file = connected(sqlite_shell).folder / name
    file.write_text(content)
    assert told in sqlite_shell.refused("upload", "lincoln", str(file), "--yes")


def test_the_doctor_asks_for_another_upload_after_one_that_failed(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), {"schools.csv": b"School_id\n"})
    sqlite_shell.refused("upload", "lincoln", file, "--yes")
    told = sqlite_shell("doctor").output
    assert "lincoln: the last upload, of " in told
    assert "`recess upload lincoln FILE` reads another." in told


def test_a_set_for_a_partner_with_another_source_is_refused(sqlite_shell: Shell) -> None:
    file = zipped(sqlite_shell.synced(), clever())
    told = sqlite_shell.refused("upload", "lincoln", file, "--yes")
    assert "comes from its source (oneroster-csv)" in told
    assert outcomes(sqlite_shell) == ["applied"]


def test_a_staff_list_of_a_csv_partner_only_adds(sqlite_shell: Shell) -> None:
    file = connected(sqlite_shell).folder / "people.csv"
    head = "Staff First Name,Staff Last Name,Staff Email,Schools"
    file.write_text(f"{head}\nNia,Wu,nia@example.org,Oak Elementary\n")
    sqlite_shell.done("upload", "lincoln", str(file), "--yes")
    assert len(sqlite_shell.json("accounts", "list", "lincoln")) == 4
    sqlite_shell.done("upload", "lincoln", zipped(sqlite_shell, without("s2")), "--yes")
    assert len(sqlite_shell.json("accounts", "list", "lincoln")) == 4


def test_wrong_use(sqlite_shell: Shell) -> None:
    file = zipped(connected(sqlite_shell), clever())
    assert sqlite_shell("upload", "lincoln", file, "--dry-run", "--confirm", "3").exit_code == 2
    assert sqlite_shell("upload", "lincoln", str(Path("nowhere.zip"))).exit_code == 2
    assert "no partner “x”" in sqlite_shell.refused("upload", "x", file)


def test_doctor_reads_changes_against_what_is_stored(sqlite_shell: Shell) -> None:
    drop = sqlite_shell.folder / "drop"
    drop.mkdir()
    table = LINCOLN.replace('"oneroster-csv", path = "roster"', '"tp-connector", path = "drop"')
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(table)))
    aged(in_zip(drop / "bulk.zip", set_1p1()), datetime(2026, 1, 1, tzinfo=UTC))
    sqlite_shell.done("sync", "lincoln")
    orgs = [{**org("s3"), "status": "active"}]
    changes = set_1p1(orgs) | {"manifest.csv": manifest(orgs="delta")}
    del changes["users.csv"]
    aged(in_zip(drop / "delta.zip", changes), datetime(2026, 1, 2, tzinfo=UTC))
    assert "the roster can be opened and has 3 schools" in sqlite_shell("doctor").output


# Never by the clock


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_sync_answers_upload_a_file(sqlite_shell: Shell, arguments: tuple[str, ...]) -> None:
    connected(sqlite_shell)
    told = sqlite_shell.refused("sync", "lincoln", *arguments)
    assert "upload a file: `recess upload lincoln FILE`" in told
    assert outcomes(sqlite_shell) == ["applied"]


def test_sync_of_all_leaves_uploads_alone(sqlite_shell: Shell) -> None:
    assert connected(sqlite_shell).json("sync") == []


def test_a_school_of_the_last_upload_cannot_be_paused(sqlite_shell: Shell) -> None:
    from handlers.sentences import not_done

    with connected(sqlite_shell).store() as store:
        [oak] = store.schools.picked(store.partners.locked("lincoln"), ["s1"])
        told = not_done(store.schools.change(oak, Event.PAUSED, SHELL))
    assert told.startswith("Oak Elementary (001) is in your last upload")


def test_the_keys_of_both_kinds_are_checked(sqlite_shell: Shell) -> None:
    wrong = OAK.replace('"csv" }', '"csv", path = "x" }')
    told = sqlite_shell.refused("partners", "import", str(sqlite_shell.declare(wrong)))
    assert "source.path is not a known key" in told
    drop = OAK.replace('"csv" }', '"tp-connector", path = "drop", quiet_minutes = 0 }')
    told = sqlite_shell.refused("partners", "import", str(sqlite_shell.declare(drop)))
    assert "source.quiet_minutes has to be at least 1" in told
