"""The source itself says that there is nothing new: the run is skipped."""

from dataclasses import dataclass

from bot.rosters.faults.unread import Unread


class NoBatch(Unread):
    """`manifest.csv` alone, or with every file absent: "no updates" (OneRoster CSV, manifest)."""

    code = "no_batch"
    sentence = (
        "The set holds no files beside manifest.csv, which means no updates. "
        "Nothing was compared and nothing changed."
    )


class NoNewBatch(NoBatch):
    """Nothing at all waits in a drop folder."""

    code = "no_new_batch"
    sentence = (
        "The drop folder holds no new batch. Nothing was compared and nothing changed; "
        "if one should have come, check the job that uploads it."
    )


@dataclass(eq=False)
class BatchIncomplete(NoBatch):
    """A batch is picked up when its manifest is there and every file that this lists."""

    batch: str
    file: str
    code = "batch_incomplete"
    sentence = (
        "The batch {batch} waits for {file}, and is not read before it is complete. "
        "Nothing was compared and nothing changed; upload that file."
    )


@dataclass(eq=False)
class BatchNotQuiet(NoBatch):
    """A batch is picked up when nothing in it has changed for a while."""

    batch: str
    minutes: int
    code = "batch_not_quiet"
    sentence = (
        "The batch {batch} is read when none of its files has changed for {minutes} minutes. "
        "Nothing was compared and nothing changed; let the upload end earlier."
    )


class UploadAwaited(NoBatch):
    """A CSV partner is compared when a file arrives, and never by the clock."""

    code = "upload_awaited"
    sentence = (
        "This partner's roster comes as an upload, and there is no newer one to compare. "
        "Nothing changed; upload a file with `recess upload`."
    )
