"""Who may do what, as one table and one pure question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    ADMIN = "admin"
    SUPPORT = "support"


class Right(StrEnum):
    SEE = "see"
    PAUSE = "pause"
    REPORT = "report"
    ANSWER = "answer"
    SYNC = "sync"
    UPLOAD = "upload"
    FREEZE = "freeze"
    REQUEST_UNFREEZE = "request_unfreeze"
    UNFREEZE = "unfreeze"
    DECIDE_HOLD = "decide_hold"
    RELEASE = "release"
    LINK = "link"
    MANAGE_PARTNERS = "manage_partners"


GRANTS: dict[Right, frozenset[Role]] = {
    Right.SEE: frozenset({Role.VIEWER, Role.ADMIN, Role.SUPPORT}),
    Right.PAUSE: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.REPORT: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.ANSWER: frozenset({Role.SUPPORT}),
    Right.SYNC: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.UPLOAD: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.FREEZE: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.REQUEST_UNFREEZE: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.UNFREEZE: frozenset({Role.SUPPORT}),
    Right.DECIDE_HOLD: frozenset({Role.ADMIN, Role.SUPPORT}),
    Right.RELEASE: frozenset({Role.SUPPORT}),
    Right.LINK: frozenset({Role.SUPPORT}),
    Right.MANAGE_PARTNERS: frozenset({Role.SUPPORT}),
}


# A retired partner is asked nothing, but its freezes can still be undone.
IN_RETIREMENT = frozenset({Right.SEE, Right.UNFREEZE, Right.RELEASE, Right.MANAGE_PARTNERS})
# What undoes a freeze; nobody does it for a partner that they administer themselves.
UNDOING = frozenset({Right.UNFREEZE, Right.RELEASE})


@dataclass(frozen=True)
class Standing:
    """A role that somebody has, and the user group that gives it; "" when named in person."""

    role: Role
    group: str = ""


class Reason(StrEnum):
    """Why the answer is no."""

    NOT_GRANTED = "not_granted"
    GROUP_UNREADABLE = "group_unreadable"
    OTHER_WORKSPACE = "other_workspace"
    ADMINISTERS_PARTNER = "administers_partner"
    RETIRED = "retired"


@dataclass(frozen=True)
class Person:
    """Who asks: a Slack user id, a name to show, and the user groups that matter here.

    `groups` maps a group's id to whether the person is in it; None means Slack could not tell.
    `guest` is somebody of another workspace, met in a shared channel.
    """

    id: str
    name: str
    groups: Mapping[str, bool | None] = field(default_factory=dict)
    guest: bool = False


@dataclass(frozen=True)
class Access:
    """What a partner's settings say about people: ids of users and of user groups."""

    admins: tuple[str, ...]
    viewers: tuple[str, ...]
    support: str
    retired: bool = False

    def groups(self) -> frozenset[str]:
        """The user groups that have to be read before anybody's rights are known."""
        named = {id for id in (*self.admins, *self.viewers) if id.startswith("S")}
        return frozenset(named | ({self.support} if self.support else set()))


def allows(person: Person, right: Right, access: Access) -> Reason | None:
    """None when `person` may; else the reason. A group nobody could read never grants."""
    if person.guest:
        return Reason.OTHER_WORKSPACE
    if access.retired and right not in IN_RETIREMENT:
        return Reason.RETIRED
    has = {role: _has(person, role, access) for role in Role}
    if right in UNDOING and has[Role.SUPPORT]:
        return _apart_from_the_partner(has[Role.ADMIN])
    granting = [has[role] for role in GRANTS[right]]
    if True in granting:
        return None
    return Reason.GROUP_UNREADABLE if None in granting else Reason.NOT_GRANTED


def _apart_from_the_partner(administers: bool | None) -> Reason | None:
    """Support never unfreezes or releases for a partner that the same person administers."""
    if administers is None:
        return Reason.GROUP_UNREADABLE
    return Reason.ADMINISTERS_PARTNER if administers else None


def standings(person: Person, access: Access) -> list[Standing]:
    """Every role that somebody has, and where it comes from: nobody of another workspace any."""
    if person.guest:
        return []
    by_role = {role: _ids(role, access) for role in Role}
    return [
        Standing(role, id if id != person.id else "")
        for role, ids in by_role.items()
        for id in ids
        if id == person.id or person.groups.get(id) is True
    ]


def unread(person: Person, access: Access) -> list[str]:
    """The user groups that would matter and could not be read."""
    return [id for id in sorted(access.groups()) if person.groups.get(id) is None]


def _has(person: Person, role: Role, access: Access) -> bool | None:
    ids = _ids(role, access)
    if person.id in ids:
        return True
    memberships = [person.groups.get(id) for id in ids if id.startswith("S")]
    if True in memberships:
        return True
    return None if None in memberships else False


def _ids(role: Role, access: Access) -> tuple[str, ...]:
    return {
        Role.ADMIN: access.admins,
        Role.VIEWER: access.viewers,
        Role.SUPPORT: (access.support,) if access.support else (),
    }[role]
