"""The partners of the demo that have a roster source of each other kind, and those sources.

The roster of each is a folder of OneRoster CSV like those of the other partners; a stand-in on
loopback serves it, or its nights leave it as batches in a drop folder. The one of the CSV partner
is uploaded.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from bot.demo import districts
from bot.demo.handed import BEFORE, DropFolder, write_clever_set
from bot.demo.partners import CONNECTED, declaration
from bot.demo.samples import bring_night, write_district
from bot.demo.served import ClassLinkFolder, CleverFolder, OneRosterFolder
from bot.demo.standins import clever, oneroster
from bot.sync import Syncing
from storage.schools import Actor

CLEVER, ONEROSTER, CLASSLINK, DROPS, UPLOADED = (partner.slug for partner in CONNECTED)
SECRET_NAME = "GRANITE_FALLS_SECRET"  # noqa: S105 - the name of one
# The night whose batch holds only what changed.
DELTA_NIGHT = 3
SHELL = Actor("cli", "The command line", "cli")


@dataclass(frozen=True)
class Connected:
    """Started sources. `settings` are what the bot has to know of them."""

    folder: Path
    sources: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, Any]
    clever: CleverFolder
    drop: DropFolder
    partners: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "partners", self.folder / "connected.toml")
        tables = [declaration(partner, self.sources[partner.slug]) for partner in CONNECTED]
        self.partners.write_text("\n".join(tables), encoding="utf-8")

    def upload(self, which: str) -> Path:
        """The set of the CSV partner: `first` or `second`."""
        return _uploads(self.folder) / which

    def bring(self, number: int, night: datetime) -> list[str]:
        """Bring a prepared night to every roster, and leave its batch; says what changed."""
        said = bring_night(self.folder, number, CONNECTED)
        self.clever.district["last_sync"] = f"{night - BEFORE:%Y-%m-%dT%H:%M:%S.000Z}"
        if number == DELTA_NIGHT:
            self.drop.delta(night)
        else:
            self.drop.bulk(night)
        return said

    def upload_first(self, syncing: Syncing) -> None:
        """Upload the first set as `recess upload` does: compared, confirmed, applied."""
        result = syncing.preview(UPLOADED, self.upload("first"))
        if result.run is not None:
            syncing.confirm(result.run, SHELL)


@contextmanager
def connected(folder: Path) -> Iterator[Connected]:
    """Everything written anew and listening; stopped at the end."""
    _write(folder)
    rosters = folder / "rosters"
    drops = folder / "drops" / DROPS
    shutil.rmtree(drops, ignore_errors=True)
    with ExitStack() as stack:
        stack.enter_context(_named(SECRET_NAME, oneroster.SECRET))
        district = CleverFolder(folder=rosters / CLEVER, district={"name": districts.HARBOR.name})
        at_clever = stack.enter_context(district.listening())
        service = OneRosterFolder(version="1.2", auth="oauth2", folder=rosters / ONEROSTER)
        stack.enter_context(service)
        proxy = ClassLinkFolder(folder=rosters / CLASSLINK)
        stack.enter_context(proxy)
        secret = {"client_secret": f"${{{SECRET_NAME}}}"}
        yield Connected(
            folder,
            {
                CLEVER: {"kind": "clever", "district": clever.DISTRICT},
                ONEROSTER: service.source(**secret),
                CLASSLINK: proxy.source(),
                DROPS: {"kind": "tp-connector", "path": f"drops/{DROPS}"},
                UPLOADED: {"kind": "csv"},
            },
            _settings(at_clever, proxy.url),
            district,
            DropFolder(drops, rosters / DROPS),
        )


def _settings(at_clever: str, proxy: str) -> dict[str, Any]:
    return {
        "clever_client_id": clever.CLIENT,
        "clever_client_secret": SecretStr(clever.SECRET),
        "clever_api_url": at_clever,
        "clever_token_url": f"{at_clever}/oauth/tokens",
        "classlink_api_key": SecretStr(oneroster.PARTNER_KEY),
        "classlink_proxy_url": proxy,
    }


def _write(folder: Path) -> None:
    for district in districts.CONNECTED:
        if district.slug != UPLOADED:
            write_district(folder, district)
    with TemporaryDirectory() as name:
        aside = Path(name)
        write_district(aside, districts.NORTHWIND)
        roster = aside / "rosters" / UPLOADED
        write_clever_set(_uploads(folder) / "first", roster)
        bring_night(aside, 2, CONNECTED[-1:])
        write_clever_set(_uploads(folder) / "second", roster)


def _uploads(folder: Path) -> Path:
    return folder / "uploads" / UPLOADED


@contextmanager
def _named(name: str, secret: str) -> Iterator[None]:
    """A secret in this process's environment, which is as before at the end."""
    before = os.environ.get(name)
    os.environ[name] = secret
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
