"""Files that somebody gave the bot in Slack: where they are, and bringing them here in a stream.

A refusal is final and a sentence; Slack being away is not, and is tried again by whoever asked.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from slack_sdk import WebClient

from bot.trouble import CALL_FAILED, Verdict, trouble_of
from handlers.upload import LARGEST
from storage.errors import RecessError
from storage.uploads import GivenFile

SECONDS = 30.0
# What several files are called together, where a sentence names the folder they are in.
TOGETHER = "The upload"
# Bytes, of which most file systems take 255. Of a longer name the end counts: it says .zip or .csv.
LONGEST_NAME = 200
# How a page for people begins, whatever it is called.
PAGES = (b"<!doctype html", b"<html")


class FileRefused(RecessError):
    """It cannot be had, or is not what it should be; trying again would not help."""


class SlackAway(Exception):
    """Slack did not hand it over now; `str` says why."""


class SlackFiles:
    """`slack` must have no retries of its own; every request has the bot's token."""

    def __init__(self, slack: WebClient) -> None:
        self.slack = slack

    def fetch(self, files: Sequence[GivenFile], folder: Path) -> Path:
        """Bring the files into `folder`; answers the one file, or the folder of several.

        Raises FileRefused and SlackAway.
        """
        inside = folder / TOGETHER
        inside.mkdir()
        paths = [self._fetch(file, inside) for file in files]
        return paths[0] if len(paths) == 1 else inside

    def _fetch(self, file: GivenFile, folder: Path) -> Path:
        described = self._described(file)
        path = folder / _named(file)
        if path.exists():
            raise FileRefused(f"Two of the files are called {path.name}. Upload each file once.")
        size = int(described.get("size") or 0)
        if size > LARGEST:
            raise _too_large(file)
        arrived = self._download(file, _address(file, described), path)
        if arrived < size:
            raise SlackAway(f"{arrived:,} of {size:,} bytes came")
        return path

    def _described(self, file: GivenFile) -> dict[str, Any]:
        try:
            described: dict[str, Any] = self.slack.files_info(file=file.id)["file"]
        except CALL_FAILED as error:
            trouble = trouble_of(error)
            if trouble.verdict is not Verdict.REFUSED:
                raise SlackAway(trouble.words) from error
            raise FileRefused(_refused(file, trouble.words)) from error
        return described

    def _download(self, file: GivenFile, address: str, path: Path) -> int:
        """Answers how many bytes came."""
        arrived = 0
        with self._opened(file, address) as answer, path.open("wb") as out:
            for block in answer.iter_bytes():
                if arrived == 0 and _is_a_page(answer, block):
                    raise FileRefused(_a_page(file))
                arrived += out.write(block)
                if arrived > LARGEST:
                    raise _too_large(file)
        return arrived

    @contextlib.contextmanager
    def _opened(self, file: GivenFile, address: str) -> Iterator[httpx.Response]:
        # The library itself drops the token where a redirect leads to another host.
        headers = {"Authorization": f"Bearer {self.slack.token}", "Accept-Encoding": "identity"}
        try:
            with httpx.stream(
                "GET", address, headers=headers, timeout=SECONDS, follow_redirects=True
            ) as answer:
                _check_status(file, answer)
                yield answer
        except httpx.HTTPError as error:
            raise SlackAway(f"{type(error).__name__}: {error}") from error


def _named(file: GivenFile) -> str:
    """A name from outside, for a file of ours: never a path, and no longer than a disk takes."""
    name = Path(file.name.replace("\\", "/")).name.replace("\0", "")
    name = name.encode("utf-8", "replace")[-LONGEST_NAME:].decode("utf-8", "ignore")
    return name if name not in ("", ".", "..") else file.id


def _address(file: GivenFile, described: dict[str, Any]) -> str:
    # Its address leads out of Slack, where the bot's token must not go.
    if described.get("is_external"):
        raise FileRefused(f"{file.name} is only a link in Slack. Upload the file itself.")
    address = described.get("url_private_download") or described.get("url_private")
    if not address:
        raise FileRefused(f"Slack has {file.name} no more. Upload it again.")
    return str(address)


def _check_status(file: GivenFile, answer: httpx.Response) -> None:
    code = answer.status_code
    if code in (404, 410):
        raise FileRefused(f"Slack has {file.name} no more. Upload it again.")
    if code in (401, 403):
        raise FileRefused(_a_page(file))
    if code != 200:
        raise SlackAway(f"Slack answered {code}")


def _is_a_page(answer: httpx.Response, first: bytes) -> bool:
    """Without the scope Slack leads to its page to sign in, and says 200."""
    says_so = "html" in answer.headers.get("content-type", "")
    return says_so or first.lstrip()[:20].lower().startswith(PAGES)


def _refused(file: GivenFile, code: str) -> str:
    if code == "missing_scope":
        return _a_page(file)
    if code in ("file_not_found", "file_deleted"):
        return f"Slack has {file.name} no more. Upload it again."
    return (
        f"Slack does not hand over {file.name} ({code}). Upload it again, and tell the support "
        "team if it stays so."
    )


def _a_page(file: GivenFile) -> str:
    return (
        f"Slack gave a page to sign in instead of {file.name}: the app may not read files here. "
        "Whoever runs Recess has to install it again with the scopes of `recess manifest`."
    )


def _too_large(file: GivenFile) -> FileRefused:
    return FileRefused(
        f"{file.name} is larger than {LARGEST >> 20} MB. Put the files into a .zip, or use "
        "`recess upload` where Recess runs."
    )
