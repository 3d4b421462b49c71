"""Since when a partner is held, however often its roster was read meanwhile."""

import pytest

from storage.rules.breaker import Trip
from storage.runs import APPLIED, DISCARDED, FAILED, HELD, SUPERSEDED
from tests.storage.office import Office


def read(office: Office, outcome: str, cause: str | None = None) -> None:
    """The next hour's run, which takes the place of what was held before."""
    office.pass_time(3600)
    with office.stores.transaction() as store:
        partner = store.partners.locked("lincoln")
        run = store.runs.here(partner, f"now:{office.moment}", "me")
        digest = None if outcome == FAILED else f"read at {office.moment}"
        ended = store.runs.finish(run, outcome, cause=cause, digest=digest)
        if outcome in (HELD, APPLIED):
            store.runs.supersede_holds(partner, ended)


# What was read before, an hour apart, and for how many hours the partner is held in the end.
@pytest.mark.parametrize(
    ("before", "hours"),
    [
        ([], 0),
        ([(HELD, Trip.SCHOOLS_GONE), (HELD, Trip.ALL_SCHOOLS_GONE)], 2),
        ([(HELD, Trip.SCHOOLS_GONE), (FAILED, "files_missing")], 2),
        ([(HELD, Trip.SCHOOLS_GONE), (APPLIED, None)], 0),
        ([(APPLIED, None), (HELD, Trip.STAFF_GONE), (SUPERSEDED, None)], 2),
        ([(DISCARDED, Trip.SCHOOLS_GONE), (HELD, Trip.SCHOOLS_GONE)], 1),
        ([(HELD, Trip.SCHOOLS_GONE), (HELD, "preview")], 0),
    ],
)
def test_it_is_since_the_first_of_the_runs_held_in_a_row(
    office: Office, before: list[tuple[str, str | None]], hours: int
) -> None:
    for outcome, cause in before:
        read(office, outcome, cause)
    read(office, HELD, Trip.SCHOOLS_GONE)
    with office.stores.read() as store:
        [hold] = store.overview.holds()
    assert hold.at is not None
    assert (office.moment - hold.at).total_seconds() == hours * 3600
