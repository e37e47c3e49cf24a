"""One-hot encoded targets: `to_categorical` with a softmax and the categorical cross-entropy."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import PredefinedSplit, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, nested_scores
from skhpt.exceptions import ModelError

X, KIND = load_iris(return_X_y=True)  # ordered by class: folds that are not stratified lack one
X = scale(X)
ONE_HOT = keras.utils.to_categorical(KIND)
SEVERAL = np.column_stack([KIND == 0, KIND == 1, X[:, 2] > 0]).astype(int)  # labels a row, or none
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 3, "verbose": 0, "random_state": 0}
ENGINES = ["fused", "per-trial"]


def network(n_features, units, activation="softmax"):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential([keras.Input((n_features,)), hidden, layers.Dense(3, activation=activation)])


def script(meta, units=8):
    """As in old scripts: the loss is the builder's."""
    model = network(meta["n_features_in_"], units)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def open_builder(meta, units=8, activation="softmax"):
    return network(meta["n_features_in_"], units, activation)


def squares(y_true, y_pred):
    """A loss of the user's own, for one-hot encoded classes."""
    if y_true.shape[1:] != (3,):
        raise ValueError(f"y_true has shape {y_true.shape}")
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize(
    "form",
    [ONE_HOT, pd.get_dummies(pd.Series(list("abc"))[KIND]), csr_matrix(ONE_HOT)],
    ids=["array", "table", "sparse"],
)
def test_columns_are_read_as_the_classes_of_their_numbers(form):
    classifier = KerasClassifier(script, epochs=2, verbose=0, random_state=0).fit(X, form)
    np.testing.assert_array_equal(classifier.classes_, [0, 1, 2])
    assert (classifier.n_classes_, classifier.target_type_) == (3, "multiclass")
    assert classifier.predict(X).shape == (150,)
    assert classifier.score(X, form) == classifier.score(X, KIND) == accuracy_score(KIND, classifier.predict(X))
    assert classifier.predict_proba(X).shape == (150, 3)


@pytest.mark.parametrize("loss", [None, "sparse_categorical_crossentropy"])
def test_training_is_that_on_the_classes(loss):
    given = KerasClassifier(open_builder, loss=loss, metrics=["accuracy"], **PARAMS)
    one_hot, classes = (given.fit(X, y).history_ for y in (ONE_HOT, KIND))
    np.testing.assert_allclose(one_hot["loss"], classes["loss"], rtol=1e-4)
    assert one_hot["accuracy"] == classes["accuracy"]


def test_a_loss_and_a_metric_of_ones_own_get_the_columns():
    classifier = KerasClassifier(open_builder, loss=squares, metrics=[squares], **PARAMS)
    search = GridSearchCV(classifier, {"units": [4]}, cv=2, engine="fused").fit(X, ONE_HOT)
    alone = classifier.set_params(units=4).fit(X, ONE_HOT)
    np.testing.assert_allclose(search.best_history_["squares"], alone.history_["squares"], rtol=1e-4)


METRICS = ["accuracy", "roc_auc_ovr", "f1_macro"]


def searched(y, engine, **options):
    network = KerasClassifier(open_builder, class_weight={0: 1.0, 1: 2.0, 2: 1.0}, metrics=["accuracy"], **PARAMS)
    pipeline = make_pipeline(StandardScaler(), SelectKBest(k=3), network)
    options |= {"scoring": METRICS, "refit": "accuracy", "store_predictions": True, "random_state": 0}
    return GridSearchCV(pipeline, {"kerasclassifier__units": [4, 8]}, cv=3, engine=engine, **options).fit(X, y)


@pytest.fixture(scope="module")
def on_classes():
    return searched(KIND, "fused")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_scores_the_columns_as_it_scores_the_classes(engine, on_classes, tmp_path):
    search = searched(ONE_HOT, engine, runs_dir=tmp_path)
    for metric in METRICS:
        scores = [each.cv_results_[f"mean_test_{metric}"] for each in (search, on_classes)]
        np.testing.assert_allclose(*scores, atol=1e-6)
    assert search.corrected_score_ == pytest.approx(on_classes.corrected_score_)
    np.testing.assert_array_equal(search.predict(X), on_classes.predict(X))
    assert search.score(X, ONE_HOT) == search.score(X, KIND) == on_classes.score(X, KIND)
    assert set(search.engine_report_["engine"]) == {engine}
    assert searched(ONE_HOT, engine, runs_dir=tmp_path, resume=True).run_.path == search.run_.path


@pytest.mark.slow
def test_nested_scores_and_plans_take_columns():
    search = GridSearchCV(KerasClassifier(open_builder, **PARAMS), {"units": [4]}, cv=2, engine="fused")
    assert search.plan(X, ONE_HOT).n_fits == 2
    shuffled = StratifiedKFold(2, shuffle=True, random_state=1)
    columns, classes = (nested_scores(search, X, y, cv=shuffled) for y in (ONE_HOT, KIND))
    pd.testing.assert_frame_equal(columns, classes)


def test_a_fold_and_all_rows_may_lack_a_class():
    four = np.column_stack([ONE_HOT, np.zeros(150)])  # no row has the last

    def build(units=4):
        return keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="softmax")])

    classifier = KerasClassifier(build, **PARAMS)
    np.testing.assert_array_equal(classifier.fit(X, four).classes_, range(4))
    fold = PredefinedSplit(np.where(KIND == 2, 0, -1))  # a training fold without the third class
    search = GridSearchCV(classifier, {"epochs": [1, 2]}, cv=fold, engine="fused").fit(X, four)
    assert np.isfinite(search.best_score_)
    np.testing.assert_array_equal(search.best_estimator_.classes_, range(4))
    assert search.predict_proba(X).shape == (150, 4)


def test_validation_rows_and_later_batches_are_read_like_the_first():
    classifier = KerasClassifier(open_builder, **PARAMS)
    columns = classifier.fit(X[::2], ONE_HOT[::2], X_val=X[1::2], y_val=ONE_HOT[1::2]).history_["val_loss"]
    classes = classifier.fit(X[::2], KIND[::2], X_val=X[1::2], y_val=KIND[1::2]).history_["val_loss"]
    np.testing.assert_allclose(columns, classes, rtol=1e-4)
    stream = KerasClassifier(open_builder, **PARAMS).partial_fit(X[:50], ONE_HOT[:50])  # the first class alone
    assert stream.partial_fit(X, ONE_HOT).predict(X).shape == (150,)
    np.testing.assert_array_equal(stream.classes_, [0, 1, 2])
    search = GridSearchCV(classifier, {"units": [4]}, cv=2, engine="fused")
    search.fit(X, ONE_HOT, validation_data=(X[:9], ONE_HOT[:9]))
    assert search.histories_["val_loss"].notna().all()


@pytest.mark.slow
def test_a_halving_goes_on_with_columns():
    def halved(y):
        classifier = KerasClassifier(open_builder, **PARAMS)
        return HalvingGridSearchCV(classifier, {"units": [2, 4, 8]}, resource="epochs", max_resources=3, cv=2).fit(X, y)

    scores = [halved(y).cv_results_["mean_test_score"] for y in (ONE_HOT, KIND)]
    np.testing.assert_allclose(*scores, atol=1e-6)


@pytest.mark.parametrize("several", [SEVERAL, ONE_HOT.astype(int)], ids=["several", "one each, but a binary loss"])
@pytest.mark.filterwarnings("ignore:Each row of y has exactly one label")
def test_labels_stay_labels(several):
    classifier = KerasClassifier(open_builder, activation="sigmoid", loss="binary_crossentropy", **PARAMS)
    assert classifier.fit(X, several).predict(X).shape == (150, 3)
    search = GridSearchCV(classifier, {"units": [4]}, cv=2, scoring="f1_samples").fit(X, several)
    expected = f1_score(several, search.predict(X), average="samples", zero_division=0)
    assert search.score(X, several) == pytest.approx(expected)
    assert search.best_estimator_.target_type_ == "multilabel-indicator"


def test_a_fold_of_several_labels_in_which_each_row_has_one_is_no_fold_of_classes():
    labels = np.vstack([ONE_HOT.astype(int), 1 - ONE_HOT.astype(int)])
    rows = np.vstack([X, X])
    splits = [(np.arange(150), np.arange(150, 300)), (np.arange(150, 300), np.arange(150))]
    classifier = KerasClassifier(open_builder, activation="sigmoid", **PARAMS)
    search = GridSearchCV(classifier, {"units": [4]}, cv=splits, error_score="raise").fit(rows, labels)
    assert search.predict(rows).shape == labels.shape


def test_sigmoid_units_are_told_of_and_outputs_of_their_own_are_not_classes():
    with pytest.warns(UserWarning, match=r"read as classes, but the units.*loss='binary_crossentropy'"):
        classifier = KerasClassifier(open_builder, activation="sigmoid", **PARAMS).fit(X, ONE_HOT)
    assert classifier.predict(X).shape == (150,)

    def heads():
        inputs = keras.Input((4,))
        return keras.Model(inputs, [layers.Dense(1, activation="sigmoid")(inputs) for _ in range(3)])

    with pytest.raises(ModelError, match=r"one output. Got 3 instead. Each row of y has exactly one 1.*list of losses"):
        KerasClassifier(heads, **PARAMS).fit(X, ONE_HOT)


def test_scikit_learn_scores_by_score_and_saved_estimators_know_the_columns(tmp_path):
    classifier = KerasClassifier(open_builder, **PARAMS)
    assert cross_val_score(classifier, X, ONE_HOT, cv=StratifiedKFold(2).split(X, KIND)).shape == (2,)
    classifier.fit(X, ONE_HOT).save(tmp_path / "stored")
    stored = KerasClassifier.load(tmp_path / "stored", model=open_builder)
    assert stored.score(X, ONE_HOT) == classifier.score(X, ONE_HOT)
    np.testing.assert_array_equal(
        stored.partial_fit(X, ONE_HOT).predict_proba(X), classifier.partial_fit(X, ONE_HOT).predict_proba(X)
    )
