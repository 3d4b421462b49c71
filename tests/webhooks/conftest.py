"""The stories' districts, in an office whose product wants to be told."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.harness.slack.fixtures import asked, card, frozen, lincoln
from tests.harness.slack.office import Office
from tests.webhooks.product import SECRET, Product
from tests.webhooks.product import product as listening

__all__ = ["asked", "card", "frozen", "lincoln"]


@pytest.fixture
def product() -> Iterator[Product]:
    with listening() as told:
        yield told


@pytest.fixture
def workspace(database_url: str, product: Product) -> Iterator[Office]:
    secret = SecretStr(SECRET)
    with Office(database_url, webhook_url=product.url, webhook_secret=secret).open() as office:
        yield office
