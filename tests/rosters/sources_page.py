"""`docs/sources.md`, made of what the tests live through: `make docs`."""

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.harness import databases
from tests.rosters.situations import ROADS, SITUATIONS, SOURCES, every, lived

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"

Outcomes = Mapping[tuple[str, str], str]
"""By the kind of source and the name of the situation or the fault."""

HEAD = """# Where rosters come from

The tables are made by the tests, which live through every situation with every source; after a
change, make them anew with `make docs`. What each cause in `code` means and asks for stands in
[refusals.md](refusals.md).

A partner's table in the partners file says where its roster comes from. Secrets are written as
`"${NAME}"` and read from the environment when they are used. Whatever the source, a school is
absent only when a complete and faultless roster does not have it; everything else ends the run
without a change.
"""

SITUATION_HEAD = """## What comes of a situation

A partner with six schools and sixty staff, connected before in all but the first two rows.
Everything but `applied` changes no school and no account.
"""

ROADS_HEAD = """The same by another road: Clever's older version, OneRoster 1.1 with signed
requests, ClassLink without its proxy, batches of changes after a first whole one, and a OneRoster
set as an upload. A batch of changes without any is a manifest alone.
"""

FAULT_HEAD = "With a school gone at the same time, and nothing changed:"

PROSE: Mapping[str, str] = {
    "oneroster-csv": """
A OneRoster 1.1 or 1.2 set in a folder or a .zip, read every night.

```toml
source = { kind = "oneroster-csv", path = "rosters/lincoln-usd" }
```

- **Keys**: `path`, relative to the partners file.
- **Reads** `manifest.csv`, `orgs.csv` and `users.csv`, for 1.2 also `roles.csv`; of the people
  staff only.
- **Gentle**: the files are read in a stream and never written; when they change meanwhile, the
  reading is a fault.
- **Absent** is a school without a row, or one `tobedeleted`. A file, a column, a cell or an id that
  is not as it should be is a fault.
""",
    "clever": """
A district that shares with your application in Clever (Data API 3.1 or 3.0).

```toml
source = { kind = "clever", district = "4fd43cc56d11340000000005" }
```

- **Keys**: `district`, Clever's id; `version`, if it is not 3.1. The application is in the settings
  `CLEVER_CLIENT_ID` and `CLEVER_CLIENT_SECRET`.
- **Reads** the district's token, its state, its schools, and its users with the roles teacher and
  staff; never students or contacts.
- **Gentle**: one request at a time, pages of 500 by Clever's own links, waiting as the rate limit's
  headers ask; only what may pass by itself is tried again.
- **Absent** is a school that the district does not share any more. A district that disconnected, or
  is pending or in error, is a fault. One that is paused is compared, with a note.
""",
    "oneroster": """
A OneRoster service over REST, 1.1 or 1.2.

```toml
[partner.source]
kind = "oneroster"
url = "https://sis.example.org"
version = "1.2"
auth = "oauth2"
client_id = "recess"
client_secret = "${LINCOLN_SECRET}"
token_url = "https://sis.example.org/token"
```

- **Keys**: `url`, `version`, `auth` (`oauth1` or `oauth2`; 1.2 has oauth2 alone), `client_id`,
  `client_secret`, and for oauth2 `token_url`.
- **Reads** `/schools` and `/users` to their ends, then `/schools` again; keeps the staff.
- **Gentle**: one request at a time, pages of up to 1,000, waiting as `Retry-After` asks; a list
  that moves under the walk is walked again, three times in all.
- **Absent** is a school that is not in a list whose end is proved, or is `tobedeleted`. A page that
  lacks records, or schools that differ at the end of the walk, are faults.
""",
    "classlink": """
A district in ClassLink: through its proxy, or directly at the district's OneRoster server.

```toml
source = { kind = "classlink", application = "MoYPlyQWmG0%3D" }
```

- **Keys**: `application`, the district's id in the proxy's list, with the setting
  `CLASSLINK_API_KEY`; or `url`, `client_id` and `client_secret` directly, by OAuth 1.0a. `version`,
  if it is not 1.1.
- **Reads** the proxy's list of applications, then what `oneroster` reads.
- **Gentle** as `oneroster` is.
- **Absent** is what is absent in `oneroster`. A district that left the proxy's list, or is disabled
  there, is a fault and says nothing of its schools.
""",
    "tp-connector": """
A drop folder into which TP Connector uploads OneRoster 1.1 batches: whole sets (bulk) and changes
(delta).

```toml
source = { kind = "tp-connector", path = "drops/lincoln-usd", quiet_minutes = 10 }
```

- **Keys**: `path`; `quiet_minutes` (10), for which nothing in a batch may have changed.
- **Reads** every complete and quiet batch in the order of its last change: the newest bulk with the
  later deltas, or the last applied roster with the deltas. A school that people name before it
  comes is remembered with them.
- **Gentle**: what was read moves to `archive`, a batch at fault to `rejected` beside a report. A
  batch of a held run stays, also after Discard: it is held again each night until a corrected
  batch comes, or somebody takes it out.
- **Absent** is a school that a bulk does not have, or that a delta says is `tobedeleted`. A night
  without a batch is skipped; people are told after three.
""",
    "csv": """
Sets that people upload: Clever-style (`schools.csv` with `teachers.csv`, `staff.csv` or both) or
OneRoster. As files or a .zip by `/schools upload` in Slack, as a folder or a .zip by
`recess upload PARTNER FILE`.

```toml
source = { kind = "csv" }
```

- **Keys**: none.
- **Reads** the uploaded set, once; a staff list (names, addresses, schools) only ever adds people.
- **Gentle**: never compared by the clock, and silence says nothing. What would change is shown and
  applied only when it is confirmed; where others are held, it asks for typed words.
- **Absent** is a school that the set does not have. A missing file or column, a bad row or an id
  twice is a fault, with its file and line. A Clever-style file with a header alone says that there
  is nobody, or no school, and is held where there were some; in a OneRoster set it is a fault.
""",
}


def page(outcomes: Outcomes) -> str:
    """The whole document."""
    parts = [HEAD, SITUATION_HEAD, _situations(SOURCES, outcomes)]
    parts += [ROADS_HEAD, _situations(ROADS, outcomes)]
    parts += [_source(kind, outcomes) for kind in SOURCES]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def told(text: str) -> Outcomes:
    """What a document says of each situation and each fault."""
    outcomes: dict[tuple[str, str], str] = {}
    kinds: list[str] = []
    for line in text.splitlines():
        if line.startswith("## `"):
            kinds = [line.strip("#` ")]
        elif line.startswith("| Situation"):
            kinds = [cell.strip(" `") for cell in line.strip("|").split("|")[1:]]
        elif line.startswith("| ") and not line.startswith("| Fault"):
            name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            outcomes |= {(kind, name): cell for kind, cell in zip(kinds, cells, strict=True)}
    return outcomes


def _situations(kinds: Collection[str], outcomes: Outcomes) -> str:
    head = "| Situation | " + " | ".join(f"`{kind}`" for kind in kinds) + " |"
    rows = [
        f"| {name} | " + " | ".join(outcomes.get((kind, name), "") for kind in kinds) + " |"
        for name in SITUATIONS
    ]
    return "\n".join([head, "|---" * (len(kinds) + 1) + "|", *rows])


def _source(kind: str, outcomes: Outcomes) -> str:
    rows = [f"| {name} | {outcomes.get((kind, name), '')} |" for name in SOURCES[kind].faults]
    table = "\n".join(["| Fault | Outcome |", "|---|---|", *rows])
    return f"## `{kind}`\n\n{PROSE[kind].strip()}\n\n{FAULT_HEAD}\n\n{table}"


def _lived() -> Outcomes:
    outcomes: dict[tuple[str, str], str] = {}
    with TemporaryDirectory() as name:
        template = databases.sqlite_template(Path(name))
        for number, (kind, situation) in enumerate(every()):
            folder = Path(name) / str(number)
            folder.mkdir()
            url = databases.sqlite_copy(template, folder)
            outcomes[kind, situation] = lived(kind, situation, url, folder)
    return outcomes


if __name__ == "__main__":
    PAGE.write_text(page(_lived()), "utf-8")
