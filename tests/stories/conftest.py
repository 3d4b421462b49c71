"""Every story is told on SQLite; on PostgreSQL those in which people, syncs and jobs meet.

`make soak` tells the others there too.
"""

import os

import pytest

from tests.harness.slack.fixtures import asked, card, cedar, frozen, lincoln, workspace

__all__ = ["asked", "card", "cedar", "frozen", "lincoln", "workspace"]

ON_BOTH = {
    "test_delivered_twice",
    "test_delivery_by_the_engine",
    "test_freeze",
    "test_hold",
    "test_mistake",
    "test_nights",
    "test_pause",
    "test_release",
    "test_serving",
    "test_sync_now",
    "test_unfreeze",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("RECESS_SOAK") == "1":
        return
    left_out = [item for item in items if _later(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _later(item: pytest.Item) -> bool:
    story = item.path.parent.name == "stories" and item.path.stem not in ON_BOTH
    return story and "postgresql" in item.name
