"""When partners are synced: each at its cron time, in its own time zone, once.

The clock that fires lives in memory on every replica. What makes a night happen once is its id:
the partner and the wall time of the firing, which is also the same in the hour that daylight
saving repeats.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot import patience
from bot.rosters import NEVER_BY_CLOCK
from storage.errors import Busy, RecessError
from storage.partners import Partner
from storage.store import Stores

log = logging.getLogger(__name__)

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Far enough back to meet any cron time once; the shortest that has a firing is enough.
LOOK_BACK = tuple(timedelta(days=days) for days in (2, 9, 35, 370))
CATCH_UP_SECONDS = 300


class CronInvalid(RecessError):
    def __init__(self, cron: str, zone: str, why: str) -> None:
        super().__init__(
            f"“{cron}” in {zone} is not a time to sync at ({why}). Nothing was changed; give five "
            "fields (minute, hour, day, month, weekday) and an IANA time zone."
        )


def trigger(cron: str, zone: str) -> CronTrigger:
    """A crontab line in a time zone. Raises CronInvalid.

    APScheduler counts weekdays from Monday where crontab counts from Sunday, so numbers are
    given to it as names.
    """
    fields = cron.split()
    if len(fields) != 5:
        raise CronInvalid(cron, zone, f"{len(fields)} fields")
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=_named(weekday),
            timezone=ZoneInfo(zone),
        )
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise CronInvalid(cron, zone, str(error)) from None


def _named(weekdays: str) -> str:
    return ",".join(_named_part(part) for part in weekdays.split(","))


def _named_part(part: str) -> str:
    """One part of a weekday field: a range that ends on Sunday is written out, day by day."""
    span, slash, step = part.partition("/")
    if not any(char.isdigit() for char in span):
        return part
    first, _, last = span.partition("-")
    end = int(last) if last else (6 if slash else int(first))
    days = range(int(first), end + 1, int(step) if slash else 1)
    if not days or not 0 <= days[0] <= days[-1] < len(WEEKDAYS):
        raise ValueError(f"weekdays are 0 to 7, not {part}")
    return ",".join(dict.fromkeys(WEEKDAYS[day] for day in days))


def last_due(cron: str, zone: str, now: datetime) -> datetime | None:
    """The last firing at or before `now`, as an aware time; None if there was none in a year."""
    fires = trigger(cron, zone)
    for span in LOOK_BACK:
        last: datetime | None = None
        at: datetime | None = fires.get_next_fire_time(None, now - span)
        while at is not None and at.timestamp() <= now.timestamp():
            last = at
            # In UTC: adding to a wall time would lead back into an hour that comes twice.
            at = fires.get_next_fire_time(at, at.astimezone(UTC) + timedelta(microseconds=1))
        if last is not None:
            return last
    return None


@dataclass
class Nights:
    """Owes each partner's night when it is due. `cron` is for partners without one of their own.

    Without `by_clock` nothing comes by itself: somebody asks for a night, as in the demo.
    """

    stores: Stores
    cron: str
    by_clock: bool = True

    def catch_up(self) -> int:
        """Owe the last due night of every partner that has none yet; answers how many.

        A partner is not made up for nights before it was imported.
        """
        fired = cache(partial(last_due, now=self.stores.clock()))
        with self.stores.read() as store:
            due = [
                (partner, wall)
                for partner in store.partners.all()
                if (wall := self._due(partner, fired)) is not None
                and not store.runs.night_known(partner, _key(partner, wall))
            ]
        return sum(self._owe(partner, wall) for partner, wall in due)

    def _due(self, partner: Partner, fired: Callable[[str, str], datetime | None]) -> str | None:
        """The wall time of the firing that this partner should have had by now."""
        if partner.retired_at is not None or partner.source.get("kind") in NEVER_BY_CLOCK:
            return None
        try:
            at = fired(partner.sync_cron or self.cron, partner.timezone)
        except CronInvalid as invalid:
            # Checked at import, but what time zones there are changes with the system.
            log.error("%s has no nights: %s", partner.slug, invalid.sentence)
            return None
        if at is None or at.timestamp() <= partner.created_at.timestamp():
            return None
        return at.replace(tzinfo=None).isoformat(timespec="minutes")

    def _owe(self, partner: Partner, wall: str) -> bool:
        # Under the partner's lock, so that of two processes one finds the night known.
        with self.stores.transaction(patience.JOB) as store:
            locked = store.partners.locked(partner.slug)
            return store.runs.owe(locked, _key(locked, wall), night=wall) is not None


def _key(partner: Partner, wall: str) -> str:
    return f"night:{partner.slug}:{wall}"


class Clock:
    """Fires in memory: each pair of cron and zone at its time, and `every` by its seconds."""

    def __init__(self, nights: Nights, every: Mapping[str, tuple[float, Callable[[], object]]]):
        self.nights = nights
        self.scheduler = BackgroundScheduler(timezone="UTC")
        self._add("look", IntervalTrigger(seconds=CATCH_UP_SECONDS), self._look)
        for name, (seconds, work) in every.items():
            self._add(name, IntervalTrigger(seconds=seconds), work)

    def start(self) -> None:
        """Begin, and make up for what was due while nobody was there."""
        self._look()
        self.scheduler.start()

    def stop(self) -> None:
        self.scheduler.shutdown(wait=True)

    def _look(self) -> None:
        """Owe what is due, and fire for every pair of cron and zone that there is by now."""
        if not self.nights.by_clock:
            return
        _guarded("catch-up", self.nights.catch_up)()
        wanted = self._wanted()
        known = {job.id for job in self.scheduler.get_jobs() if job.id.startswith("nightly ")}
        for name in known - wanted.keys():
            self.scheduler.remove_job(name)
        for name in wanted.keys() - known:
            self._add(name, wanted[name], self.nights.catch_up)

    def _wanted(self) -> dict[str, CronTrigger]:
        """A trigger for every pair of cron and zone that can be used, by the name of its job."""
        with self.nights.stores.read() as store:
            pairs = {(p.sync_cron or self.nights.cron, p.timezone) for p in store.partners.all()}
        wanted = {}
        for cron, zone in pairs:
            with suppress(CronInvalid):
                wanted[f"nightly {cron} {zone}"] = trigger(cron, zone)
        return wanted

    def _add(self, name: str, when: object, work: Callable[[], object]) -> None:
        # A firing that comes late still counts; several late ones count once.
        self.scheduler.add_job(
            _guarded(name, work),
            when,
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )


def _guarded(name: str, work: Callable[[], object]) -> Callable[[], None]:
    """What fails now is tried again at the next firing; the clock goes on."""

    def run() -> None:
        try:
            work()
        except Busy:
            log.info("The %s job waits: the database is busy", name)
        except Exception:
            log.exception("The %s job failed; it is tried again", name)

    return run
