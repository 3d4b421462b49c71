"""What the doctor finds at the doors: the access API, the frozen screen, and webhooks."""

import stat
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.commands.findings import Finding, ok, skipped, wrong
from bot.frozen.key import UNKEPT, key_file
from bot.settings import Settings, SettingsInvalid, public_address
from bot.webhooks import receiver
from handlers.sentences import counted
from storage.store import Store

# As many characters of a random text as nobody guesses.
STRONG = 32
NEAR = ("localhost", "127.0.0.1", "::1")


def door_checks(asked: Settings, store: Store) -> Iterator[Finding]:
    """Of screens and links nothing matters before somebody may ask who is locked."""
    yield from _webhooks(asked)
    clients = sum(token.revoked_at is None for token in store.tokens.all())
    clients += asked.access_api_token is not None
    if not clients:
        yield skipped(
            "No product asks who is locked: the access API has no client yet. "
            "`recess tokens create NAME` makes one."
        )
        return
    found = [*_address(asked), *_contacts(asked, store), *_secrets(asked)]
    yield from found or [
        ok(f"The access API has {counted(clients, 'client')}; links lead to {asked.public_url}.")
    ]


def _webhooks(asked: Settings) -> Iterator[Finding]:
    try:
        product = receiver(asked)
    except SettingsInvalid as error:
        yield wrong(error.sentence)
        return
    if product is None:
        return
    product.close()
    if _in_the_open(asked.webhook_url):
        yield wrong(
            "WEBHOOK_URL begins with http, so on its way others can read who is locked. "
            "Let the product take it by https, and write that."
        )
    secret = asked.webhook_secret.get_secret_value() if asked.webhook_secret else ""
    if len(secret.removeprefix("whsec_")) < STRONG:
        yield wrong(
            "WEBHOOK_SECRET can be guessed. Set one of 24 random bytes or more, at both ends."
        )


def _in_the_open(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme == "http" and address.hostname not in NEAR


def _address(asked: Settings) -> Iterator[Finding]:
    if not asked.public_url:
        yield wrong(
            "PUBLIC_URL is not set, so links to the frozen screen lead to "
            f"{public_address(asked)}. Set it to where people reach this server."
        )
        return
    if _in_the_open(asked.public_url):
        yield wrong(
            "PUBLIC_URL begins with http, so on their way links to the frozen screen can be read "
            "by others. Serve it by https, and write that."
        )


def _contacts(asked: Settings, store: Store) -> Iterator[Finding]:
    without = [partner.slug for partner in store.partners.all() if not partner.contact.strip()]
    if without and not asked.support_contact.strip():
        yield wrong(
            f"The frozen screen names nobody to contact for {', '.join(without)}. "
            "Set SUPPORT_CONTACT, or `contact` in the partners file."
        )


def _secrets(asked: Settings) -> Iterator[Finding]:
    for name, secret in (
        ("SECRET_KEY", asked.secret_key),
        ("ACCESS_API_TOKEN", asked.access_api_token),
    ):
        if secret is not None and len(secret.get_secret_value()) < STRONG:
            yield wrong(f"{name} can be guessed. Set {STRONG} random characters or more.")
    if asked.secret_key is None:
        yield from _kept_key(asked)


def _kept_key(asked: Settings) -> Iterator[Finding]:
    file = key_file(asked)
    if file is None:
        yield wrong(UNKEPT)
    elif file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield wrong(
            f"The key that signs links to the frozen screen can be read by others: {file}. "
            "Let its owner alone read it (chmod 600)."
        )
