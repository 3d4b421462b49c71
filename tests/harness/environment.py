"""The tests' own environment: what a developer has set for a real workspace stays out of it."""

import os
import re
from collections.abc import Mapping

SETTING = re.compile(r"^#? ?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def foreign(environment: Mapping[str, str], example: str) -> set[str]:
    """Names of settings (`example` is the text of `.env.example`) and of proxies that are set."""
    settings = set(SETTING.findall(example))
    return {name for name in environment if name in settings or name.lower().endswith("_proxy")}


def forget(example: str) -> None:
    for name in foreign(os.environ, example):
        del os.environ[name]
