"""Files to one person, by direct message: sent once, never queued.

A spreadsheet is where these files are opened, and it takes some texts for more than that: a
formula is run, "0012" becomes 12. Such cells begin with an apostrophe, as OWASP advises for
formulas (owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import io
import logging
import re
from collections.abc import Callable, Iterable, Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.calls import CALL_FAILED
from handlers.desk import Desk
from handlers.trouble import new_reference, not_made
from handlers.views.blocks import escaped
from storage.errors import RecessError

log = logging.getLogger(__name__)

# Nobody waits for a file as for a click.
SECONDS = 30
# Excel reads UTF-8 only behind a byte order mark.
ENCODING = "utf-8-sig"
# What a spreadsheet runs, also behind blanks and quotes; the wide forms count as the usual ones.
FORMULA = re.compile(r"[\s'\"`\u200b\ufeff]*[=+\-@\t\r\n\0＝＋－＠]|[\t\r\n\0]")
# What it would write in another way: leading zeros, more digits than it keeps, an exponent.
RESPELT = re.compile(r"0\d+|\d{16,}|\d+(\.\d+)?[eE]\d+")


def make_later(desk: Desk, user: str, make: Callable[[], object]) -> None:
    """Let files for one person be made in another thread, for which no click can wait.

    Whoever waits for them is told by direct message when there will be none.
    """
    desk.later(lambda: _make(desk, user, make))


def _make(desk: Desk, user: str, make: Callable[[], object]) -> None:
    try:
        make()
    except RecessError as error:
        tell_directly(desk.slack, user, escaped(error.sentence))
    except Exception:
        reference = new_reference()
        log.exception("A file could not be made, reference %s", reference)
        tell_directly(desk.slack, user, not_made(reference))


def send_csv(
    desk: Desk,
    user: str,
    filename: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    comment: str,
) -> None:
    """Send a table to one person, in another thread; returns at once, after reading `rows`.

    `comment` is plain text and stands above the file. Where Slack does not take the file, the
    person is told so by direct message.
    """
    content = csv_bytes(header, rows)
    desk.later(lambda: _send(desk, user, filename, content, escaped(comment)))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file as spreadsheets read it, in which every cell stays the text that it is."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([as_text(str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode(ENCODING, "replace")


def as_text(cell: str) -> str:
    """The cell so that a spreadsheet neither runs nor respells it."""
    return f"'{cell}" if FORMULA.match(cell) or RESPELT.fullmatch(cell) else cell


def _send(desk: Desk, user: str, filename: str, content: bytes, comment: str) -> None:
    slack = _patient(desk.slack)
    try:
        channel = str(slack.conversations_open(users=user)["channel"]["id"])
        slack.files_upload_v2(
            channel=channel, filename=filename, content=content, initial_comment=comment
        )
    except CALL_FAILED as error:
        log.warning("A file could not be sent to %s: %s", user, error)
        tell_directly(slack, user, _not_sent(filename, error))


def _patient(slack: WebClient) -> WebClient:
    """The same client for a longer call; still without retries, which would send it twice."""
    return WebClient(token=slack.token, base_url=slack.base_url, timeout=SECONDS, retry_handlers=[])


def _not_sent(filename: str, error: Exception) -> str:
    name = escaped(filename)
    code = str(error.response.get("error")) if isinstance(error, SlackApiError) else ""
    if code == "missing_scope":
        return (
            f"Slack did not take {name}: the app may not send files here. Nothing was changed. "
            "Ask whoever runs Recess to install it again with the scopes of `recess manifest`."
        )
    cause = f" ({code})" if code else ""
    return (
        f"{name} could not be sent: Slack did not take it{cause}. Nothing was changed; "
        "ask for it again in a minute."
    )


def tell_directly(slack: WebClient, user: str, sentence: str) -> None:
    """A direct message at once, in place of what could not be sent; not queued either."""
    try:
        slack.chat_postMessage(channel=user, text=sentence)
    except CALL_FAILED as error:
        log.warning("Nor could %s be told so: %s", user, error)
