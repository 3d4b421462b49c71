"""A OneRoster service."""

from dataclasses import dataclass

from bot.rosters.faults.service import RestFault


class OneRosterFault(RestFault):
    """What only OneRoster over REST can do wrong."""


@dataclass(eq=False)
class TokenRefused(OneRosterFault):
    code = "token_refused"
    sentence = (
        "{service} gave us no token: it does not accept `client_id` and `client_secret`. "
        "Ask the partner for the current pair, and that it may read rosters."
    )


@dataclass(eq=False)
class TokenMalformed(OneRosterFault):
    code = "token_malformed"
    sentence = (
        "{service} answered the request for a token without an access token in it. "
        "Check that `token_url` leads to the place where tokens are given out."
    )


@dataclass(eq=False)
class OneRosterAnswerFault(OneRosterFault):
    """A list of the service; `what` is its name."""

    what: str


@dataclass(eq=False)
class TotalNotMet(OneRosterAnswerFault):
    total: int
    received: int
    again = True
    code = "total_not_met"
    sentence = (
        "{service} announced {total} records in all for its {what} and handed out {received}. "
        "It is read again with the next sync; if it stays, the vendor has to correct its paging."
    )


@dataclass(eq=False)
class TotalMoves(OneRosterAnswerFault):
    walks: int
    again = True
    code = "total_moves"
    sentence = (
        "The number of {what} at {service} changed in the middle of each of {walks} readings. "
        "It is read again with the next sync; choose a time at which the system there is quiet."
    )


@dataclass(eq=False)
class SchoolsMoved(OneRosterAnswerFault):
    again = True
    code = "schools_moved"
    sentence = (
        "{service} was asked for its {what} before and after the users, and the two lists differ. "
        "It is read again with the next sync; if it stays, tell the vendor that copies disagree."
    )


@dataclass(eq=False)
class RecordStatusUnknown(OneRosterAnswerFault):
    place: str
    code = "record_status_unknown"
    sentence = (
        "{service}, {what}, {place}: the status is neither active nor tobedeleted. "
        "Have the vendor map it to one of the two."
    )


@dataclass(eq=False)
class RecordTypeUnknown(OneRosterAnswerFault):
    place: str
    expected: tuple[str, ...]
    code = "record_type_unknown"
    sentence = (
        "{service}, {what}, {place}: the type of this organization is none that OneRoster knows. "
        "It should be one of: {expected}."
    )


@dataclass(eq=False)
class RecordRoleUnknown(OneRosterAnswerFault):
    place: str
    expected: tuple[str, ...]
    code = "record_role_unknown"
    sentence = (
        "{service}, {what}, {place}: this person has no role that this OneRoster version knows. "
        "Check `version`, or have the role mapped to one of: {expected}."
    )


@dataclass(eq=False)
class UserWithoutRoles(OneRosterAnswerFault):
    place: str
    code = "user_without_roles"
    sentence = (
        "{service}, {what}, {place}: the list of roles is absent or empty, so nobody can say "
        "whether this is staff. Check that `version` is right and that roles are shared."
    )


@dataclass(eq=False)
class StaffWithoutSchool(OneRosterAnswerFault):
    place: str
    code = "staff_without_school"
    sentence = (
        "{service}, {what}, {place}: a member of the staff belongs to no organization. "
        "Assign a school, or the district itself, where the record comes from."
    )
