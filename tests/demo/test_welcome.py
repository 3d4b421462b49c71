"""What the demo prints, and whether the page can draw what the bot writes."""

import re
from pathlib import Path

import pytest

from bot.demo import welcome
from bot.demo.standins.product import TOKEN, Product

ROOT = Path(__file__).parents[2]
SIGN = re.compile(r":([a-z_]{2,}):")


def test_addresses_and_paths_are_printed_whole(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with Product() as product:
        product.api = "http://127.0.0.1:1234"
        deep = tmp_path / "a folder with a name that is longer than most terminals are wide" / "x"
        welcome.say("http://127.0.0.1:8100", product, rosters=deep, upload=deep / "second")
        asks = f"curl -H 'Authorization: Bearer {TOKEN}' '{product.asks(welcome.EXAMPLE)}'"
    said = capsys.readouterr().out
    for whole in ("http://127.0.0.1:8100", product.url, asks, str(deep), str(deep / "second")):
        assert whole in said
    assert len(said.splitlines()) < 30


def test_the_page_draws_every_sign_that_the_bot_writes() -> None:
    page = (ROOT / "bot/practice/page/signs.js").read_text("utf-8")
    written = {
        sign
        for path in (ROOT / "handlers").rglob("*.py")
        for sign in SIGN.findall(path.read_text("utf-8"))
    }
    known = {sign for sign in written if re.search(rf"\b{sign}: \[", page)}
    assert written - known == set()
    assert len(known) > 10
