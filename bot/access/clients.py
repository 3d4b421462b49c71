"""Who asks: the client whose bearer token a request shows."""

import hmac
import re

from pydantic import SecretStr

from storage.store import Store
from storage.tokens import Client, digest

BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)


class Clients:
    """`first` is ACCESS_API_TOKEN, whose client may ask about all partners."""

    def __init__(self, first: SecretStr | None) -> None:
        self.first = digest(first.get_secret_value()) if first else None

    def asking(self, authorization: str, store: Store) -> Client | None:
        """The client that this header authorizes, if it does."""
        bearer = BEARER.fullmatch(authorization)
        token = bearer[1] if bearer else ""
        if self.first is not None and hmac.compare_digest(digest(token), self.first):
            return Client("ACCESS_API_TOKEN", None)
        return store.tokens.client(token)
