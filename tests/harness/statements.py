"""Statements compiled once for a whole session, although every test has engines of its own."""

from typing import Any

from sqlalchemy import Engine, create_engine

_first: dict[str, Engine] = {}


def engine(url: str, **options: Any) -> Engine:
    """As SQLAlchemy's `create_engine`, with the dialect and the compiled statements of the first.

    A compiled statement is found by its dialect. The first engine of a kind lends its own when it
    has been connected, because that is when a dialect learns what its server can do.
    """
    made = create_engine(url, **options)
    first = _first.setdefault(made.dialect.name, made)
    if hasattr(first.dialect, "server_version_info"):
        made.dialect = first.dialect
        made._compiled_cache = first._compiled_cache
    return made
