"""What the files around the code say is true."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.harness.environment import SETTING

ROOT = Path(__file__).parents[1]
GROUPS = {"requirements.txt": ["build"], "requirements-dev.txt": ["build", "dev"]}
ADDRESS = re.compile(r"://|\s@\s|^\s*-(?!-hash=)", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
MAKE = re.compile(r"(?:^|`|&& )make ([a-z]+)", re.MULTILINE)


def entries(lock: str) -> dict[str, str]:
    """The requirements of a lock by name, each with everything that belongs to it."""
    text = re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    return {canonicalize_name(re.split(r"[=;\s\[]", line)[0]): line for line in lines}


def version_of(entry: str) -> str:
    return re.split(r"==|[\s;]", entry)[1]


def unhashed(lock: str) -> list[str]:
    return [name for name, entry in entries(lock).items() if "--hash=sha256:" not in entry]


def unlocked(declared: list[str], lock: str) -> list[str]:
    """Requirements that the lock lacks or holds at a version they do not allow."""
    locked = {name: version_of(entry) for name, entry in entries(lock).items()}
    return [
        asked
        for asked in declared
        for need in [Requirement(asked)]
        for version in [locked.get(canonicalize_name(need.name))]
        if version is None or version not in need.specifier
    ]


def declared(*groups: str) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked: list[str] = project["project"]["dependencies"]
    return asked + [need for group in groups for need in project["dependency-groups"][group]]


def unknown_targets(text: str, makefile: str) -> set[str]:
    return set(MAKE.findall(text)) - set(TARGET.findall(makefile))


def documents() -> list[Path]:
    return [ROOT / ".ci" / "run", *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("lock", GROUPS)
def test_every_locked_package_has_its_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert len(entries(text)) > 20
    assert unhashed(text) == []
    assert ADDRESS.search(text) is None


@pytest.mark.parametrize(("lock", "groups"), GROUPS.items())
def test_the_locks_hold_what_the_project_declares(lock: str, groups: list[str]) -> None:
    assert unlocked(declared(*groups), (ROOT / lock).read_text()) == []


def test_developing_has_the_very_packages_of_running() -> None:
    running, developing = (entries((ROOT / lock).read_text()) for lock in GROUPS)
    assert running.items() <= developing.items()


PINNED = "httpx==0.28.1 \\\n    --hash=sha256:00\n"


def test_a_lock_without_hashes_or_at_another_version_is_found() -> None:
    assert unhashed(PINNED + "idna==3.20\n") == ["idna"]
    assert unlocked(["httpx>=0.27"], PINNED) == []
    assert unlocked(["httpx>=1", "idna"], PINNED) == ["httpx>=1", "idna"]


@pytest.mark.parametrize(
    "line", ["--index-url https://a.example/", "idna @ file:idna.whl", "-e .", "--find-links x"]
)
def test_an_address_in_a_lock_is_found(line: str) -> None:
    assert ADDRESS.search(PINNED) is None
    assert ADDRESS.search(PINNED + line)


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_make_target_a_document_names_is_there(document: Path) -> None:
    assert unknown_targets(document.read_text(), (ROOT / "Makefile").read_text()) == set()


def test_a_target_that_is_not_there_is_found() -> None:
    assert unknown_targets("Run `make tea`, then\nmake test\n", "test: x\n") == {"tea"}


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert {"demo", "test"} <= set(MAKE.findall(readme))


def test_the_example_names_every_setting_and_nothing_else() -> None:
    example = ROOT / ".env.example"
    from bot.settings import Settings

    named = SETTING.findall(example.read_text())
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)
