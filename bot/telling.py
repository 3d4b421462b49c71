"""What a run tells whom: cards and notes, owed in the run's own transaction."""

from dataclasses import dataclass
from itertools import takewhile

from handlers.views.notes import returned
from handlers.views.runs import connected, failed_note, frozen_returned_note, recovered_note
from storage.partners import Partner
from storage.roster.apply import Applied
from storage.runs import APPLIED, FAILED, HELD, NO_CHANGE, SKIPPED, Run
from storage.store import Store

FAULT, HOLD = "fault", "hold"
# A partner is told on these nights in a row, not on every one.
TOLD_ON = frozenset({1, 3, 7})


@dataclass(frozen=True)
class Telling:
    """`support` is the support team's channel."""

    support: str

    def applied(
        self, store: Store, partner: Partner, run: Run, applied: Applied, *, first: bool
    ) -> None:
        if first:
            note = connected(partner, run).body()
            store.messages.note(
                partner.channel, note, partner=partner.id, key=f"first:{partner.id}"
            )
        self._card(store, partner, applied)
        for school in applied.frozen_came_back:
            note = frozen_returned_note(partner, school).body()
            store.messages.note(self.support, note, key=f"returned:{school.key}:{run.id}")
        self._settle_hold(store, partner, run)
        self._recovered(store, partner, run)

    def _card(self, store: Store, partner: Partner, applied: Applied) -> None:
        """A new card when something new is missing; an edit when something only came back."""
        if not applied.went_missing and not applied.came_back:
            return
        card = store.cards.open(partner) if applied.went_missing else store.cards.refresh(partner)
        if applied.came_back and card is not None:
            note = returned(applied.came_back).body()
            store.messages.note(partner.channel, note, partner=partner.id, thread=card)

    def stopped(self, store: Store, partner: Partner, run: Run, held_before: Run | None) -> None:
        if run.outcome == FAILED and run.night is not None:
            self._failed(store, partner, run)
        if run.outcome == HELD:
            self._held(store, partner, run, held_before)

    def _failed(self, store: Store, partner: Partner, run: Run) -> None:
        """To support one card per cause and night; to the partner now and then."""
        assert run.night is not None
        subject = f"{run.cause}@{run.night[:10]}"
        known = store.messages.about(FAULT, subject)
        if known is None:
            store.messages.post(self.support, FAULT, subject=subject, key=f"{FAULT}:{subject}")
        else:
            store.messages.touch(known.id)
        nights = 1 + len(self._failures_before(store, run))
        if nights in TOLD_ON:
            note = failed_note(partner, run, nights).body()
            store.messages.note(partner.channel, note, partner=partner.id, key=f"failed:{run.id}")

    def _recovered(self, store: Store, partner: Partner, run: Run) -> None:
        failed = self._failures_before(store, run)
        if failed:
            note = recovered_note(partner, len(failed)).body()
            key = f"recovered:{failed[0].id}"
            store.messages.note(partner.channel, note, partner=partner.id, key=key)

    def _failures_before(self, store: Store, run: Run) -> list[Run]:
        """The runs that failed in a row right before this one; skipped nights do not count."""
        before = [r for r in store.runs.before(run) if r.outcome != SKIPPED]
        return list(takewhile(lambda r: r.outcome == FAILED, before))

    def _held(self, store: Store, partner: Partner, run: Run, held_before: Run | None) -> None:
        """One open hold per partner: a later one takes its place on the same card."""
        store.runs.supersede_holds(partner, run)
        if held_before is not None:
            self._edit_hold(store, partner)
            return
        for channel in (partner.channel, self.support):
            subject = f"{partner.slug}@{channel}"
            store.messages.post(channel, HOLD, partner=partner.id, subject=subject)

    def _settle_hold(self, store: Store, partner: Partner, run: Run) -> None:
        if run.outcome not in (APPLIED, NO_CHANGE):
            return
        if store.runs.supersede_holds(partner, run):
            self._edit_hold(store, partner)

    def _edit_hold(self, store: Store, partner: Partner) -> None:
        for channel in (partner.channel, self.support):
            card = store.messages.about(HOLD, f"{partner.slug}@{channel}")
            if card is not None:
                store.messages.touch(card.id)
