"""Threads for work that nobody waits for, and that can be closed within a time."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

log = logging.getLogger(__name__)


class Pool:
    """Runs things soon, in `size` threads; what they raise is logged."""

    def __init__(self, size: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._under_way: set[Future[Any]] = set()
        self._closed = False

    def soon(self, work: Callable[[], object]) -> None:
        """Run `work` in another thread; nothing happens once the pool is closed."""
        if self._closed:
            return
        future = self._threads.submit(work)
        self._under_way.add(future)
        future.add_done_callback(self._ended)

    def close(self, timeout: float) -> bool:
        """Begin nothing more, wait for what runs; False when something still does."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        return self.ended(timeout)

    def ended(self, timeout: float) -> bool:
        """Wait for what was begun by now; False when some of it still runs."""
        return not wait(list(self._under_way), timeout).not_done

    def _ended(self, future: Future[Any]) -> None:
        self._under_way.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("Work in the background failed", exc_info=error)
