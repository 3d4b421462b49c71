"""A run that a later one has overtaken read no roster, and says nothing of it."""

from storage.rules.breaker import Trip
from storage.runs import APPLIED, DISCARDED, FAILED, HELD, SUPERSEDED, Run
from tests.storage.office import Office


def owed(office: Office) -> Run:
    """A night whose job comes late."""
    with office.stores.transaction() as store:
        night = store.runs.owe(office.partner, "night:1", night="2026-09-01T02:00")
    assert night is not None
    return night


def read(office: Office, outcome: str, digest: str | None = None) -> Run:
    """Somebody's sync, from its beginning to its end."""
    office.pass_time(60)
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        run = store.runs.here(partner, f"now:{office.moment}", "me")
        cause = Trip.SCHOOLS_GONE if digest else None
        return store.runs.finish(run, outcome, cause=cause, digest=digest)


def overtaken(office: Office, night: Run) -> None:
    """Carried at last, it finds that it came too late."""
    office.pass_time(60)
    with office.stores.transaction() as store:
        store.partners.locked("lincoln")
        store.runs.again(night)
        begun = store.runs.begin(store.runs.by_id(night.id), "me")
        assert store.runs.overtaken(begun)
        store.runs.finish(begun, SUPERSEDED)


def test_it_does_not_part_holds_of_one_roster(office: Office) -> None:
    read(office, DISCARDED, "same")
    night = owed(office)
    read(office, DISCARDED, "same")
    overtaken(office, night)
    read(office, HELD, "same")
    with office.stores.read() as store:
        assert store.runs.held_in_a_row(office.partner, "same") == 3


def test_it_does_not_hide_that_the_source_fails(office: Office) -> None:
    night = owed(office)
    read(office, APPLIED)
    read(office, FAILED)
    overtaken(office, night)
    with office.stores.read() as store:
        assert [failing.partner for failing in store.overview.failing()] == ["lincoln"]
