"""`/schools export`: every school of a partner as a CSV file, by direct message."""

from collections.abc import Iterator

from handlers.commands.asked import Asked
from handlers.desk import Desk
from handlers.files import make_later, send_csv
from handlers.listening import Say
from handlers.sentences import STATUS_WORDS, counted
from handlers.views.blocks import escaped, plain_when
from storage.partners import Partner
from storage.store import Store

HEADER = (
    *("Id", "Number", "Name", "Status", "Since", "Last synced", "Present", "People"),
    *("Decided by", "Reason"),
)


def export_schools(asked: Asked, desk: Desk) -> Say:
    """The file is made after this is answered, which may not wait for a large partner."""
    make_later(desk, asked.person.id, lambda: _send(asked, desk))
    name = escaped(asked.partner.name)
    return Say(f"All schools of {name} come to you as a CSV file, by direct message.")


def _send(asked: Asked, desk: Desk) -> None:
    partner = asked.partner
    with desk.read() as store:
        rows = list(_rows(store, partner))
        day = store.now.date()
    comment = f"{counted(len(rows), 'school')} of {partner.name} as they are now; times are in UTC."
    send_csv(desk, asked.person.id, f"schools-{partner.slug}-{day}.csv", HEADER, rows, comment)


def _rows(store: Store, partner: Partner) -> Iterator[tuple[object, ...]]:
    schools, settled = store.schools.of(partner), store.schools.settled(partner)
    people = store.schools.people([school.key for school in schools])
    synced = store.schools.last_run_at(partner)
    for school in schools:
        seen = synced if school.present else school.last_seen_at
        by = settled[school.key]
        yield (
            school.id,
            school.number,
            school.name,
            STATUS_WORDS[school.status],
            plain_when(school.since),
            plain_when(seen) if seen else "never",
            "yes" if school.present else "no",
            people.get(school.key, 0),
            by.actor_name,
            by.reason,
        )
