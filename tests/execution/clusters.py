"""A dask cluster on this machine."""

from contextlib import contextmanager

import joblib


@contextmanager
def cluster(n_workers=2, allowed_failures=1):
    """Processes of one thread, while joblib's backend is "dask"; what dask logs of their deaths is not shown."""
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": allowed_failures,
        "logging": {"distributed": "critical"},
    }
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with (
        dask.config.set(settings),
        LocalCluster(processes=True, **options) as workers,
        Client(workers) as client,
        joblib.parallel_config("dask"),
    ):
        yield client
