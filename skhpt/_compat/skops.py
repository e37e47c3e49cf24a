"""skops: scikit-learn's estimators in a file from which no code is run, and the types that it knows too little of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import skops.io
from sklearn.feature_selection import chi2, f_classif, f_regression, mutual_info_classif, mutual_info_regression

_SCORES = (chi2, f_classif, f_regression, mutual_info_classif, mutual_info_regression)
HARMLESS = frozenset(
    {
        *(f"{score.__module__}.{score.__name__}" for score in _SCORES),
        "numpy.dtype",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.utils._bunch.Bunch",
    }
)
"""Parts of scikit-learn's estimators, which only hold values, and functions that selectors score columns by.

skops asks for all that is no public estimator.
"""


def write(value: Any, file: Path) -> None:
    """Write a value that `read` can read.

    Raises
    ------
    Exception
        Whatever skops raises for what it does not take, also where it finds that out only by reading.
    """
    skops.io.dump(value, file)
    skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))


def types_to_ask_for(file: Path) -> set[str]:
    """The names of the types in a file that are not known to be harmless. Nothing is imported or made."""
    return set(skops.io.get_untrusted_types(file=file)) - HARMLESS


def read(file: Path, trusted: set[str]) -> Any:
    """The value in a file, whose types are known to be harmless or are trusted."""
    return skops.io.load(file, trusted=sorted(HARMLESS | trusted))
