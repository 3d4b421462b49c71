"""When people are reminded, and when support gets its weekly digest.

The clock looks every few minutes, on every replica. What makes a reminder happen once is what the
messages say was told last, read again under the partner's lock, and a key for each day.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import patience
from handlers.digest import owe_digest
from handlers.reminders import due_now, remind
from storage.errors import Busy
from storage.partners import Partner
from storage.rules.reminders import awake, digest_due
from storage.store import Stores

log = logging.getLogger(__name__)


@dataclass
class Reminding:
    """`support_zone` is where the support team begins its week."""

    stores: Stores
    support_channel: str
    support_zone: ZoneInfo

    def look(self) -> None:
        """Owe every reminder that is due, and the digest."""
        with self.stores.read() as store:
            partners = store.partners.all()
        for partner in partners:
            try:
                self._remind(partner)
            except Busy:
                log.info("The reminders of %s wait: the database is busy", partner.slug)
            except Exception:
                # One partner's trouble must not keep the others from being reminded.
                log.exception("The reminders of %s failed; they are tried again", partner.slug)
        self._digest(partners)

    def _remind(self, partner: Partner) -> None:
        zone = _zone(partner)
        now = self.stores.clock()
        if _asleep(partner, now, zone):
            return
        with self.stores.read() as store:
            if due_now(store, partner, zone).nothing:
                return
        with self.stores.transaction(patience.JOB) as store:
            locked = store.partners.locked(partner.slug)
            if not _asleep(locked, now, zone):
                remind(store, locked, zone, self.support_channel)

    def _digest(self, partners: list[Partner]) -> None:
        with self.stores.read() as store:
            when = digest_due(store.now, self.support_zone)
            key = f"digest:{when.astimezone(self.support_zone):%Y-%m-%d}"
            # Nothing is made up for weeks before there was anybody to report about.
            if store.messages.keyed(key) or all(p.created_at > when for p in partners):
                return
        with self.stores.transaction(patience.JOB) as store:
            owe_digest(store, self.support_channel, key)


def _asleep(partner: Partner, now: datetime, zone: ZoneInfo) -> bool:
    """At night, at the weekend, in a pause window, and for ever when it is retired."""
    if partner.retired_at is not None or not awake(now, zone):
        return True
    return partner.window_on(now.astimezone(zone).date()) is not None


def _zone(partner: Partner) -> ZoneInfo:
    try:
        return ZoneInfo(partner.timezone)
    except ZoneInfoNotFoundError:
        # Checked at import, but what time zones there are changes with the system.
        log.error("%s is reminded by UTC: there is no zone %s", partner.slug, partner.timezone)
        return ZoneInfo("UTC")
