"""The progress bar of a long file, on stderr."""

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """Shows itself at the first report of a file of at least `long` bytes."""

    def __init__(self, title: str, long: int) -> None:
        self._title, self._long = title, long
        self._progress: Progress | None = None

    def __call__(self, read: int, total: int) -> None:
        if total < self._long:
            return
        if self._progress is None:
            self._progress = _shown()
            self._progress.add_task(self._title)
        self._progress.update(self._progress.task_ids[0], completed=read, total=total)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def _shown() -> Progress:
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    progress.start()
    return progress
