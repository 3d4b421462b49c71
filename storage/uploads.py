"""Files that people handed over in Slack, and what became of each.

    checking ──► refused, unchanged
        │
        └──────► shown ──► discarded, refused (nobody decided about it for long)
                   └─────► adding ──► added, refused

A roster ends at `shown`: what is decided then is its run's. Only a staff list, which has no run,
goes on to be added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from storage.messages import Messages
from storage.partners import Partner, Partners
from storage.runs import Run, Runs
from storage.schools import Actor
from storage.tables import partners, uploads
from storage.work import Job

KIND = "upload"

CHECKING, REFUSED, UNCHANGED, SHOWN = "checking", "refused", "unchanged", "shown"
ADDING, ADDED, DISCARDED = "adding", "added", "discarded"
OWED = (CHECKING, ADDING)

# Of a preview, what is lines.
LINES = ("schools", "staff")

# An owed upload that nobody took on within this time has lost its job.
ABANDONED = timedelta(seconds=90)


@dataclass(frozen=True)
class GivenFile:
    """A file as Slack knows it."""

    id: str
    name: str


# A sign and a text: + comes, - goes, ↩ comes back, ~ changes, ! is locked, a blank is so.
Line = tuple[str, str]


@dataclass(frozen=True)
class Preview:
    """What an upload would do to schools and people, as it is shown.

    `held` says why the circuit breaker would stop it, and `gone` how much is gone then; `note` is
    what the files' reader wants to have said.
    """

    schools: Sequence[Line] = ()
    staff: Sequence[Line] = ()
    held: str = ""
    gone: int = 0
    note: str = ""


@dataclass(frozen=True)
class Upload:
    """`preview` is what the person was shown, `reason` why it was refused or what it did."""

    id: int
    partner_id: int
    partner: str
    files: Sequence[GivenFile]
    state: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    attempt: int
    run: int | None
    reason: str
    preview: Preview
    decided_at: datetime | None


@dataclass(frozen=True)
class Handed:
    """An upload with its partner; a roster that could be compared has a `run`."""

    upload: Upload
    partner: Partner
    run: Run | None


class Uploads:
    def __init__(self, connection: Connection, messages: Messages, now: datetime) -> None:
        self.connection = connection
        self.messages = messages
        self.now = now

    def ask(self, partner: Partner, files: Sequence[GivenFile], by: Actor) -> Upload:
        """Owe the check of these files, and carry it."""
        values = {
            "partner_id": partner.id,
            "files": [[file.id, file.name] for file in files],
            "state": CHECKING,
            "asked_by": by.id,
            "asked_name": by.name,
            "asked_at": self.now,
            "due_at": self.now,
        }
        inserted = self.connection.execute(uploads.insert().values(values)).inserted_primary_key
        assert inserted is not None
        upload = self.by_id(int(inserted[0]))
        self._carry(upload)
        return upload

    def by_id(self, id: int) -> Upload:
        return _upload(self.connection.execute(_uploads.where(uploads.c.id == id)).one())

    def whole(self, upload: Upload) -> Handed:
        """Everything that its message shows."""
        partner = Partners(self.connection, self.now).by_id(upload.partner_id)
        runs = Runs(self.connection, self.messages.carrier, self.now)
        return Handed(upload, partner, runs.by_id(upload.run) if upload.run is not None else None)

    def content(self, upload: Upload) -> bytes:
        """A staff list that waits to be decided or added, as it was stored with its preview."""
        statement = select(uploads.c.content).where(uploads.c.id == upload.id)
        stored: bytes | None = self.connection.execute(statement).scalar_one()
        return stored or b""

    def of_run(self, run: int) -> Upload | None:
        """The upload whose preview a run has."""
        row = self.connection.execute(_uploads.where(uploads.c.run_id == run)).first()
        return _upload(row) if row else None

    @staticmethod
    def job_key(upload: Upload) -> str:
        """The key of the job that carries the present attempt."""
        return f"upload:{upload.id}:{upload.attempt}"

    def again(self, upload: Upload, delay: float = 0) -> None:
        """Carry the next attempt after so many seconds; a key that was used is used up."""
        self._set(upload, attempt=upload.attempt + 1, due_at=self.now + timedelta(seconds=delay))
        self._carry(self.by_id(upload.id), delay)

    def abandoned(self) -> list[Upload]:
        """What is owed and nobody does: to be carried again, if no job is."""
        lost = uploads.c.state.in_(OWED) & (uploads.c.due_at < self.now - ABANDONED)
        return [_upload(row) for row in self.connection.execute(_uploads.where(lost))]

    def undecided(self, before: datetime) -> list[Upload]:
        """The staff lists that were given before a moment, and still wait to be decided."""
        waiting = (uploads.c.state == SHOWN, uploads.c.content.is_not(None))
        statement = _uploads.where(*waiting, uploads.c.asked_at < before).order_by(uploads.c.id)
        return [_upload(row) for row in self.connection.execute(statement)]

    def refused(self, upload: Upload, reason: str) -> None:
        """It ended with a sentence: at fault, or for another reason not to be taken."""
        self._answer(upload, state=REFUSED, reason=reason, content=None)

    def unchanged(self, upload: Upload, reason: str) -> None:
        """It has nothing that is not stored already."""
        self._answer(upload, state=UNCHANGED, reason=reason)

    def shown(
        self,
        upload: Upload,
        preview: Preview,
        *,
        run: int | None = None,
        content: bytes | None = None,
    ) -> None:
        """It waits for the person to decide: a roster's `run`, or the `content` of a list."""
        self._answer(upload, state=SHOWN, preview=asdict(preview), run_id=run, content=content)

    def decide(self, upload: Upload, state: str) -> bool:
        """A staff list is to be added, or discarded; False when that was decided before."""
        statement = (
            update(uploads)
            .where(uploads.c.id == upload.id, uploads.c.state == SHOWN)
            .values(state=state, decided_at=self.now)
        )
        if self.connection.execute(statement).rowcount != 1:
            return False
        if state == ADDING:
            self.again(upload)
        else:
            self._set(upload, content=None)
        self.touch(upload)
        return True

    def added(self, upload: Upload, reason: str) -> None:
        self._answer(upload, state=ADDED, reason=reason, content=None)

    def touch(self, upload: Upload) -> None:
        """What its message shows has changed."""
        message = self.messages.about(KIND, str(upload.id))
        if message is not None:
            self.messages.touch(message.id)

    def _answer(self, upload: Upload, **values: Any) -> None:
        """Write down what became of it, and tell who asked; later changes edit what was told."""
        self._set(upload, **values)
        if self.messages.about(KIND, str(upload.id)) is not None:
            self.touch(upload)
            return
        self.messages.post(
            upload.asked_by,
            KIND,
            partner=upload.partner_id,
            subject=str(upload.id),
            key=f"{KIND}:{upload.id}",
        )

    def _carry(self, upload: Upload, delay: float = 0) -> None:
        job = Job("preview", self.job_key(upload), upload.partner, delay)
        self.messages.carrier.carry(self.connection, job)

    def _set(self, upload: Upload, **values: Any) -> None:
        self.connection.execute(update(uploads).where(uploads.c.id == upload.id).values(**values))


_uploads: Select[Any] = select(
    *(column for column in uploads.c if column.name != "content"), partners.c.slug.label("partner")
).join(partners, partners.c.id == uploads.c.partner_id)


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        partner_id=row.partner_id,
        partner=row.partner,
        files=[GivenFile(id, name) for id, name in row.files],
        state=row.state,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        asked_at=row.asked_at,
        attempt=row.attempt,
        run=row.run_id,
        reason=row.reason,
        preview=_preview(row.preview or {}),
        decided_at=row.decided_at,
    )


def _preview(stored: Mapping[str, Any]) -> Preview:
    lines = {name: tuple((sign, text) for sign, text in stored.get(name, ())) for name in LINES}
    return Preview(**{**stored, **lines})
