"""The large district of the benchmarks, in small."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.rosters import school_id, write_district

Reader = Callable[[Path], list[dict[str, str]]]
STAFF = {"teacher", "administrator", "aide"}


def small(folder: Path, **options: object) -> Path:
    return write_district(folder, 20, 300, 1_500, **options)  # type: ignore[arg-type]


def in_order(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: row["sourcedId"])


def test_it_has_as_many_schools_staff_and_users_as_asked(tmp_path: Path, rows: Reader) -> None:
    small(tmp_path)
    users = rows(tmp_path / "users.csv")
    assert [org["type"] for org in rows(tmp_path / "orgs.csv")].count("school") == 20
    assert sum(user["role"] in STAFF for user in users) == 300
    assert len({user["sourcedId"] for user in users}) == 1_500


def test_its_staff_have_addresses_of_their_own_that_are_not_real(
    tmp_path: Path, rows: Reader
) -> None:
    small(tmp_path)
    emails = [user["email"] for user in rows(tmp_path / "users.csv") if user["role"] in STAFF]
    assert len(set(emails)) == 300
    assert all(email.endswith(".example") for email in emails)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first = small(tmp_path / "a") / "users.csv"
    assert (small(tmp_path / "b") / "users.csv").read_bytes() == first.read_bytes()
    assert (small(tmp_path / "c", seed=2) / "users.csv").read_bytes() != first.read_bytes()


def test_shuffled_and_quoted_it_has_the_same_rows_in_another_order(
    tmp_path: Path, rows: Reader
) -> None:
    plain = small(tmp_path / "plain")
    other = small(tmp_path / "other", shuffle=True, quote_all=True)
    for name in ("orgs.csv", "users.csv"):
        expected, found = rows(plain / name), rows(other / name)
        assert found != expected
        assert in_order(found) == in_order(expected)


def test_quoting_all_quotes_every_cell(tmp_path: Path) -> None:
    lines = (small(tmp_path, quote_all=True) / "users.csv").read_text("utf-8").splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)


def test_a_school_can_be_missing_while_its_people_stay(tmp_path: Path, rows: Reader) -> None:
    folder = small(tmp_path, without_schools=[school_id(3)])
    orgs = {org["sourcedId"] for org in rows(folder / "orgs.csv")}
    listed = [user["orgSourcedIds"] for user in rows(folder / "users.csv")]
    assert school_id(3) not in orgs
    assert any(school_id(3) in schools for schools in listed)
    assert len(listed) == 1_500


def test_a_school_can_be_missing_with_its_people(tmp_path: Path, rows: Reader) -> None:
    folder = small(tmp_path, without_schools=[school_id(3)], drop_people=True)
    listed = [user["orgSourcedIds"] for user in rows(folder / "users.csv")]
    assert not any(school_id(3) in schools for schools in listed)
    assert 1_350 < len(listed) < 1_500


def test_changed_staff_differ_and_nobody_else_does(tmp_path: Path, rows: Reader) -> None:
    before = rows(small(tmp_path / "a") / "users.csv")
    after = rows(small(tmp_path / "b", changed=7) / "users.csv")
    differing = [old["sourcedId"] for old, new in zip(before, after, strict=True) if old != new]
    assert differing == [f"u{number:07}" for number in range(1, 8)]


def test_staff_can_be_missing(tmp_path: Path, rows: Reader) -> None:
    users = rows(small(tmp_path, without_staff=25) / "users.csv")
    assert sum(user["role"] in STAFF for user in users) == 275
    assert len(users) == 1_475


def test_about_one_in_eight_staff_works_at_several_schools(tmp_path: Path, rows: Reader) -> None:
    users = rows(write_district(tmp_path, 200, 4_000, 4_000) / "users.csv")
    several = sum("," in user["orgSourcedIds"] for user in users)
    assert 400 < several < 600
