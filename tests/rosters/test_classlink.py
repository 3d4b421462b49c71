"""ClassLink: who shares with us by its proxy, and the district's own server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.partners_file import PartnersFileInvalid, read_partners
from bot.rosters import RosterFault, open_roster, rest
from bot.rosters.rest import Web
from bot.settings import Settings
from storage.partners import Declaration
from tests.rosters.standins.oneroster import (
    APPLICATION,
    KEY,
    PARTNER_KEY,
    SECRET,
    USER,
    ClassLink,
    Fault,
    OneRoster,
    body,
    cut,
    fails,
    html,
    school,
    without_envelope,
)


@pytest.fixture(autouse=True)
def _no_wait_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_SECRET", SECRET)
    monkeypatch.setattr(rest, "USUAL", Web(sleep=lambda _: None))


def filled(service: OneRoster) -> OneRoster:
    user = USER[service.version]
    service.schools = [school("s1"), school("s2"), school("s3")]
    service.users = [user("u1"), user("p1", role="student"), user("u2", ["s2", "s3"])]
    return service


@pytest.fixture
def proxy() -> Iterator[ClassLink]:
    with ClassLink() as service:
        filled(service)
        yield service


@pytest.fixture
def server() -> Iterator[OneRoster]:
    with OneRoster(auth="oauth1") as service:
        yield filled(service)


def direct(server: OneRoster) -> dict[str, Any]:
    pair = {"client_id": KEY, "client_secret": "${DISTRICT_SECRET}"}
    return {"kind": "classlink", "url": server.url, **pair}


def settings(service: OneRoster, key: str | None = PARTNER_KEY) -> Settings:
    return Settings(classlink_api_key=key, classlink_proxy_url=service.url)


def read(service: OneRoster, source: dict[str, Any], **more: Any) -> tuple[list[str], list[str]]:
    with open_roster(source, settings=settings(service, **more)) as roster:
        return [s.id for s in roster.schools], [p.id for p in roster.people()]


def refused(service: OneRoster, source: dict[str, Any], **more: Any) -> RosterFault:
    with pytest.raises(RosterFault) as caught:
        read(service, source, **more)
    told = str(caught.value) + repr(caught.value) + str(caught.value.details)
    assert not [secret for secret in (SECRET, PARTNER_KEY, "district-bearer") if secret in told]
    return caught.value


ALL = (["s1", "s2", "s3"], ["u1", "u2"])


# Through the proxy


def test_a_district_is_read_through_the_proxy(proxy: ClassLink) -> None:
    assert read(proxy, proxy.source()) == ALL
    assert proxy.asked[0].target == "/applications"
    assert proxy.asked[1].target.startswith(f"/{APPLICATION}/ims/oneroster/v1p1/schools?")


def test_the_partner_key_opens_the_list_alone_and_the_districts_token_its_roster(
    proxy: ClassLink,
) -> None:
    read(proxy, proxy.source())
    sent = [asked.headers["authorization"] for asked in proxy.asked]
    assert sent[0] == f"Bearer {PARTNER_KEY}"
    assert set(sent[1:]) == {"Bearer district-bearer"}


def test_an_application_may_be_written_without_its_escapes(proxy: ClassLink) -> None:
    assert read(proxy, proxy.source(application="MoYPlyQWmG0=")) == ALL


def test_the_version_can_be_set(proxy: ClassLink) -> None:
    proxy.version = "1.2"
    filled(proxy)
    assert read(proxy, proxy.source(version="1.2")) == ALL


def test_the_address_of_the_proxy_may_end_with_a_slash(proxy: ClassLink) -> None:
    with open_roster(
        proxy.source(),
        settings=Settings(classlink_api_key=PARTNER_KEY, classlink_proxy_url=f"{proxy.url}/"),
    ) as roster:
        assert len(roster.schools) == 3


def test_an_application_that_vanished_is_a_failure_and_no_absence(proxy: ClassLink) -> None:
    del proxy.applications[1]
    fault = refused(proxy, proxy.source())
    assert (fault.code, fault.details["application"]) == ("application_gone", APPLICATION)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("key", ["id", "application_id", "tenant_id"])
def test_other_numbers_of_an_application_do_not_lead_to_its_roster(
    proxy: ClassLink, key: str
) -> None:
    other = str(proxy.applications[1][key])
    assert refused(proxy, proxy.source(application=other)).code == "application_gone"


@pytest.mark.parametrize("enabled", ["false", False, 0])
def test_a_disabled_application_is_a_failure(proxy: ClassLink, enabled: object) -> None:
    proxy.applications[1]["enabled"] = enabled
    assert refused(proxy, proxy.source()).code == "application_disabled"


def test_an_application_that_does_not_say_whether_it_is_enabled_is_read(
    proxy: ClassLink,
) -> None:
    del proxy.applications[1]["enabled"]
    assert read(proxy, proxy.source()) == ALL


@pytest.mark.parametrize("bearer", [None, "", "ö", "a b"])
def test_an_application_without_a_token_is_a_failure(proxy: ClassLink, bearer: str | None) -> None:
    proxy.applications[1]["bearer"] = bearer
    assert refused(proxy, proxy.source()).code == "application_without_token"


def test_without_the_partner_key_nothing_is_asked(proxy: ClassLink) -> None:
    fault = refused(proxy, proxy.source(), key=None)
    assert (fault.code, fault.details["name"]) == ("secret_missing", "CLASSLINK_API_KEY")
    assert proxy.asked == []


@pytest.mark.parametrize("key", ["kéy", "two words", "line\n"])
def test_a_partner_key_that_is_none_is_not_sent(proxy: ClassLink, key: str) -> None:
    assert refused(proxy, proxy.source(), key=key).code == "partner_key_unusable"
    assert proxy.asked == []


def test_a_partner_key_that_is_refused_is_told_apart(proxy: ClassLink) -> None:
    assert refused(proxy, proxy.source(), key="last-years-key").code == "partner_key_refused"


def test_a_districts_token_that_is_revoked_on_the_way_is_a_failure(proxy: ClassLink) -> None:
    proxy.meanwhile("users", proxy.revoke, nth=2)
    assert refused(proxy, proxy.source()).code == "access_refused"


FAULTS: dict[str, tuple[Fault, str]] = {
    "an error": (fails(502), "server_failed"),
    "too many requests": (fails(429), "too_many_requests"),
    "not granted": (fails(403), "access_forbidden"),
    "not there": (fails(404), "list_not_found"),
    "a web page": (html, "html_answer"),
    "no envelope": (without_envelope, "envelope_missing"),
    "half a body": (cut, "connection_broken"),
}


@pytest.mark.parametrize("what", ["applications", "schools", "users"])
@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_at_any_step_ends_the_reading(proxy: ClassLink, case: str, what: str) -> None:
    fault, code = FAULTS[case]
    proxy.spoil(what, fault, times=99)
    found = refused(proxy, proxy.source())
    assert (found.code, found.details["what"]) == (code, what)
    assert "ClassLink" in str(found)


@pytest.mark.parametrize("listed", [None, {"id": 1}, "none"])
def test_a_list_of_applications_that_is_none_is_a_fault(proxy: ClassLink, listed: Any) -> None:
    proxy.spoil("applications", body(lambda _: {"status": 1, "applications": listed}))
    assert refused(proxy, proxy.source()).code == "envelope_missing"


def test_an_application_that_is_none_is_a_fault(proxy: ClassLink) -> None:
    proxy.applications.insert(0, "x")  # type: ignore[arg-type]
    assert refused(proxy, proxy.source()).code == "record_malformed"


# Directly


def test_a_district_is_read_directly(server: OneRoster) -> None:
    assert read(server, direct(server)) == ALL
    assert server.asked[0].headers["authorization"].startswith("OAuth ")


def test_a_secret_that_the_district_does_not_know_is_refused(
    server: OneRoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRICT_SECRET", "of last year")
    assert refused(server, direct(server)).code == "access_refused"


@pytest.mark.parametrize("key", ["url", "client_id", "client_secret"])
def test_a_table_that_is_incomplete_is_refused(server: OneRoster, key: str) -> None:
    fault = refused(server, {**direct(server), key: ""})
    assert (fault.code, fault.details["key"]) == ("source_key_missing", key)


TABLES: dict[str, tuple[str, str]] = {
    "neither": ("", "source needs either application, or url with client_id"),
    "both": (
        'application = "x", url = "https://district.example", client_id = "a", '
        'client_secret = "${S}"',
        "source has both application and url",
    ),
    "half": ('url = "https://district.example"', "source needs either application, or url with"),
    "a version": ('application = "x", version = "2.0"', "source.version (“2.0” is not a version"),
    "a secret in plain text": ('client_secret = "hunter"', "source.client_secret has to be named"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_declaration_that_cannot_be_meant_is_refused(tmp_path: Path, case: str) -> None:
    keys, told = TABLES[case]
    with pytest.raises(PartnersFileInvalid) as caught:
        declared(tmp_path, keys)
    assert [told in mistake for mistake in caught.value.mistakes] == [True]


@pytest.mark.parametrize(
    "keys",
    [
        'application = "MoYPlyQWmG0%3D"',
        'url = "https://district.example", client_id = "a", client_secret = "${S}"',
    ],
)
def test_both_ways_can_be_declared(tmp_path: Path, keys: str) -> None:
    assert declared(tmp_path, keys)[0].source["kind"] == "classlink"


def declared(folder: Path, keys: str) -> list[Declaration]:
    file = folder / "partners.toml"
    source = ", ".join(filter(None, ['kind = "classlink"', keys]))
    file.write_text(
        '[[partner]]\nslug = "cedar"\nname = "Cedar Valley"\ntimezone = "America/Chicago"\n'
        f'channel = "C0CEDAR"\nadmins = ["U0CARMEN"]\nsource = {{ {source} }}\n'
    )
    return read_partners(file)
