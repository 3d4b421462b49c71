"""Who is asking: names, teams and user groups, read from Slack and kept for at most a minute."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.other_roads import Reachable
from storage.errors import RecessError
from storage.rules.rights import Person

log = logging.getLogger(__name__)

# Somebody who was removed from a group is refused after this at the latest.
GROUP_SECONDS = 60.0
NAME_SECONDS = 3_600.0
# All that a click has to ask Slack is asked at once, within this time.
CLICK_SECONDS = 1.5
# More groups than these are read in one request: Slack allows about 20 requests a minute.
ONE_BY_ONE = 4

T = TypeVar("T")


class IdentityUnknown(RecessError):
    def __init__(self) -> None:
        super().__init__(
            "Slack could not be reached to check who you are. Nothing was changed; "
            "try again in a minute."
        )


@dataclass
class Kept(Generic[T]):
    """Values that may be used for `seconds`; a value that was asked for before it was dropped
    is not kept."""

    seconds: float
    clock: Callable[[], float]
    values: dict[str, tuple[T, float]] = field(default_factory=dict)
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> T | None:
        with self.lock:
            value, at = self.values.get(key, (None, float("-inf")))
        return value if self.clock() - at < self.seconds else None

    def put(self, key: str, value: T, asked: float, generation: int) -> None:
        with self.lock:
            if generation == self.dropped:
                self.values[key] = (value, asked)

    def drop(self, key: str | None) -> None:
        with self.lock:
            self.dropped += 1
            self.values = {k: v for k, v in self.values.items() if key not in (None, k)}


class People:
    """Reads people from Slack. `slack` has a short time-out and no retries of its own."""

    def __init__(self, slack: WebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self.slack = slack
        self.clock = clock
        self._groups: Kept[frozenset[str]] = Kept(GROUP_SECONDS, clock)
        self._users: Kept[Mapping[str, Any]] = Kept(NAME_SECONDS, clock)
        self._team: Kept[str] = Kept(float("inf"), clock)
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="people")

    def who(self, user: str, name: str, team: str, groups: Collection[str]) -> Person:
        """Who `user` is. A group that cannot be read in time counts as unknown, never as yes.

        Raises IdentityUnknown when not even our own team could be read.
        """
        kept = {group: self._groups.get(group) for group in groups}
        reading = self._reading([group for group, members in kept.items() if members is None])
        team_asked = self._pool.submit(self.own_team)
        user_asked = self._pool.submit(self._user, user)
        asked: list[Future[Any]] = [team_asked, user_asked, *reading]
        wait(asked, timeout=CLICK_SECONDS)
        own, known = _result(team_asked), _result(user_asked)
        if own is None:
            raise IdentityUnknown
        for future in reading:
            kept |= _result(future) or {}
        members = {group: _contains(kept[group], user) for group in groups}
        # Slack does not always say with what somebody did to which team they belong.
        theirs = team or str((known or {}).get("team_id") or own)
        return Person(user, _name(known, name), members, guest=theirs != own)

    def _reading(self, groups: Sequence[str]) -> list["Future[Mapping[str, frozenset[str]]]"]:
        """Questions whose answers are the members of these groups, by group."""
        if len(groups) > ONE_BY_ONE:
            return [self._pool.submit(self._read_all_members)]
        return [self._pool.submit(lambda g: {g: self._read_members(g)}, group) for group in groups]

    def email(self, user: str) -> str:
        """The address in the user's profile; empty when Slack does not tell."""
        return _address(self._users.get(user))

    def addresses(self, ids: Collection[str], seconds: float) -> Mapping[str, str]:
        """The address of each of these users and of every member of these groups, by user.

        "" for whom Slack does not tell in so many seconds, and for a group that cannot be read, by
        its id.
        """
        until = time.monotonic() + seconds
        members = self._in_time(self._members, [id for id in ids if id.startswith("S")], until)
        users = {id for id in ids if not id.startswith("S")}.union(*filter(None, members.values()))
        known = self._in_time(self._user, sorted(users), until)
        unread = {group: "" for group, found in members.items() if found is None}
        return unread | {user: _address(profile) for user, profile in known.items()}

    def members(self, ids: Collection[str]) -> Reachable:
        """These users and the members of these groups, and the groups that cannot be read."""
        groups = [id for id in ids if id.startswith("S")]
        found = self._in_time(self._members, groups, time.monotonic() + CLICK_SECONDS)
        people = {id for id in ids if not id.startswith("S")}.union(*filter(None, found.values()))
        unread = [group for group, members in found.items() if members is None]
        return Reachable(sorted(people), unread)

    def _in_time(
        self, read: Callable[[str], T], keys: Collection[str], until: float
    ) -> Mapping[str, T | None]:
        asked = {key: self._pool.submit(read, key) for key in keys}
        wait(asked.values(), timeout=max(0.0, until - time.monotonic()))
        return {key: _result(future) for key, future in asked.items()}

    def forget(self, group: str | None) -> None:
        self._groups.drop(group)

    def refresh(self, group: str) -> None:
        """Read a group anew before it is too old, so that a click need not wait for it."""
        try:
            self._read_members(group)
        except (SlackClientError, OSError) as error:
            log.warning("The user group %s could not be read: %s", group, _cause(error))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def own_team(self, *, asked_anew: bool = False) -> str:
        """The id of the workspace that our token belongs to. Raises what the client raises."""
        known = self._team.get("")
        if known is None or asked_anew:
            known = str(self.slack.auth_test()["team_id"])
            self._team.put("", known, self.clock(), self._team.dropped)
        return known

    def _user(self, user: str) -> Mapping[str, Any]:
        known = self._users.get(user)
        if known is None:
            asked = self.clock()
            known = self.slack.users_info(user=user)["user"]
            self._users.put(user, known, asked, self._users.dropped)
        return known

    def _members(self, group: str) -> frozenset[str]:
        known = self._groups.get(group)
        return known if known is not None else self._read_members(group)

    def _read_members(self, group: str) -> frozenset[str]:
        # From before the request: what changes while it is under way counts as unread.
        asked, generation = self.clock(), self._groups.dropped
        members = frozenset(self.slack.usergroups_users_list(usergroup=group)["users"])
        self._groups.put(group, members, asked, generation)
        return members

    def _read_all_members(self) -> Mapping[str, frozenset[str]]:
        """Of every group at once. One that is disabled is not among them, and stays unknown."""
        asked, generation = self.clock(), self._groups.dropped
        listed = self.slack.usergroups_list(include_users=True)["usergroups"]
        found = {group["id"]: frozenset(group["users"]) for group in listed}
        for group, members in found.items():
            self._groups.put(group, members, asked, generation)
        return found


def _result(future: "Future[Any]") -> Any:
    """The answer, or None when there is none in time; a failure is logged, never raised."""
    if not future.done():
        future.cancel()
        return None
    error = future.exception()
    if error is None:
        return future.result()
    if not isinstance(error, SlackClientError | OSError):
        raise error
    log.warning("Slack could not be asked about a person: %s", _cause(error))
    return None


def _contains(members: frozenset[str] | None, user: str) -> bool | None:
    return None if members is None else user in members


def _name(user: Mapping[str, Any] | None, fallback: str) -> str:
    profile = (user or {}).get("profile", {})
    return str(profile.get("real_name") or profile.get("display_name") or fallback)


def _address(user: Mapping[str, Any] | None) -> str:
    return str((user or {}).get("profile", {}).get("email") or "")


def _cause(error: BaseException) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error"))
    return f"{type(error).__name__}: {error}"
