"""`recess partners`: the file, its mistakes, and what importing changes."""

from pathlib import Path

import pytest

from bot.demo.samples import write_samples
from bot.partners_file import SOURCES
from bot.rosters import KINDS
from tests.commands.conftest import CEDAR, LINCOLN, Shell


def imported(shell: Shell, *tables: str) -> str:
    return shell.done("partners", "import", str(shell.declare(*tables)))


def mistakes(shell: Shell, *tables: str) -> list[str]:
    """The sentences with which a file is refused; nothing of it is stored."""
    before = shell.json("partners", "list")
    told = shell.refused("partners", "import", str(shell.declare(*tables)))
    assert shell.json("partners", "list") == before
    head, *rest = told.splitlines()
    assert head.endswith("partners.toml was not imported, and nothing was stored:")
    return [line.removeprefix("- ") for line in rest]


def with_line(line: str, table: str = LINCOLN) -> str:
    """The table with one key set to something else, or added."""
    key = line.split(" ")[0]
    kept = [known for known in table.splitlines() if not known.startswith(f"{key} =")]
    return "\n".join([*kept, line])


# Importing


def test_a_channel_that_is_given_up_is_no_trouble_any_more(shell: Shell) -> None:
    imported(shell, LINCOLN)
    with shell.store() as store:
        store.troubles.begin("C0LINCOLN", "is_archived")
    told = imported(shell, with_line('channel = "C0OTHER"'))
    assert "channel: “C0LINCOLN” → “C0OTHER”" in told
    with shell.store() as store:
        assert store.troubles.all() == []


def test_a_partner_is_stored_as_declared(shell: Shell) -> None:
    more = (
        'contact = "help@lincoln.example"\n'
        'sync_cron = "30 1 * * 1-5"\n'
        'pause_windows = [{ from = "06-12", to = "07-30" }, { from = "12-20", to = "01-05" }]\n'
        'breaker = { schools = 5, schools_percent = 30, staff_percent = 40, until = "2027-09-15" }'
    )
    assert imported(shell, LINCOLN + more) == "lincoln: new\n"
    assert shell.json("partners", "list") == [
        {
            "partner": "lincoln",
            "name": "Lincoln Unified",
            "timezone": "America/Los_Angeles",
            "channel": "C0LINCOLN",
            "admins": ["U0ANA", "S0LINCOLNADMINS"],
            "viewers": ["U0VIC"],
            "contact": "help@lincoln.example",
            "sync_cron": "30 1 * * 1-5",
            "pause_windows": [
                {"from": "06-12", "to": "07-30"},
                {"from": "12-20", "to": "01-05"},
            ],
            "breaker": {
                "schools": 5,
                "schools_percent": 30,
                "staff_percent": 40,
                "until": "2027-09-15",
            },
            "source": {"kind": "oneroster-csv", "path": str(shell.folder / "roster")},
            "schools": 0,
            "staff": 0,
            "last_synced": None,
            "new_source": False,
            "retired_at": None,
        }
    ]
    assert "Lincoln Unified" in shell.done("partners", "list")


def test_the_stored_breaker_is_one_that_a_sync_understands(shell: Shell) -> None:
    shell.roster()
    imported(shell, with_line("breaker = { staff_known = 1, schools = 1, until = 2027-09-15 }"))
    shell.done("sync")
    shell.roster({"s1": "Oak Elementary", "s3": "Fir Middle School"})
    assert "held" in shell.refused("sync")


def test_importing_again_changes_nothing(shell: Shell) -> None:
    imported(shell, LINCOLN, CEDAR)
    before = shell.json("partners", "list")
    assert imported(shell, LINCOLN, CEDAR) == "lincoln: unchanged\ncedar: unchanged\n"
    assert shell.json("partners", "list") == before


def test_what_changed_is_shown_key_by_key(shell: Shell) -> None:
    imported(shell, LINCOLN)
    shown = imported(shell, with_line('name = "Lincoln"', with_line('admins = ["U0BO"]')))
    assert shown.splitlines() == [
        "lincoln: changed",
        "  name: “Lincoln Unified” → “Lincoln”",
        "  admins: “U0ANA”, “S0LINCOLNADMINS” → “U0BO”",
    ]


def test_a_dry_run_shows_the_same_and_stores_nothing(shell: Shell) -> None:
    imported(shell, LINCOLN)
    file = str(shell.declare(with_line('name = "Lincoln"'), CEDAR))
    shown = shell.done("partners", "import", file, "--dry-run")
    assert "lincoln: changed" in shown
    assert "cedar: new" in shown
    assert [p["name"] for p in shell.json("partners", "list")] == ["Lincoln Unified"]


def test_importing_never_removes(shell: Shell) -> None:
    imported(shell, LINCOLN, CEDAR)
    assert imported(shell, CEDAR).splitlines() == [
        "cedar: unchanged",
        "Not in this file, and kept as they are: lincoln",
    ]
    assert len(shell.json("partners", "list")) == 2


def test_a_relative_path_starts_at_the_folder_of_the_file(
    shell: Shell, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(shell, LINCOLN, with_line('source = { kind = "oneroster-csv", path = "/a/b" }', CEDAR))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert imported(shell, LINCOLN).startswith("lincoln: unchanged")
    paths = [partner["source"]["path"] for partner in shell.json("partners", "list")]
    assert paths == ["/a/b", str(shell.folder / "roster")]


def test_the_sample_partners_can_be_imported(shell: Shell, tmp_path: Path) -> None:
    samples = write_samples(tmp_path / "samples")
    told = shell.done("partners", "import", str(samples.partners))
    assert told.count(": new\n") == samples.partners.read_text().count("[[partner]]")
    assert {run["outcome"] for run in shell.json("sync")} == {"applied"}


def test_a_source_can_be_mended_until_its_first_run_was_applied(shell: Shell) -> None:
    imported(shell, LINCOLN)
    moved = with_line('source = { kind = "oneroster-csv", path = "set.zip" }')
    assert "  source: " in imported(shell, moved)


def test_the_source_of_a_partner_with_schools_stays(shell: Shell) -> None:
    shell.synced()
    moved = with_line('source = { kind = "oneroster-csv", path = "other" }')
    [told] = mistakes(shell, moved)
    assert told.startswith("lincoln: source.path (“")
    assert "If it is meant, import with --new-source" in told
    assert f"Else keep “{shell.folder / 'roster'}”" in told


def test_a_source_that_did_not_change_is_not_new(shell: Shell) -> None:
    file = str(shell.synced().declare(LINCOLN))
    told = shell.done("partners", "import", file, "--new-source")
    assert told == "lincoln: unchanged\n"
    assert [run["outcome"] for run in shell.json("sync")] == ["no_change"]


def test_a_dry_run_does_not_move_to_a_new_source(shell: Shell) -> None:
    shell.synced()
    moved = str(shell.declare(with_line('source = { kind = "oneroster-csv", path = "other" }')))
    told = shell.done("partners", "import", moved, "--new-source", "--dry-run")
    assert "Its next run is held" in told
    assert [run["outcome"] for run in shell.json("sync")] == ["no_change"]


def test_two_partners_can_pass_a_channel_on(shell: Shell) -> None:
    imported(shell, LINCOLN, CEDAR)
    passed = with_line('channel = "C0CEDAR"'), with_line('channel = "C0OTHER"', CEDAR)
    assert "“C0LINCOLN” → “C0CEDAR”" in imported(shell, *passed)
    assert [p["channel"] for p in shell.json("partners", "list")] == ["C0OTHER", "C0CEDAR"]


def test_channels_cannot_be_swapped_at_once(shell: Shell) -> None:
    imported(shell, LINCOLN, CEDAR)
    swapped = with_line('channel = "C0CEDAR"'), with_line('channel = "C0LINCOLN"', CEDAR)
    told = mistakes(shell, *swapped)
    assert len(told) == 2
    assert all("a third channel" in mistake for mistake in told)


def test_the_channel_of_a_stored_partner_is_taken(shell: Shell) -> None:
    imported(shell, LINCOLN)
    [told] = mistakes(shell, with_line('channel = "C0LINCOLN"', CEDAR))
    assert told.startswith("cedar: channel (“C0LINCOLN” is that of lincoln,")


# Mistakes


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('slug = "Lincoln USD"', "Lincoln USD: slug (“Lincoln USD” cannot name a partner"),
        ('slug = "-a"', "-a: slug (“-a” cannot name a partner"),
        ('slug = "a_b:c"', "a_b:c: slug (“a_b:c” cannot name a partner"),
        ('slug = ""', "the first partner: slug (“” cannot name a partner"),
        (f'slug = "{"a" * 81}"', f"{'a' * 81}: slug (“"),
        ("slug = 7", "the first partner: slug has to be text, in quotes."),
        ('name = " "', "lincoln: name has to be a name that can be read"),
        ('name = "a\\u001bb"', "lincoln: name has to be a name that can be read"),
        (f'name = "{"a" * 121}"', "lincoln: name has to be a name of at most 120 characters"),
        ('timezone = "PST"', "lincoln: timezone (“PST” is not a time zone"),
        ('timezone = "../etc"', "lincoln: timezone (“../etc” is not a time zone"),
        ('channel = "#alerts"', "lincoln: channel (“#alerts” is not the id of a channel"),
        ('channel = "c0lower"', "lincoln: channel (“c0lower” is not the id of a channel"),
        ('channel = "D0DIRECT"', "lincoln: channel (“D0DIRECT” is not the id of a channel"),
        ('admins = ["U0ANA", "@bo"]', "lincoln: admins[2] (“@bo” is not the id of a person"),
        ('admins = "U0ANA"', "lincoln: admins has to be a list, in [ ]."),
        ("admins = [7]", "lincoln: admins[1] has to be text, in quotes."),
        ('viewers = ["C0LINCOLN"]', "lincoln: viewers[1] (“C0LINCOLN” is not the id of a person"),
        ('colour = "red"', "lincoln: colour is not a known key; known are slug, name,"),
        ('sync_cron = "2 o\'clock"', "lincoln: sync_cron (“2 o'clock” in America/Los_Angeles is"),
        ('sync_cron = "0 25 * * *"', "lincoln: sync_cron (“0 25 * * *” in America/Los_Angeles"),
        ('sync_cron = "0 2 30 2 *"', "lincoln: sync_cron (“0 2 30 2 *” is a time that never"),
        ("contact = 7", "lincoln: contact has to be text, in quotes."),
        ('source = "roster"', "lincoln: source has to be a table, in { }."),
        ("source = { }", "lincoln: source.kind is missing; this version reads: oneroster-csv"),
        ('source = { kind = "ftp" }', "lincoln: source.kind (“ftp” is not a kind of roster"),
        ('source = { kind = "oneroster-csv" }', "lincoln: source.path is missing."),
        (
            'source = { kind = "oneroster-csv", path = "" }',
            "lincoln: source.path has to be the path of a folder or a .zip.",
        ),
        (
            'source = { kind = "oneroster-csv", path = "a", district = "b" }',
            "lincoln: source.district is not a known key; known are kind, path.",
        ),
        ('pause_windows = { from = "06-12" }', "lincoln: pause_windows has to be a list, in [ ]."),
        ('pause_windows = [{ from = "06-12" }]', "lincoln: pause_windows[1].to is missing."),
        (
            'pause_windows = [{ from = "06-31", to = "07-30" }]',
            "lincoln: pause_windows[1].from (“06-31” is not a day of the year",
        ),
        (
            'pause_windows = [{ from = "06-12", to = "07-30", in = "x" }]',
            "lincoln: pause_windows[1].in is not a known key; known are from, to.",
        ),
        ("breaker = 3", "lincoln: breaker has to be a table, in { }."),
        ("breaker = { schools = 0 }", "lincoln: breaker.schools has to be at least 1."),
        ('breaker = { schools = "3" }', "lincoln: breaker.schools has to be a whole number."),
        (
            "breaker = { staff_percent = 101 }",
            "lincoln: breaker.staff_percent has to be at most 100.",
        ),
        (
            'breaker = { until = "soon" }',
            "lincoln: breaker.until (“soon” is not a date; write one like 2027-09-15).",
        ),
        (
            "breaker = { school = 3 }",
            "lincoln: breaker.school is not a known key; known are schools, schools_percent,",
        ),
    ],
)
def test_a_mistake_is_a_sentence_with_partner_and_key(
    sqlite_shell: Shell, line: str, told: str
) -> None:
    [mistake] = mistakes(sqlite_shell, with_line(line))
    assert mistake.startswith(told)
    assert mistake.endswith(".")


@pytest.mark.parametrize("key", ["slug", "name", "timezone", "channel", "admins", "source"])
def test_what_is_needed_and_not_there_is_named(sqlite_shell: Shell, key: str) -> None:
    table = "\n".join(line for line in LINCOLN.splitlines() if not line.startswith(f"{key} ="))
    [mistake] = mistakes(sqlite_shell, table)
    assert mistake.endswith(f": {key} is missing.")


def test_a_slug_stands_once(sqlite_shell: Shell) -> None:
    [mistake] = mistakes(sqlite_shell, LINCOLN, with_line('slug = "lincoln"', CEDAR))
    assert mistake.startswith("lincoln: slug (“lincoln” is that of lincoln too.")


def test_a_channel_stands_once(sqlite_shell: Shell) -> None:
    [mistake] = mistakes(sqlite_shell, LINCOLN, with_line('channel = "C0LINCOLN"', CEDAR))
    assert mistake.startswith("cedar: channel (“C0LINCOLN” is that of lincoln too.")


def test_all_mistakes_are_told_at_once(sqlite_shell: Shell) -> None:
    broken = with_line('timezone = "PST"', with_line('sync_cron = "daily"', with_line("x = 1")))
    told = mistakes(sqlite_shell, broken, with_line('source = { kind = "ftp" }', CEDAR))
    assert [mistake.split(" ")[:2] for mistake in told] == [
        ["lincoln:", "timezone"],
        ["lincoln:", "sync_cron"],
        ["lincoln:", "x"],
        ["cedar:", "source.kind"],
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "It has no partners"),
        (b"partner = 3", "It has no partners"),
        (b"[partner]\nslug = 'a'", "It has no partners"),
        (b"partner = [3]", "It has no partners"),
        (b"[[partners]]\nslug = 'a'", "“partners” is not known at the top of the file"),
        (b"[[partner]\n", "It is not TOML in UTF-8: "),
        (b"\xff\xfe[[partner]]", "It is not TOML in UTF-8: "),
    ],
)
def test_a_file_that_declares_nothing_is_refused(
    sqlite_shell: Shell, content: bytes, told: str
) -> None:
    file = sqlite_shell.folder / "partners.toml"
    file.write_bytes(content)
    assert f"- {told}" in sqlite_shell.refused("partners", "import", str(file))


def test_a_file_that_is_not_there_is_refused(sqlite_shell: Shell) -> None:
    told = sqlite_shell.refused("partners", "import", "nowhere.toml")
    assert "It cannot be read: No such file or directory." in told
    assert "Is a directory" in sqlite_shell.refused("partners", "import", ".")


def test_a_byte_order_mark_does_no_harm(sqlite_shell: Shell) -> None:
    file = sqlite_shell.folder / "partners.toml"
    file.write_bytes(b"\xef\xbb\xbf" + LINCOLN.encode())
    assert sqlite_shell.done("partners", "import", str(file)) == "lincoln: new\n"


def test_the_keys_of_every_kind_of_source_are_known() -> None:
    assert SOURCES.keys() == KINDS.keys()


def test_without_partners_the_list_says_how_to_get_some(sqlite_shell: Shell) -> None:
    assert "recess partners import" in sqlite_shell.done("partners", "list")
    assert sqlite_shell.json("partners", "list") == []
