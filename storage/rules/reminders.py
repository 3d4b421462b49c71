"""When people are reminded of what they have not decided, and when they are left alone.

Everything here is due at a moment; whoever reminds says everything that came due since the last
time in one message. So downtime, weekends and pause windows make one reminder late, not many.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# Nobody is reminded outside these hours of a working day (Monday is 0), in the partner's zone.
BEGINS, ENDS, LAST_WORKING_DAY = 8, 18, 4

# Days after which the partner's channel is reminded of a school that nobody decided about.
OF_SCHOOLS = (3, 7, 14)
# The day after the last of these the support team is told.
ESCALATED = 15
# From this day on support is reminded of a hold too.
HOLD_ESCALATED = 3
# What waits for support: the gap grows from a day to a month.
OF_REQUESTS = (1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 211, 241, 271, 301, 331, 361)

DIGEST_AT = 8


def awake(now: datetime, zone: ZoneInfo) -> bool:
    """Whether people of this time zone may be reminded now."""
    local = now.astimezone(zone)
    return local.weekday() <= LAST_WORKING_DAY and BEGINS <= local.hour < ENDS


def due(days: Sequence[int], since: datetime, told: datetime | None, now: datetime) -> int | None:
    """The last of these days after `since` that came since people were `told`, if one did."""
    came = [day for day in days if since + timedelta(days=day) <= now]
    if not came or (told is not None and since + timedelta(days=came[-1]) <= told):
        return None
    return came[-1]


def another_day(now: datetime, before: datetime | None, zone: ZoneInfo) -> bool:
    """Whether it is a later day than `before` for people of this time zone."""
    return before is None or now.astimezone(zone).date() > before.astimezone(zone).date()


def digest_due(now: datetime, zone: ZoneInfo) -> datetime:
    """The last Monday morning at or before `now`, in UTC: then a digest was due."""
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).replace(
        hour=DIGEST_AT, minute=0, second=0, microsecond=0
    )
    if monday > local:
        monday -= timedelta(days=7)
    return monday.astimezone(UTC)
