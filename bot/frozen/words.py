"""What the frozen screen says, in each language that it speaks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date


@dataclass(frozen=True)
class Words:
    """One language. What stands in braces is filled in by the page."""

    code: str
    name: str
    locked: str
    one_school: str
    several_schools: str
    since: str
    nothing_lost: str
    unlocked: str
    sign_in: str
    expired: str
    new_link: str
    unknown: str
    another_link: str
    busy: str
    in_a_minute: str
    reference: str
    who_helps: str
    support: str
    nobody_named: str
    other_languages: str


ENGLISH = Words(
    code="en",
    name="English",
    locked="Your account is locked",
    one_school="Access through {school} has been frozen since {date}. "
    "Until that changes, you cannot sign in.",
    several_schools="Access through these schools has been frozen. "
    "Until that changes, you cannot sign in.",
    since="since {date}",
    nothing_lost="Nothing was deleted.",
    unlocked="Your account is no longer locked",
    sign_in="You can go back and sign in again.",
    expired="This link has expired",
    new_link="Please sign in again. If your account is still locked, you will get a new link.",
    unknown="This link does not work",
    another_link="Part of it may be missing. Please sign in again to get a new one.",
    busy="We cannot look this up right now",
    in_a_minute="Please try again in a minute.",
    reference="Please try again later. If this goes on, tell whoever helps you this reference: "
    "{reference}",
    who_helps="Who can help",
    support="Support",
    nobody_named="Please contact your school or district office.",
    other_languages="Language",
)
SPANISH = Words(
    code="es",
    name="Español",
    locked="Su cuenta está bloqueada",
    one_school="El acceso a través de {school} está suspendido desde el {date}. "
    "Mientras siga así, no podrá iniciar sesión.",
    several_schools="El acceso a través de estas escuelas está suspendido. "
    "Mientras siga así, no podrá iniciar sesión.",
    since="desde el {date}",
    nothing_lost="No se ha borrado nada.",
    unlocked="Su cuenta ya no está bloqueada",
    sign_in="Puede volver atrás e iniciar sesión de nuevo.",
    expired="Este enlace ha caducado",
    new_link="Inicie sesión de nuevo. Si su cuenta sigue bloqueada, recibirá un enlace nuevo.",
    unknown="Este enlace no funciona",
    another_link="Es posible que le falte una parte. Inicie sesión de nuevo para recibir otro.",
    busy="No podemos consultarlo en este momento",
    in_a_minute="Vuelva a intentarlo dentro de un minuto.",
    reference="Vuelva a intentarlo más tarde. Si sigue ocurriendo, indique esta referencia a quien "
    "le ayude: {reference}",
    who_helps="Quién puede ayudarle",
    support="Soporte",
    nobody_named="Póngase en contacto con la oficina de su escuela o de su distrito.",
    other_languages="Idioma",
)
LANGUAGES = {words.code: words for words in (ENGLISH, SPANISH)}

# One entry of Accept-Language (RFC 9110): a language, a region or script, and a weight.
ENTRY = re.compile(
    r"([a-z]{1,8})((?:-[a-z0-9]{1,8})*)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?", re.IGNORECASE
)


@dataclass(frozen=True)
class Reader:
    """Which words somebody reads, and how dates are written where they are."""

    words: Words
    locale: Locale

    def date(self, moment: datetime, zone: str) -> str:
        return format_date(moment.astimezone(ZoneInfo(zone)), "long", locale=self.locale)


def reader(accepted: str, chosen: str = "") -> Reader:
    """Of an Accept-Language header; a language that was chosen on the page goes before it."""
    wishes = [wish for wish in _wishes(accepted) if wish[0] in LANGUAGES]
    if chosen in LANGUAGES:
        wishes = [wish for wish in wishes if wish[0] == chosen] or [(chosen, chosen)]
    code, tag = wishes[0] if wishes else (ENGLISH.code, ENGLISH.code)
    return Reader(LANGUAGES[code], _locale(tag) or Locale(code))


def _wishes(accepted: str) -> list[tuple[str, str]]:
    """Languages and whole tags, the most wanted first; what is unwanted or no tag is left out."""
    weighed = sorted(_weighed(accepted), key=lambda entry: -entry[0])
    return [(tag.partition("-")[0].lower(), tag) for weight, tag in weighed if weight > 0]


def _weighed(accepted: str) -> Iterator[tuple[float, str]]:
    for entry in accepted.split(","):
        # Spaces in two places of the pattern would let a long header take minutes.
        if match := ENTRY.fullmatch(entry.strip()):
            yield float(match[3] or 1), match[1] + match[2]


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
