from tests.harness.slack.fixtures import asked, card, cedar, frozen, lincoln, workspace

__all__ = ["asked", "card", "cedar", "frozen", "lincoln", "workspace"]
