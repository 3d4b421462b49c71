"""ClassLink: OneRoster through its proxy, or directly at the district's own server.

The proxy lists by our partner key who shares with us: an application for each district, with the
token and the id that lead to its roster. A district that ends its sharing vanishes from that
list, which is a failure and never an absence of its schools.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote

from bot.rosters import Surroundings, faults
from bot.rosters.oauth import TOKEN
from bot.rosters.oneroster_rest import (
    OneRosterService,
    based,
    needed,
    server,
    signed,
    version_of,
)
from bot.rosters.rest import Bearer, Reader, Record, Web

SERVICE = "ClassLink"


@contextmanager
def opened(
    source: Mapping[str, object], around: Surroundings, web: Web | None = None
) -> Iterator[OneRosterService]:
    """One reading of a district's roster. Raises a RosterFault."""
    source = {"version": "1.1", **source}
    reading = _proxied if "application" in source else _direct
    with reading(source, around, web) as reader:
        yield OneRosterService(reader, version_of(source))


def _direct(source: Mapping[str, object], around: Surroundings, web: Web | None) -> Reader:
    service, url = server(source), based(needed(source, "url"), version_of(source))
    return Reader(service, url, auth=signed(service, source, around), web=web)


def _proxied(source: Mapping[str, object], around: Surroundings, web: Web | None) -> Reader:
    proxy = around.settings.classlink_proxy_url.rstrip("/")
    application = _application(_applications(proxy, around, web), needed(source, "application"))
    auth = Bearer(application.text("bearer"))
    # The id comes escaped for an address ("…%3D") and is not to be escaped again.
    url = f"{proxy}/{application.id('oneroster_application_id')}"
    return Reader(SERVICE, based(url, version_of(source)), auth=auth, web=web)


def _application(applications: Iterable[Record], wanted: str) -> Record:
    """The district's entry in the proxy's list. Raises ClassLinkFault."""
    for application in applications:
        if unquote(application.text("oneroster_application_id")) != unquote(wanted):
            continue
        if str(application.fields.get("enabled", True)).lower() in ("false", "0"):
            raise faults.ApplicationDisabled(SERVICE, wanted)
        if not TOKEN.fullmatch(application.text("bearer")):
            raise faults.ApplicationWithoutToken(SERVICE, wanted)
        return application
    raise faults.ApplicationGone(SERVICE, wanted)


def _applications(proxy: str, around: Surroundings, web: Web | None) -> list[Record]:
    key = around.settings.classlink_api_key
    if key is None:
        raise faults.SecretMissing("CLASSLINK_API_KEY")
    if not TOKEN.fullmatch(key.get_secret_value()):
        raise faults.PartnerKeyUnusable(SERVICE)
    with Reader(SERVICE, proxy, auth=Bearer(key.get_secret_value()), web=web) as reader:
        try:
            page = reader.get("applications", "applications")
        except faults.AccessRefused:
            raise faults.PartnerKeyRefused(SERVICE) from None
    return list(page.records("applications"))
