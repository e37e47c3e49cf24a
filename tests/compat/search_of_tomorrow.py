"""A small search with a Keras that is newer than those that were tested; prints what it finds as JSON.

The arguments are private names that are others in this Keras.
"""

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.compat.renamed import rename

PACKAGES = ("keras.src", "tensorflow.python.framework.func_graph", "tensorflow.python.ops.parallel_for")
if len(sys.argv) > 1:
    rename(*sys.argv[1:], of=PACKAGES)

import keras  # noqa: E402 - after the names are others
from sklearn.datasets import load_iris  # noqa: E402

from skhpt import GridSearchCV, KerasClassifier  # noqa: E402
from skhpt._compat import NEWEST_TESTED  # noqa: E402


def build(units=4):
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(units, "tanh"), layers.Dropout(0.1), layers.Dense(3, "softmax")]
    )


NEWEST_TESTED["keras"] = (3, 7)
network = KerasClassifier(build, epochs=20, optimizer__learning_rate=0.05, random_state=0)
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    search = GridSearchCV(network, {"units": [1, 16]}, cv=3).fit(*load_iris(return_X_y=True))
found = {
    "scores": search.cv_results_["mean_test_score"].tolist(),
    "best": search.best_params_,
    "engines": sorted(set(search.engine_report_["engine"])),
    "warnings": [str(warning.message) for warning in warned if "Compatibility" in warning.category.__name__],
}
print(json.dumps(found))
