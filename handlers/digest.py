"""The weekly digest for the support team: everything that is open, of all partners."""

from handlers.views.digest import Week, digest
from storage.store import Store

KIND = "digest"


def owe_digest(store: Store, support_channel: str, key: str) -> None:
    """Owe the digest of this key, as it is now; once, whoever asks and how often."""
    overview = store.overview
    week = Week(
        partners=[line for line in overview.partners() if not line.retired],
        holds=overview.holds(support_channel),
        failing=overview.failing(),
        unfreezes=overview.unfreezes(),
        releases=overview.releases(),
        cases=overview.cases(),
        silent=overview.silent(),
        now=store.now,
    )
    store.messages.post(support_channel, KIND, key=key, body=digest(week).body())
