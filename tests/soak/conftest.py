from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.soak.town", "tests.soak.process", "tests.soak.aims")

from tests.soak.town import Town, town  # noqa: E402


@pytest.fixture
def founded(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Founds a town on a database, with nobody in it yet."""
    with ExitStack() as stack:

        def found(url: str, **how: Any) -> Town:
            return stack.enter_context(town(url, tmp_path, **how))

        yield found
