"""Working on several groups at once: a step of a small network keeps less than one core busy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Protocol, TypeVar

Done = TypeVar("Done")
MOST_AT_ONCE = 4


class Task(Protocol):
    """Something to be worked on."""

    @property
    def may_run_beside_others(self) -> bool:
        """Whether a thread of its own may do it."""


Work = TypeVar("Work", bound=Task)


def n_at_once() -> int:
    """How many threads work on groups: one a core that this process may use, up to four."""
    said = os.environ.get("TF_NUM_INTRAOP_THREADS")  # as in a worker, which has its share of the cores
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(said) if said else cores, MOST_AT_ONCE))


def side_by_side(tasks: Iterable[Work], work: Callable[[Work, Event], Done]) -> Iterator[Done]:
    """Work on tasks in threads, and hand out what comes of them in their order.

    Parameters
    ----------
    tasks : iterable
        What must not run beside others is done in this thread, after all others.
    work : callable
        From a task, and the event that ends it early, to what comes of it. Set when nobody wants the rest any more, as
        after Ctrl-C.

    Yields
    ------
    object
        What `work` returns.
    """
    tasks = list(tasks)
    beside = [task for task in tasks if task.may_run_beside_others]
    alone = [task for task in tasks if not task.may_run_beside_others]
    if len(beside) < 2:
        alone, beside = [*beside, *alone], []
    cancelled = Event()
    with ThreadPoolExecutor(n_at_once()) as threads:
        futures: list[Future[Done]] = [threads.submit(work, task, cancelled) for task in beside]
        try:
            while futures:
                yield futures.pop(0).result()
        finally:
            cancelled.set()
            for future in futures:
                future.cancel()
    for task in alone:
        yield work(task, Event())
