"""What follows every decision: the card as it is now, and one line in its thread."""

from collections.abc import Sequence

from handlers.views.notes import decided
from storage.partners import Partner
from storage.schools import Change
from storage.store import Store


def record(store: Store, partner: Partner, changes: Sequence[Change]) -> None:
    """Owe the card anew and a line of the audit trail, for the changes that were made."""
    done = [change for change in changes if change.done]
    if not done:
        return
    card = store.cards.refresh(partner)
    note = decided(done).body()
    store.messages.note(partner.channel, note, partner=partner.id, thread=card)
