"""A small search with a Keras that is newer than those that were tested; prints what it finds as JSON.

The arguments are private names that are others in this Keras.
"""

import json
import sys
import warnings
from pathlib import Path

PACKAGES = ("keras.src", "tensorflow.python.framework.func_graph", "tensorflow.python.ops.parallel_for")


def build(units=4):
    from keras import Input, Sequential, layers

    return Sequential([Input((4,)), layers.Dense(units, "tanh"), layers.Dropout(0.1), layers.Dense(3, "softmax")])


def search():
    """Once the names are others, which is before anything is imported that has them."""
    from sklearn.datasets import load_iris

    from skhpt import GridSearchCV, KerasClassifier
    from skhpt._compat import NEWEST_TESTED

    NEWEST_TESTED["keras"] = (3, 7)
    network = KerasClassifier(build, optimizer="adam", epochs=30, optimizer__learning_rate=0.02, random_state=0)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = GridSearchCV(network, {"units": [1, 16]}, cv=3).fit(*load_iris(return_X_y=True))
    return {
        "scores": found.cv_results_["mean_test_score"].tolist(),
        "best": found.best_params_,
        "engines": sorted(set(found.engine_report_["engine"])),
        "warnings": [str(warning.message) for warning in warned if "Compatibility" in warning.category.__name__],
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.compat.renamed import rename

    if len(sys.argv) > 1:
        rename(*sys.argv[1:], of=PACKAGES)
    print(json.dumps(search()))
