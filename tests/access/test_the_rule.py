"""Whatever was frozen, unfrozen and released: each question is answered as the rule says."""

from hypothesis import given

from storage.access import Access
from tests.storage.conftest import office
from tests.storage.office import Office, person
from tests.storage.test_locks import SCHOOLS, act, acts, people, several

__all__ = ["office"]

# Two of the staff share an email, and are asked about as one.
EMAILS = {"p": "both@x.org", "q": "BOTH@x.org", "r": "r@x.org", "s": "s@x.org"}


@given(where=people, done=acts)
@several
def test_every_question_is_answered_by_the_rule(
    office: Office, where: dict[str, set[str]], done: list[tuple[str, str, str]]
) -> None:
    office.partner = office.declare(f"after-{office.partner.id}")
    staff = [person(id, *at, email=EMAILS[id]) for id, at in where.items()]
    office.night(SCHOOLS, staff)
    for one in done:
        act(office, *one)
    with office.stores.read() as store:
        # Found from the schools' side, which is proved against the rule itself.
        locking = store.locks.because(office.partner)
        by_id = store.access.by_id(office.partner.slug, list(where))
        by_email = store.access.by_email(office.partner.slug, list(EMAILS.values()))
        by_key = [store.access.by_key(access.keys) for access in by_id.values()]
    assert by_id.keys() == where.keys()
    assert by_email.keys() == set(EMAILS.values())
    assert by_key == list(by_id.values())
    for access in (*by_id.values(), *by_email.values()):
        assert causes(access) == sorted({id for key in access.keys for id in locking.get(key, ())})
    assert by_email["both@x.org"].ids == ("p", "q")


def causes(access: Access) -> list[str]:
    return sorted(cause.id for cause in access.because)
