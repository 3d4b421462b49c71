"""What a run tells whom: cards and notes, owed in the run's own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from handlers.closing import close_case
from handlers.trail import record
from handlers.views.blocks import Picture
from handlers.views.hold import again_note, discarded_again_note, void_note
from handlers.views.notes import returned
from handlers.views.runs import (
    connected,
    failed_note,
    frozen_returned_note,
    made_anew_note,
    no_batch_note,
    recovered_note,
    still_paused_note,
)
from handlers.views.syncing import sync_ended
from handlers.views.upload import ended_note
from storage.cases import Closing
from storage.messages import LET_GO, Message
from storage.partners import Partner
from storage.roster.apply import Applied
from storage.rules.lifecycle import Event, Status
from storage.runs import (
    APPLIED,
    DISCARDED,
    FAILED,
    HELD,
    NO_CHANGE,
    SKIPPED,
    SUPERSEDED,
    Decision,
    Run,
)
from storage.store import Store
from storage.uploads import KIND as UPLOAD

FAULT, HOLD = "fault", "hold"
PAUSE_WINDOW = "pause_window"
DECIDED = frozenset({Status.PAUSED, Status.FROZEN})
# A partner is told on these nights in a row, not on every one.
TOLD_ON = frozenset({1, 3, 7})
# Nights in a row without a batch in the drop folder, after which people are told, once.
WITHOUT_BATCH = frozenset({"no_new_batch", "batch_incomplete", "batch_not_quiet"})
WITHOUT_BATCH_TOLD_ON = 3
# The same roster again after somebody discarded it: support hears of it on this night.
DISCARDED_TOLD_ON = 3


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
        self._made_anew(store, partner, run, applied)
        for school in applied.came_back:
            close_case(store, partner, school, Closing.RETURNED, "sync", "The sync")
        for school in applied.frozen_came_back:
            note = frozen_returned_note(partner, school).body()
            store.messages.note(self.support, note, key=f"returned:{school.key}:{run.id}")
        self._settle_hold(store, partner, run)
        self._recovered(store, partner, run)
        self._after_the_summer(store, partner, run)
        self._askers(store, partner, run)

    def _card(self, store: Store, partner: Partner, applied: Applied) -> None:
        """A new card when something new is missing; an edit when something only came back.

        A new school may be one of the missing ones under another id, which the card then says; and
        one that it shows may have another name by now.
        """
        seen = applied.appeared or applied.renamed
        if not (applied.went_missing or applied.came_back or seen):
            return
        card = store.cards.open(partner) if applied.went_missing else store.cards.refresh(partner)
        if applied.came_back and card is not None:
            note = returned(applied.came_back).body()
            store.messages.note(partner.channel, note, partner=partner.id, thread=card)

    def _made_anew(self, store: Store, partner: Partner, run: Run, applied: Applied) -> None:
        """A decided school came under another id: no card asks about it, so a note says it."""
        if not applied.appeared:
            return
        schools = {school.key: school for school in store.schools.of(partner)}
        found = [
            (schools[key], match)
            for key, match in store.links.likely(partner).items()
            if schools[key].status in DECIDED and match.new.id in applied.appeared
        ]
        if not found:
            return
        note = made_anew_note(partner, found).body()
        key = f"made anew:{found[0][0].key}:{run.id}"
        store.messages.note(partner.channel, note, partner=partner.id, key=key)
        store.messages.note(self.support, note, key=f"{key}:support")

    def stopped(self, store: Store, partner: Partner, run: Run, held_before: Run | None) -> None:
        if run.outcome == FAILED and run.night is not None:
            self._failed(store, partner, run)
        if run.outcome == SKIPPED and run.night is not None and run.cause in WITHOUT_BATCH:
            self._without_batch(store, partner, run)
        if run.outcome == HELD:
            self._held(store, partner, run, held_before)
        self._askers(store, partner, run)

    def _askers(self, store: Store, partner: Partner, run: Run) -> None:
        """Whoever wanted a sync now is told how it ended, once."""
        ended = sync_ended(partner, run).body()
        for person in store.runs.askers(run):
            store.messages.note(
                person, ended, partner=partner.id, key=f"asked for:{run.id}:{person}"
            )

    def _without_batch(self, store: Store, partner: Partner, run: Run) -> None:
        before = takewhile(lambda r: r.cause in WITHOUT_BATCH, store.runs.before(run))
        nights = 1 + len(list(before))
        if nights == WITHOUT_BATCH_TOLD_ON:
            note = no_batch_note(partner, run, nights).body()
            key = f"no batch:{run.id}"
            store.messages.note(partner.channel, note, partner=partner.id, key=key)
            store.messages.note(self.support, note, key=f"{key}:support")

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

    def _after_the_summer(self, store: Store, partner: Partner, run: Run) -> None:
        """One reminder of what is still Paused, on the first night after a pause window."""
        before = store.runs.before(run)
        paused = [s for s in store.schools.of(partner) if s.status is Status.PAUSED]
        if paused and before and before[0].cause == PAUSE_WINDOW:
            note = still_paused_note(partner, paused).body()
            key = f"window:{before[0].id}"
            store.messages.note(partner.channel, note, partner=partner.id, key=key)

    def _failures_before(self, store: Store, run: Run) -> list[Run]:
        """The runs that failed in a row right before this one; skipped nights do not count."""
        before = [r for r in store.runs.before(run) if r.outcome != SKIPPED]
        return list(takewhile(lambda r: r.outcome == FAILED, before))

    def hold_decided(self, store: Store, partner: Partner, note: Picture) -> None:
        """The cards of a hold as they are now, and one line in their threads."""
        for card in self._hold_cards(store, partner):
            store.messages.touch(card.id)
            store.messages.note(card.channel, note.body(), partner=partner.id, thread=card.id)

    def source_moved(self, store: Store, partner: Partner) -> None:
        """What was held or matched of the source before means nothing any more."""
        if (held := store.runs.held(partner)) is not None:
            settled = store.runs.settle(held, SUPERSEDED, "The partner has a new source.")
            self._touch_hold(store, partner)
            self.uploads_settled(store, [settled])
        store.matches.forget(partner)

    def hold_void(self, store: Store, partner: Partner, run: Run) -> None:
        """What was decided could not be done any more; `run` has the reason."""
        self.hold_decided(store, partner, void_note(partner, run))
        self.uploads_settled(store, [run])

    def uploads_settled(self, store: Store, runs: Sequence[Run]) -> None:
        """Whoever uploaded these rosters is told below their previews what became of them."""
        for run in runs:
            upload = store.uploads.of_run(run.id)
            message = store.messages.about(UPLOAD, str(upload.id)) if upload else None
            if upload is None or message is None:
                continue
            store.messages.touch(message.id)
            note = ended_note(store.uploads.whole(upload)).body()
            key = f"upload ended:{upload.id}"
            store.messages.note(message.channel, note, thread=message.id, key=key)

    def hold_carried_out(self, store: Store, partner: Partner, run: Run, applied: Applied) -> None:
        """Pause what went missing, if that was decided, in the name of who decided."""
        if run.decision is Decision.APPLY_AND_PAUSE:
            picked = store.schools.picked(partner, [school.id for school in applied.went_missing])
            record(store, partner, store.schools.change_all(picked, Event.PAUSED, run.decider))
            self._made_anew(store, partner, run, applied)
        self._touch_hold(store, partner)
        self.uploads_settled(store, [run])

    def _held(self, store: Store, partner: Partner, run: Run, before: Run | None) -> None:
        """One open hold per partner: a later one takes its place on the same cards.

        So does one of exactly the roster that somebody has discarded.
        """
        store.runs.supersede_holds(partner, run)
        nights = store.runs.held_in_a_row(partner, run.digest)
        if before is None or not (before.outcome == HELD or nights > 1):
            self._post_hold(store, partner, but_in=())
            return
        if before.outcome == DISCARDED:
            self._touch_hold(store, partner)
            self._discarded_again(store, partner, run, nights)
        else:
            self.hold_decided(store, partner, again_note(partner, nights))
        # While the one before was settled, its card may have been let go, or its channel left.
        self._post_hold(store, partner, but_in=self._hold_cards(store, partner))

    def _post_hold(self, store: Store, partner: Partner, but_in: Sequence[Message]) -> None:
        shown = {card.channel for card in but_in}
        for channel in (partner.channel, self.support):
            if channel not in shown:
                subject = f"{partner.slug}@{channel}"
                store.messages.post(channel, HOLD, partner=partner.id, subject=subject)

    def _discarded_again(self, store: Store, partner: Partner, run: Run, nights: int) -> None:
        if nights == DISCARDED_TOLD_ON:
            note = discarded_again_note(partner, run, nights).body()
            store.messages.note(self.support, note, key=f"discarded:{run.id}")

    def _settle_hold(self, store: Store, partner: Partner, run: Run) -> None:
        if run.outcome not in (APPLIED, NO_CHANGE):
            return
        if ended := store.runs.supersede_holds(partner, run):
            self._touch_hold(store, partner)
            self.uploads_settled(store, ended)

    def _touch_hold(self, store: Store, partner: Partner) -> None:
        for card in self._hold_cards(store, partner):
            store.messages.touch(card.id)

    def _hold_cards(self, store: Store, partner: Partner) -> list[Message]:
        subjects = [f"{partner.slug}@{channel}" for channel in (partner.channel, self.support)]
        cards = [store.messages.about(HOLD, subject) for subject in subjects]
        return [card for card in cards if card is not None and card.state != LET_GO]
