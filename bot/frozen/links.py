"""Links to the frozen screen: signed, made anew each day, and valid for at least thirty days.

All day long the same accounts get the same link, so that an answer with one can be compared with an
earlier one. A link names accounts by our own keys and holds nothing else; without the key nobody
can make one.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

DAY_SECONDS = 86_400
# From the beginning of the day, in UTC.
VALID = timedelta(days=31)
# Some districts write one address for everybody who has none; a link has to stay one.
MOST = 20
# Signatures of other things, should there ever be some, are none of a link.
PURPOSE = b"recess frozen screen"


@dataclass(frozen=True)
class Bearer:
    """Whose link somebody holds; `expired` says that it is too old to tell more than a contact."""

    keys: Sequence[int]
    expired: bool


class FrozenLinks:
    """`key` gives the key, `base` is where people reach this server."""

    def __init__(self, key: Callable[[], str], base: str, clock: Callable[[], datetime]) -> None:
        self.key = key
        self.base = base
        self.clock = clock

    def address(self, accounts: Sequence[int]) -> str:
        """The screen of these accounts, which are one person's; the first ones matter most."""
        return f"{self.base}/frozen/{self._serializer.dumps(list(accounts[:MOST]))}"

    def bearer(self, token: str) -> Bearer | None:
        """Whose link it is; None for everything that we have not signed."""
        try:
            keys, signed_at = self._serializer.loads(token, return_timestamp=True)
        except BadData:
            return None
        # Another replica's clock may be ahead of ours: a link of the future is a fresh one.
        return Bearer(keys, expired=self.clock() - signed_at > VALID)

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self.key(),
            salt=PURPOSE,
            signer=_Signer,
            signer_kwargs={
                "clock": self.clock,
                "key_derivation": "hmac",
                "digest_method": hashlib.sha256,
            },
        )


class _Signer(TimestampSigner):
    """Tells the day by our clock."""

    def __init__(self, *args: Any, clock: Callable[[], datetime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock

    def get_timestamp(self) -> int:
        now = int(self._clock().timestamp())
        return now - now % DAY_SECONDS
