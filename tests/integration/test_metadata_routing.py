"""scikit-learn's metadata routing to the methods of the wrappers."""

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.model_selection import GroupShuffleSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.utils import shuffle

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from tests import builders
from tests.versions import before

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
X = scale(X)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 3, "verbose": 0, "random_state": 0}


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.skipif(before("scikit-learn", 1, 9), reason="its cross_validate asks for no weights of a pipeline's score")
def test_weights_go_to_fit_and_score_as_requested():
    weights = np.where(y == 0, 0.0, 1.0)
    wrapper = KerasClassifier(builders.classifier, **PARAMS)
    for request in (True, False):
        wrapper.set_fit_request(sample_weight=request).set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), wrapper)
        result = cross_validate(pipeline, X, y, params={"sample_weight": weights}, cv=2, return_estimator=True)
        unseen = [(fitted.predict(X[y == 0]) != 0).mean() for fitted in result["estimator"]]
        assert (np.mean(unseen) > 0.9) == request  # a class without weight is not learnt
        assert np.mean(result["test_score"]) > 0.6  # and does not count


def test_groups_go_to_the_splitter_of_the_search_and_of_the_wrapper():
    groups = np.arange(150) % 10
    seen = []

    class Watching(GroupShuffleSplit):
        def split(self, X, y=None, groups=None):
            for training, held_out in super().split(X, y, groups):
                seen.append((set(groups[training]), set(groups[held_out])))
                yield training, held_out

    wrapper = KerasClassifier(
        builders.classifier, validation_split=Watching(1, test_size=0.3, random_state=0), **PARAMS | {"epochs": 1}
    ).set_fit_request(groups=True)
    search = GridSearchCV(wrapper, {"units": [4]}, cv=GroupShuffleSplit(2, random_state=0), refit=False)
    search.fit(X, y, groups=groups)
    assert len(seen) == 3  # of the first fold once more, as its model is built before the search
    assert all(not training & held_out for training, held_out in seen)


def test_what_is_requested_from_nobody_is_refused():
    search = GridSearchCV(KerasRegressor(builders.regressor, **PARAMS), {"units": [4]}, cv=2)
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
        search.fit(X, y, sample_weight=np.ones(150))
