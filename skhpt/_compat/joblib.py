"""The seam to joblib: what its releases before 1.5 have no public way for."""

from __future__ import annotations

from inspect import signature
from typing import Any

from joblib.parallel import LokyBackend
from sklearn.utils.parallel import Parallel


def parallel_with(backend_arguments: dict[str, Any], **settings: Any) -> Parallel:
    """`Parallel`, with arguments for the workers of its backend.

    Parameters
    ----------
    backend_arguments : dict
        `initializer` and `initargs`. As of joblib 1.5 `Parallel` takes them itself.
    **settings
        The other arguments of `Parallel`.
    """
    if "backend_kwargs" in signature(Parallel).parameters:
        return Parallel(**settings, **backend_arguments)
    parallel = Parallel(**settings)
    parallel._backend_args.update(backend_arguments)
    return parallel


def settings_of(backend: LokyBackend) -> dict[str, Any]:
    """What makes another backend like this one. Before joblib 1.5 a backend keeps no arguments of its own."""
    return {
        "nesting_level": backend.nesting_level,
        "inner_max_num_threads": backend.inner_max_num_threads,
        **getattr(backend, "backend_kwargs", {}),
    }
