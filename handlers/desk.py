"""The one object that the stories are handed: transactions, and who is asking."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from slack_sdk import WebClient

from handlers.patience import left
from handlers.sentences import refused_right
from storage.database import LOCK_TIMEOUT
from storage.errors import NotPermitted, NotPossible
from storage.rules.rights import Access, Person, Right, allows
from storage.store import Store, Stores

# Answers who a Slack user is: (user id, name in the payload, team id, groups that matter).
Who = Callable[[str, str, str, Collection[str]], Person]
# Answers, for ids of users and of user groups, the address of each user and of each member; for
# whom Slack does not tell within so many seconds, and for a group that cannot be read, "".
Addresses = Callable[[Collection[str], float], Mapping[str, str]]
# Runs something soon, in another thread: Slack calls that a click must not wait for.
Later = Callable[[Callable[[], object]], None]


@dataclass(frozen=True)
class Desk:
    """`slack` is for answers to the person who clicks; whatever must arrive is owed instead.

    `email` answers a Slack user's address, "" when Slack does not tell. `forget_group` drops
    what is remembered of a user group, or of all of them for None.
    """

    stores: Stores
    who: Who
    email: Callable[[str], str]
    addresses: Addresses
    forget_group: Callable[[str | None], None]
    slack: WebClient
    later: Later
    support_group: str
    support_channel: str
    # Where people turn to who may do nothing here; empty when nobody said.
    support_contact: str = ""

    def read(self) -> AbstractContextManager[Store]:
        return self.stores.read()

    def transaction(self) -> AbstractContextManager[Store]:
        """Commits at the end, rolls back on any exception; waits as long as a click may."""
        return self.stores.transaction(left(LOCK_TIMEOUT))

    def access(self, partner: str) -> Access:
        """The partner's settings about people. Raises UnknownPartner."""
        with self.read() as store:
            return store.partners.named(partner).access(self.support_group)


def require_another(person: Person, askers: Collection[str]) -> None:
    """Raises NotPossible for somebody who would decide about what they asked for themselves."""
    if person.id in askers:
        raise NotPossible(
            "You asked for this yourself, so somebody else of the support team has to decide. "
            "Nothing was changed."
        )


def require(person: Person, right: Right, access: Access) -> None:
    """Raises NotPermitted, with the sentence for the person who asked."""
    reason = allows(person, right, access)
    if reason is not None:
        raise NotPermitted(reason, right, refused_right(reason, right))
