"""What somebody typed after `/schools`, read without asking anybody; and near misses of words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from handlers.searching import folded
from handlers.sentences import STATUS_WORDS
from storage.rules.lifecycle import Status

LIST, SEARCH, HISTORY, SYNC = "list", "search", "history", "sync"
UPLOAD, EXPORT, WHOAMI, HELP = "upload", "export", "whoami", "help"
VERBS = (LIST, SEARCH, HISTORY, SYNC, UPLOAD, EXPORT, WHOAMI, HELP)
ALSO = {
    "ls": LIST,
    "show": LIST,
    "find": SEARCH,
    "log": HISTORY,
    "csv": EXPORT,
    "download": EXPORT,
    "me": WHOAMI,
    "?": HELP,
}
# What is done with a school is chosen beside its name, where its state is seen.
IN_THE_MENU = ("pause", "freeze", "unfreeze", "release", "link", "mistake")
# After these the whole rest of the line names a partner.
OF_A_PARTNER = frozenset({SYNC, UPLOAD, EXPORT})

# Nobody types more; and a button carries it to the next page.
LONGEST = 80
_QUOTES = str.maketrans("“”„«»‘’`", '"""""\'\'"')


@dataclass(frozen=True)
class Line:
    """A command. `verb` is empty when the first word is none that we know."""

    verb: str
    rest: str

    @property
    def text(self) -> str:
        """As it can be typed again."""
        return f"{self.verb} {self.rest}".strip()


@dataclass(frozen=True)
class Filter:
    """Which schools a list is of, and how that reads of one, of many and of none."""

    statuses: frozenset[Status]
    reads: tuple[str, str]
    none: str


def _of(status: Status) -> Filter:
    word = STATUS_WORDS[status]
    return Filter(
        frozenset({status}),
        (f"school is {word}", f"schools are {word}"),
        f"no school is {word}",
    )


_UNSYNCED = Filter(
    frozenset({Status.ACTION_NEEDED, Status.PAUSED}),
    ("school did not sync", "schools did not sync"),
    "every school synced",
)
_NEEDED = Filter(
    frozenset({Status.ACTION_NEEDED}),
    ("school needs a decision", "schools need a decision"),
    "no school needs a decision",
)
EVERY = Filter(frozenset(Status), ("school", "schools"), "no school is known yet")
# Longer words first: "action needed" begins with "action".
FILTERS: Mapping[str, Filter] = {
    **dict.fromkeys(("action needed", "action_needed", "action-needed"), _NEEDED),
    **dict.fromkeys(("needs a decision", "undecided", "needed", "action", "open"), _NEEDED),
    **dict.fromkeys(("did not sync", "not synced", "unsynced", "missing"), _UNSYNCED),
    **dict.fromkeys(("everything", "every", "all"), EVERY),
    "active": _of(Status.ACTIVE),
    "paused": _of(Status.PAUSED),
    "frozen": _of(Status.FROZEN),
}


def read(text: str) -> Line:
    """Slack escapes three characters; phones and pasted text bring quotes of their own."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    words = " ".join(text.translate(_QUOTES).split())[:LONGEST]
    first, _, rest = words.partition(" ")
    verb = ALSO.get(first.casefold(), first.casefold())
    return Line(verb, rest.strip(" \"'")) if verb in VERBS else Line("", words.strip(" \"'"))


def filtered(rest: str) -> tuple[Filter, str]:
    """Which schools are meant, and the words that are left to search for."""
    for words, found in FILTERS.items():
        if f"{rest.casefold()} ".startswith(f"{words} "):
            return found, rest[len(words) :].strip()
    return (EVERY if rest else _UNSYNCED), rest


def near(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """What was probably meant, in the spelling that is known."""
    spelt = {folded(one): one for one in known}
    return [spelt[hit] for hit in get_close_matches(folded(word), spelt, most, 0.6)]
