"""A plan: everything a snapshot would change, complete before the first write.

A held run, an upload's preview and a dry run are all this one thing. The changes of accounts
are a compressed stream, on disk when it is long: a plan costs little memory at any size.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, Literal
from weakref import finalize

from storage.rules.breaker import Loss
from storage.snapshot import RosterPerson, RosterSchool

IN_MEMORY = 4 * 1024 * 1024
CHUNK = 64 * 1024

Verb = Literal["put", "gone"]


@dataclass(frozen=True, slots=True)
class AccountChange:
    """`put` writes the person as given (with the hash of its row); `gone` has only the id.

    `expected` are the schools of the person's row that nobody has heard of yet.
    """

    verb: Verb
    person: RosterPerson
    fingerprint: int | None
    expected: tuple[str, ...] = ()


class Changes:
    """The changes of accounts, written once and then read as often as needed."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        # It lives as long as the plan does, and goes with it.
        finalize(self, self._file.close)
        self._pack = zlib.compressobj(1)
        self._sealed = False
        self.count = 0

    def put(self, person: RosterPerson, fingerprint: int, expected: Sequence[str] = ()) -> None:
        fields = (person.id, person.email, person.given_name, person.family_name)
        self._write([*fields, list(person.schools), fingerprint, *expected])

    def gone(self, id: str) -> None:
        self._write([id])

    def seal(self) -> None:
        """No more changes; from now on the plan can be read."""
        self._file.write(self._pack.flush())
        self._sealed = True

    def __iter__(self) -> Iterator[AccountChange]:
        assert self._sealed, "a plan is read only when it is complete"
        for line in self._lines():
            yield _change(json.loads(line))

    def packed(self) -> bytes:
        """The compressed stream, as it is stored with a held run."""
        self._file.seek(0)
        return self._file.read()

    @classmethod
    def unpacked(cls, stream: bytes, count: int) -> "Changes":
        """The changes of a stored plan. The inverse of `packed`."""
        changes = cls()
        changes._file.write(stream)
        changes._sealed = True
        changes.count = count
        return changes

    def _write(self, record: list[Any]) -> None:
        self.count += 1
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._file.write(self._pack.compress(line.encode("utf-8", "surrogatepass")))

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        unpack, rest = zlib.decompressobj(), b""
        while chunk := self._file.read(CHUNK):
            lines = (rest + unpack.decompress(chunk)).split(b"\n")
            rest = lines.pop()
            yield from lines
        # A record ends with a newline, so nothing but the decompressor's tail can be left.
        yield from (line for line in (rest + unpack.flush()).split(b"\n") if line)


def _change(record: list[Any]) -> AccountChange:
    if len(record) == 1:
        return AccountChange("gone", RosterPerson(record[0], "", "", "", ()), None)
    id, email, given_name, family_name, schools, fingerprint, *expected = record
    person = RosterPerson(id, email, given_name, family_name, tuple(schools))
    return AccountChange("put", person, fingerprint, tuple(expected))


@dataclass(frozen=True)
class Counts:
    """What a run found. Schools: `missing` and `returned` since the last applied snapshot."""

    schools_new: int = 0
    schools_missing: int = 0
    schools_returned: int = 0
    schools_total: int = 0
    staff_added: int = 0
    staff_changed: int = 0
    staff_removed: int = 0
    staff_total: int = 0


@dataclass
class Plan:
    """What applying one snapshot would do, made against version `base` of the stored roster.

    `schools` are all schools of the snapshot. `missing` and `returned` name schools that went or
    came back since the last applied snapshot, for people to read; what happens to each status
    is decided when the plan is applied. `respelt` pairs a new id with a known one that differs
    only by leading zeros: such a roster lost them on its way, and must not be applied.
    """

    base: int
    schools: Mapping[str, RosterSchool]
    missing: Sequence[str]
    returned: Sequence[str]
    new: Sequence[str]
    loss: Loss
    counts: Counts
    digest: str
    respelt: Sequence[tuple[str, str]] = ()
    changes: Changes = field(default_factory=Changes)

    @property
    def first(self) -> bool:
        return self.base == 0

    def packed(self) -> bytes:
        """The whole plan as bytes, small enough to be stored with its run."""
        head = {
            "base": self.base,
            "schools": [[s.id, s.number, s.name] for s in self.schools.values()],
            "missing": list(self.missing),
            "returned": list(self.returned),
            "new": list(self.new),
            "loss": vars(self.loss),
            "counts": vars(self.counts),
            "digest": self.digest,
            "changes": self.changes.count,
        }
        packed_head = zlib.compress(json.dumps(head).encode())
        return len(packed_head).to_bytes(4) + packed_head + self.changes.packed()

    @classmethod
    def unpacked(cls, stored: bytes) -> "Plan":
        """The inverse of `packed`."""
        size = int.from_bytes(stored[:4])
        head = json.loads(zlib.decompress(stored[4 : 4 + size]))
        return cls(
            base=head["base"],
            schools={id: RosterSchool(id, number, name) for id, number, name in head["schools"]},
            missing=head["missing"],
            returned=head["returned"],
            new=head["new"],
            loss=Loss(**head["loss"]),
            counts=Counts(**head["counts"]),
            digest=head["digest"],
            changes=Changes.unpacked(stored[4 + size :], head["changes"]),
        )
