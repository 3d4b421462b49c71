"""A service over the network: reaching it, and being let in."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


@dataclass(eq=False)
class RestFault(RosterFault):
    """A service that is asked over HTTP, by its name in sentences."""

    service: str


@dataclass(eq=False)
class AnswerFault(RestFault):
    """What came of asking it; `what` is the list or document that was asked for."""

    what: str


@dataclass(eq=False)
class AddressUnusable(RestFault):
    code = "address_unusable"
    sentence = (
        "The address of {service} is not one that can be asked. "
        "Write it as https://host/path, in the partners file or the settings."
    )


@dataclass(eq=False)
class AddressNotSecure(RestFault):
    code = "address_not_secure"
    sentence = (
        "The address of {service} begins with http://, and a roster is read by https alone. "
        "Correct it in the partners file or the settings; nothing was sent."
    )


@dataclass(eq=False)
class LinkLeadsAway(AnswerFault):
    code = "link_leads_away"
    sentence = (
        "{service} links the next page of its {what} to another list or host. "
        "Its links were expected to stay with what was asked; tell the vendor."
    )


@dataclass(eq=False)
class AnswerRedirected(AnswerFault):
    code = "answer_redirected"
    sentence = (
        "{service} sends whoever asks for {what} on to another address, where no secret is taken. "
        "If the service has moved, correct its address in the partners file or the settings."
    )


@dataclass(eq=False)
class ServerUnreachable(AnswerFault):
    again = True
    code = "server_unreachable"
    sentence = (
        "No connection to {service} could be made to ask for {what}. "
        "It was tried several times; check the address and that this machine may reach it."
    )


@dataclass(eq=False)
class CertificateRefused(AnswerFault):
    code = "certificate_refused"
    sentence = (
        "The certificate of {service} could not be trusted, so {what} was not asked for. "
        "The vendor has to renew it, or this machine's clock or proxy has to be put right."
    )


@dataclass(eq=False)
class ConnectionBroken(AnswerFault):
    again = True
    code = "connection_broken"
    sentence = (
        "{service} broke the connection off while answering with {what}, each time it was tried. "
        "It is tried again with the next sync; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class ServerSilent(AnswerFault):
    again = True
    code = "server_silent"
    sentence = (
        "{service} was asked for {what} several times and stayed silent. "
        "It is asked again with the next sync; if it stays, ask the vendor about its state."
    )


@dataclass(eq=False)
class AnswerTooSlow(AnswerFault):
    seconds: float
    again = True
    code = "answer_too_slow"
    sentence = (
        "{service} had not finished its answer with {what} after {seconds} seconds. "
        "A page takes one or two; if it stays that slow, tell the vendor."
    )


@dataclass(eq=False)
class WalkTooLong(AnswerFault):
    seconds: float
    again = True
    code = "walk_too_long"
    sentence = (
        "Reading everything from {service} took more than {seconds} seconds and ended at {what}. "
        "What was read until then does not count; if it stays, ask the vendor why it is slow."
    )


@dataclass(eq=False)
class TooManyRequests(AnswerFault):
    again = True
    code = "too_many_requests"
    sentence = (
        "{service} would not answer with {what} because of its limit of requests (429). "
        "Its waits were kept and did not help; look for another program that uses the same access."
    )


@dataclass(eq=False)
class ServerFailed(AnswerFault):
    status: int
    again = True
    code = "server_failed"
    sentence = (
        "{service} answered with an error of its own ({status}) when asked for {what}. "
        "It was tried several times; if it stays, tell the vendor."
    )


@dataclass(eq=False)
class AccessRefused(AnswerFault):
    code = "access_refused"
    sentence = (
        "{service} no longer accepts our access when asked for {what} (401). "
        "It was ended or a secret was changed: have the partner connect again, or set the new one."
    )


@dataclass(eq=False)
class AccessForbidden(AnswerFault):
    code = "access_forbidden"
    sentence = (
        "{service} knows us but does not let us read {what} (403). "
        "The partner has to share it with this application."
    )


@dataclass(eq=False)
class ListNotFound(AnswerFault):
    code = "list_not_found"
    sentence = (
        "{service} has nothing at the address of {what} (404). "
        "A list that is shared is there even when it is empty: check address, version and sharing."
    )


@dataclass(eq=False)
class StatusUnexpected(AnswerFault):
    status: int
    code = "status_unexpected"
    sentence = (
        "{service} answered the question for {what} with status {status} instead of 200. "
        "Check the version in the partners file; if it is right, tell the vendor."
    )
