"""What somebody has chosen to see in Home; the view itself remembers it."""

import json
from dataclasses import dataclass, fields, replace

from handlers.views.ids import Target

# Beyond what anybody types; it is carried in every button of Home.
QUERY = 75
# Home opens on the schools that wait for somebody.
DID_NOT_SYNC = "did_not_sync"


@dataclass(frozen=True)
class Looking:
    """`partner` is the one whose schools are shown; without one, support sees its desk.

    `status` is a filter of schools, `part` a part of the desk that is shown alone, `query` what
    was searched for; `page` counts from 0.
    """

    partner: str = ""
    status: str = DID_NOT_SYNC
    part: str = ""
    query: str = ""
    page: int = 0

    def turned(self, page: int) -> "Looking":
        return replace(self, page=page)

    def searching(self, query: str) -> "Looking":
        return replace(self, query=query[:QUERY], page=0)

    def target(self) -> Target:
        """What a button that shows Home so is about, and what Home itself carries."""
        return Target(self.partner, home=self.packed())

    def packed(self) -> str:
        """As it stands in a Target; what is as in the beginning is left out."""
        default = Looking()
        given = {k: v for k, v in vars(self).items() if v != getattr(default, k)}
        return json.dumps(given, separators=(",", ":"))

    @classmethod
    def unpacked(cls, value: str) -> "Looking":
        """What a later version put there is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in json.loads(value).items() if k in known})
