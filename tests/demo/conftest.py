"""What became of the partners of a demo in this process."""

from bot.demo.program import Story
from storage.runs import Run


def runs(story: Story, slug: str) -> list[Run]:
    """The first one first."""
    with story.service.stores.read() as store:
        return store.runs.of(store.partners.named(slug), 10)[::-1]


def undecided(story: Story, slug: str) -> set[str]:
    with story.service.stores.read() as store:
        schools = store.schools.of(store.partners.named(slug))
    return {school.name for school in schools if school.status == "action_needed"}
