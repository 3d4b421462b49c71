"""OneRoster's own words for a status, a type and a role, and which of them we keep."""

from bot.rosters.manifest import Version


class Vocabulary(dict[str, bool]):
    """The values a column may have and whether we keep such a record.

    Capitals and outer spaces are overlooked. An `ext:` value, where OneRoster 1.2 allows one, is
    known to be none of ours. Anything else is a KeyError.
    """

    def __init__(self, kept: str, left: str, *, extensible: bool) -> None:
        super().__init__(dict.fromkeys(kept.split(), True))
        self.update(dict.fromkeys(left.split(), False))
        self.words = tuple(sorted(self))
        self._folded = {word.lower(): keep for word, keep in self.items()}
        self._extensible = extensible

    def __missing__(self, value: str) -> bool:
        folded = value.strip().lower()
        if self._extensible and folded.startswith("ext:"):
            return False
        return self._folded[folded]


# `inactive` is what older versions call tobedeleted.
PRESENT = Vocabulary("active", "tobedeleted inactive", extensible=False)
PRESENT._folded[""] = PRESENT[""] = True

_OTHER_ORGS = "department district local state national"
SCHOOL: dict[Version, Vocabulary] = {
    "1.1": Vocabulary("school", _OTHER_ORGS, extensible=False),
    "1.2": Vocabulary("school", _OTHER_ORGS, extensible=True),
}

_OTHER_ROLES = "guardian parent relative student"
STAFF: dict[Version, Vocabulary] = {
    "1.1": Vocabulary("administrator aide proctor teacher", _OTHER_ROLES, extensible=False),
    "1.2": Vocabulary(
        "aide counselor districtAdministrator principal proctor siteAdministrator "
        "systemAdministrator teacher",
        _OTHER_ROLES,
        extensible=True,
    ),
}
