"""Imports go down only: bot, handlers, storage. Each rule is also shown to fail when broken."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "storage")


@dataclass(frozen=True)
class Rule:
    """The files below `where`, but for those in `but`, import nothing of `never`."""

    where: str
    never: tuple[str, ...]
    but: tuple[str, ...] = ()


RULES = {
    "storage imports no floor above it": Rule("storage", ("handlers", "bot")),
    "handlers import no floor above them": Rule("handlers", ("bot",)),
    "the practice workspace is no mirror of ours": Rule("bot/practice", ("handlers", "storage")),
    "the engine is one file": Rule(".", ("dbos",), but=("bot/engine.py",)),
}


@cache
def parsed(source: bytes) -> ast.Module:
    """Most tests look at the same files, with one more planted among them."""
    return ast.parse(source)


def sources(root: Path, below: str = ".") -> Iterator[tuple[str, ast.Module]]:
    """Our own files below a folder, with their syntax trees."""
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            if file.is_relative_to(root / below):
                yield file.relative_to(root).as_posix(), parsed(file.read_bytes())


def imported(tree: ast.Module, file: str) -> Iterator[str]:
    """The full names a file imports, wherever in it, relative ones resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = Path(file).parts[: -node.level] if node.level else ()
            module = ".".join([*parents, *filter(None, [node.module])])
            yield from (f"{module}.{name.name}" for name in node.names)


def broken(rule: Rule, root: Path) -> list[str]:
    return [
        f"{file} imports {name}"
        for file, tree in sources(root, rule.where)
        if file not in rule.but
        for name in imported(tree, file)
        if name.split(".")[0] in rule.never
    ]


def words(tree: ast.Module) -> Iterator[object]:
    """Every name, attribute and constant in a file."""
    for node in ast.walk(tree):
        yield from (getattr(node, part, None) for part in ("attr", "id", "name", "value"))


def emptied(root: Path) -> list[str]:
    """Files that name the call that empties the engine's database, which is also ours."""
    return [file for file, tree in sources(root) if "reset_system_database" in words(tree)]


def lint_imports(root: Path) -> "subprocess.CompletedProcess[str]":
    command: list[str | Path] = [Path(sys.executable).with_name("lint-imports")]
    command += ["--no-cache", "--no-logo"]
    environment = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the three floors, to plant a fault in."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(root: Path, file: str, line: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_import_goes_where_it_must_not(rule: Rule) -> None:
    assert broken(rule, ROOT) == []


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        ("storage imports no floor above it", "storage/a.py", "import handlers.pause"),
        ("storage imports no floor above it", "storage/rules/a.py", "from bot import sync"),
        ("storage imports no floor above it", "storage/rules/a.py", "from ...bot import sync"),
        ("handlers import no floor above them", "handlers/a.py", "def f(): from bot.sync import x"),
        ("the practice workspace is no mirror of ours", "bot/practice/a.py", "import storage"),
        ("the practice workspace is no mirror of ours", "bot/practice/b/a.py", "import handlers.x"),
        ("the engine is one file", "bot/a.py", "from dbos import DBOS"),
        ("the engine is one file", "storage/a.py", "import dbos._client as client"),
    ],
)
def test_a_planted_import_is_found(planted: Path, rule: str, file: str, line: str) -> None:
    plant(planted, file, line)
    [found] = broken(RULES[rule], planted)
    assert found.startswith(f"{file} imports ")


def test_nobody_empties_the_engines_database() -> None:
    assert emptied(ROOT) == []


@pytest.mark.parametrize(
    "line",
    [
        "DBOS.reset_system_database()",
        "from dbos import reset_system_database",
        "getattr(DBOS, 'reset_system_database')()",
    ],
)
def test_a_planted_emptying_is_found(planted: Path, line: str) -> None:
    plant(planted, "bot/a.py", line)
    assert emptied(planted) == ["bot/a.py"]


def test_the_contracts_are_kept() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr


PLANTED = (
    ("storage/a.py", "import handlers", "Imports go down"),
    ("handlers/b.py", "import bot", "Imports go down"),
    ("storage/c.py", "import slack_sdk", "The floor of what is known"),
    ("handlers/d.py", "import apscheduler", "What people do"),
    ("storage/rules/e.py", "import sqlalchemy", "The rules are pure"),
    ("bot/practice/f.py", "import bot.rosters.oneroster_csv", "The practice workspace"),
)


def test_every_contract_notices_a_planted_import(planted: Path) -> None:
    for file, line, _ in PLANTED:
        plant(planted, file, line)
    linted = lint_imports(planted)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    verdicts, explained = linted.stdout.split("Broken contracts")
    broken = [line for line in verdicts.splitlines() if line.endswith("BROKEN")]
    for file, line, contract in PLANTED:
        assert any(verdict.startswith(contract) for verdict in broken)
        module = file.removesuffix(".py").replace("/", ".")
        assert f"{module} -> {line.removeprefix('import ')}" in explained
