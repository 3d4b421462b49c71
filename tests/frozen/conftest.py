from tests.access.conftest import door, sqlite_door

__all__ = ["door", "sqlite_door"]
