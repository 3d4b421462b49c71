"""What this floor can refuse.

RecessError             carries the sentence that a person is shown
├── Busy                somebody else is writing; nothing was changed
├── PlanStale           the roster moved since the plan was made; plan again
├── SyncUnderWay        another process syncs this partner
├── NotPermitted        the person may not do this
├── UnknownPartner, UnknownSchool, UnknownAccount
└── NotPossible         the change does not apply to what is stored now
"""

from datetime import datetime

from storage.rules.rights import Reason, Right


class RecessError(Exception):
    """Base of all. `sentence` says what happened, what was not changed, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Busy(RecessError):
    def __init__(self) -> None:
        super().__init__(
            "Tonight's roster is being stored right now. Nothing was changed; "
            "please try again in a minute."
        )


class PlanStale(RecessError):
    def __init__(self, slug: str) -> None:
        super().__init__(
            f"The stored roster of {slug} changed while this one was being compared. "
            "Nothing was changed; it has to be compared again."
        )


class SyncUnderWay(RecessError):
    def __init__(self, slug: str, owner: str, since: datetime) -> None:
        super().__init__(
            f"{slug} is already being synced, by {owner} since {since:%Y-%m-%d %H:%M} UTC. "
            "Nothing was changed; wait until that run has ended."
        )


class RunTaken(RecessError):
    def __init__(self, slug: str) -> None:
        super().__init__(
            f"The run of {slug} was taken over by another process while this one was silent. "
            "Nothing was changed by this one."
        )


class NotPermitted(RecessError):
    """`reason` and `right` let the surface choose its own words; `sentence` is for the others."""

    def __init__(self, reason: Reason, right: Right, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.right = right


class UnknownPartner(RecessError):
    """Says nothing of the partners that there are: nobody learns of another's."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no partner “{slug}”. Nothing was changed.")


class UnknownSchool(RecessError):
    def __init__(self, slug: str, school: str) -> None:
        super().__init__(f"{slug} has no school with the id “{school}”. Nothing was changed.")


class UnknownAccount(RecessError):
    def __init__(self, slug: str, account: str) -> None:
        super().__init__(f"{slug} has no account with the id “{account}”. Nothing was changed.")


class NotPossible(RecessError):
    """The change does not apply any more; `sentence` says who did what, and when."""
