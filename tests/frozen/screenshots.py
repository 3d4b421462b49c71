"""Pictures of the frozen screen for the documents: `python -m tests.frozen.screenshots`."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.access.door import opened
from tests.frozen.standing import declare, screen_of, standing
from tests.harness import browser, databases

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOCS = Path(__file__).parents[2] / "docs"
# A telephone of usual size; twice the pixels, so that letters are sharp.
SIZE = {"width": 390, "height": 720}
SHARP = 2


def take(chromium: "Browser", url: str, docs: Path = DOCS) -> list[Path]:
    """What somebody sees whose school is frozen, in both languages; `url` is an empty database."""
    with opened(url) as door:
        declare(door, name="Lincoln Unified", contact="help@lincoln.example")
        door.contact = "+1 (555) 010-2030"
        door.open()
        door.freeze("A")
        with standing(door) as address:
            screen = address + screen_of(door, "kim")
            return [
                _picture(chromium, screen, locale, docs / f"frozen-{locale[:2]}.png")
                for locale in ("en-US", "es-US")
            ]


def _picture(chromium: "Browser", url: str, locale: str, file: Path) -> Path:
    context = chromium.new_context(locale=locale, viewport=SIZE, device_scale_factor=SHARP)
    with context:
        page = context.new_page()
        page.goto(url)
        page.screenshot(path=file)
    return file


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, browser.launched() as chromium:
        template = databases.sqlite_template(Path(folder))
        for picture in take(chromium, databases.sqlite_copy(template, Path(folder))):
            sys.stdout.write(f"{picture}\n")


if __name__ == "__main__":
    main()
