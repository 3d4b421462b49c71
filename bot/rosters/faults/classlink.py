"""ClassLink's proxy."""

from dataclasses import dataclass

from bot.rosters.faults.service import RestFault


class ClassLinkFault(RestFault):
    """What only ClassLink's proxy can say."""


@dataclass(eq=False)
class PartnerKeyUnusable(ClassLinkFault):
    code = "partner_key_unusable"
    sentence = (
        "CLASSLINK_API_KEY holds a space or a character that no key of {service} has. "
        "Copy the key once more, without quotes or line breaks; it was not sent."
    )


@dataclass(eq=False)
class PartnerKeyRefused(ClassLinkFault):
    code = "partner_key_refused"
    sentence = (
        "{service} does not accept CLASSLINK_API_KEY, by which it lists who shares with us. "
        "Make a new key in ClassLink's partner portal and set it; every district is affected."
    )


@dataclass(eq=False)
class ApplicationGone(ClassLinkFault):
    application: str
    code = "application_gone"
    sentence = (
        "{service} no longer lists the application {application}, so the district shares nothing "
        "with us. Its administrator has to add it again in ClassLink; no school counts as gone."
    )


@dataclass(eq=False)
class ApplicationDisabled(ClassLinkFault):
    application: str
    code = "application_disabled"
    sentence = (
        "{service} lists the application {application} as disabled. "
        "The district's administrator has to enable it in ClassLink's console."
    )


@dataclass(eq=False)
class ApplicationWithoutToken(ClassLinkFault):
    application: str
    code = "application_without_token"
    sentence = (
        "{service} lists the application {application} without the token that opens its roster. "
        "Ask ClassLink's support to provision it."
    )
