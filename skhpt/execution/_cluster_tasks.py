"""Tasks of a dask cluster that share large arrays."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from distributed import CancelledError, Future, KilledWorker, as_completed
from joblib import cpu_count, parallel_config

from skhpt._compat.sklearn import for_workers
from skhpt.execution._parcel import Parcel, unpacked
from skhpt.execution._threads import limit_threads
from skhpt.trials import Deadline


@dataclass(frozen=True)
class Lost:
    """What becomes of a task that dask has given up.

    Parameters
    ----------
    reason : str
        A sentence for the user.
    """

    reason: str


class ClusterTasks:
    """Runs what a search does as tasks of the cluster behind joblib's dask backend.

    Not through `joblib.Parallel`: joblib sends the data with each task, and waits forever for the result of a task
    that dask has given up.

    A worker that dies costs its tasks another attempt, which dask makes by itself. It gives a task up after several
    (``distributed.scheduler.allowed-failures``), or when the last copy of the data was lost.

    Parameters
    ----------
    backend : joblib's DaskDistributedBackend
        Knows the cluster, and what the user wants to be said of each task.
    deadline : Deadline
        Once it is over no task is handed out any more.
    """

    def __init__(self, backend: Any, deadline: Deadline) -> None:
        self._backend = backend
        self._client = backend.client
        self._deadline = deadline
        # By id, and with the array, whose id so stays its own.
        self._sent: dict[int, tuple[Any, Future]] = {}

    @property
    def workers(self) -> list[str]:
        """The addresses of those who are there now."""
        return list(self._client.ncores())

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for tasks in here: a search that runs in a worker itself leaves its thread to its tasks meanwhile."""
        with self._backend.retrieval_context():
            yield

    def side_by_side(
        self, run: Callable[[Any], Any], items: Iterable[Any], *, one_a_worker: bool = False
    ) -> Generator[tuple[Any, Any], None, None]:
        """Run a function for some items at the same time.

        Parameters
        ----------
        run : callable
            Is sent to the workers.
        items : iterable
            Its arguments, each taken as it is handed out.
        one_a_worker : bool, default=False
            Whether a worker is to have one of them at a time, however many threads it has.

        Yields
        ------
        item : object
            One of them.
        outcome : object
            What the function has returned for it, or `Lost`.

        Raises
        ------
        Exception
            What the function raises.
        """
        content, arrays = self._send(run)
        n_sharing = self._n_workers_a_host
        waiting, running = iter(items), dict[Future, tuple[Any, str | None]]()
        ended = as_completed(loop=self._client.loop)
        try:
            while True:
                is_lost = bool(arrays) and not self._sent
                places = [] if is_lost or self._deadline.is_over else self._places(running.values(), one_a_worker)
                for place, item in zip(places, islice(waiting, len(places)), strict=False):
                    task = self._submit(place, content, arrays, item, n_sharing)
                    running[task] = item, place
                    ended.add(task)
                if not running:
                    return
                task = next(ended)
                item, _ = running.pop(task)
                yield item, self._outcome(task)
        finally:  # a consumer that stops early leaves no task waiting
            self._client.cancel(list(running))

    def _places(self, running: Iterable[tuple[Any, str | None]], one_a_worker: bool) -> Sequence[str | None]:
        """Where there is room for another task: None is for dask to say. Asked each time, as workers come and go."""
        n_threads: dict[str, int] = self._client.ncores()
        if one_a_worker:
            busy = {place for _, place in running}
            # With nobody there, one waits for whoever comes.
            return [place for place in n_threads if place not in busy] or [None] * (not n_threads and not busy)
        # More than can run, unless the time may be over before they begin.
        n_ahead = max(sum(n_threads.values()), 1) * (1 if self._deadline.is_set else 2)
        return [None] * max(n_ahead - len(list(running)), 0)

    def _submit(self, place: str | None, *sent: Any) -> Future:
        at = {} if place is None else {"workers": [place], "allow_other_workers": True}
        with warnings.catch_warnings():
            # The trainings that a rung goes on with may be large, and each is sent once.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return self._client.submit(run_sent, *sent, pure=False, **at, **self._backend.submit_kwargs)

    def _outcome(self, task: Future) -> Any:
        """What a task has returned, or why it is lost. An error of its own is raised."""
        try:
            return task.result()  # may be lost on its way, too
        except CancelledError:
            if not task.cancelled():
                raise
            self._sent.clear()
            return Lost("the last worker of the cluster that had the data died.")
        except KilledWorker as error:
            if error.task != task.key:  # it comes from a search within the task
                raise
            return Lost(f"dask gave it up after {error.allowed_failures + 1} dead workers.")

    @property
    def _n_workers_a_host(self) -> int:
        """How many workers share the cores of one machine, at most."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        on_host = Counter(str(worker["host"]) for worker in workers)
        return max(on_host.values(), default=1)

    def _send(self, run: Callable[[Any], Any]) -> tuple[bytes, list[Future]]:
        """What goes with each task, and, on all workers, the arrays of it."""
        parcel = Parcel.of(for_workers(run))
        named = {id(array) for array in parcel.arrays}
        self._sent = {key: sent for key, sent in self._sent.items() if key in named}  # an earlier round's splits go
        for array in parcel.arrays:
            if id(array) not in self._sent:
                self._await_worker()
                # To all, so that the death of one loses nothing. Without a hash: two searches, or one within another,
                # would share what the first to end takes away.
                self._sent[id(array)] = array, self._client.scatter(np.asarray(array), broadcast=True, hash=False)
        return parcel.content, [self._sent[id(array)][1] for array in parcel.arrays]

    def _await_worker(self) -> None:
        """Wait until there is somebody to send data to: a cluster that grows with its tasks begins with nobody."""
        if not self.workers:
            self._client.submit(int, pure=False, **self._backend.submit_kwargs).result()


def run_sent(content: bytes, arrays: Sequence[Any], item: Any, n_sharing: int) -> Any:
    """Run a task in a worker.

    Parameters
    ----------
    content : bytes
        Of a parcel: the function.
    arrays : sequence of ndarray
        Of the same parcel.
    item : object
        Its argument.
    n_sharing : int
        Among how many workers the cores of this machine are divided.
    """
    limit_threads(max(int(cpu_count()) // n_sharing, 1))
    with parallel_config("dask"):  # as joblib does it: what is parallel within a task runs on the cluster, too
        return unpacked(content, arrays)(item)
