"""Text for models that begin with a layer that reads it."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from skhpt import GridSearchCV, KerasClassifier
from skhpt.exceptions import CannotFuseError
from tests.backend import tensorflow_only

needs_tensorflow = tensorflow_only("layers that read text")

TEXTS = ["good film", "bad film", "so good", "so bad", "good good", "bad bad"] * 5
y = np.array([1, 0] * 15)
OPTIONS = {"optimizer": "adam", "optimizer__learning_rate": 0.1, "epochs": 3, "verbose": 0, "random_state": 0}
FORMS = {
    "list": TEXTS,
    "array": np.array(TEXTS),
    "objects": np.array(TEXTS, dtype=object),
    "series": pd.Series(TEXTS, index=range(7, 37)),
    "categories": pd.Series(TEXTS, dtype="category"),
    "column": np.array(TEXTS)[:, None],
    "frame": pd.DataFrame({"text": TEXTS}),
}


def build(X, units=1):
    """Learns its words from the rows to train on."""
    vectorize = layers.TextVectorization(max_tokens=20, output_mode="multi_hot")
    vectorize.adapt(X)
    return keras.Sequential([vectorize, layers.Dense(units), layers.Dense(1, activation="sigmoid")])


def with_inputs(X):
    vectorize = layers.TextVectorization(max_tokens=20, output_sequence_length=3)
    vectorize.adapt(X)
    text = keras.Input((1,), dtype="string")
    embedded = layers.GlobalAveragePooling1D()(layers.Embedding(20, 2)(vectorize(text)))
    return keras.Model(text, layers.Dense(1, activation="sigmoid")(embedded))


def of_numbers(meta):
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), layers.Dense(1, activation="sigmoid")])


@needs_tensorflow
@pytest.mark.parametrize("form", FORMS)
def test_text_comes_in_any_form(form):
    X = FORMS[form]
    estimator = KerasClassifier(build, validation_split=0.2, **OPTIONS).fit(X, y)
    assert estimator.score(X, y) == 1
    assert len(estimator.history_["val_loss"]) == 3


@needs_tensorflow
@pytest.mark.parametrize("form", ["list", "frame"])
def test_a_model_may_say_what_its_input_is(form):
    estimator = KerasClassifier(with_inputs, **OPTIONS).fit(FORMS[form], y)
    assert estimator.predict_proba(FORMS[form]).shape == (30, 2)


@needs_tensorflow
def test_a_network_that_reads_text_comes_back_from_a_pickle_and_from_a_directory(tmp_path):
    estimator = KerasClassifier(build, **OPTIONS).fit(TEXTS, y)
    estimator.save(tmp_path / "text")
    for other in (pickle.loads(pickle.dumps(estimator)), KerasClassifier.load(tmp_path / "text")):
        np.testing.assert_array_equal(other.predict_proba(TEXTS), estimator.predict_proba(TEXTS))


@needs_tensorflow
def test_a_search_trains_on_text_one_by_one_and_says_why(capfd):
    options = {"cv": 2, "record_validation": True, "progress": False}
    search = GridSearchCV(KerasClassifier(build, **OPTIONS), {"units": [1, 2]}, **options).fit(TEXTS, y)
    assert search.best_score_ > 0.7
    assert "test_loss" in search.histories_
    assert set(search.engine_report_["engine"]) == {"per-trial"}
    assert search.engine_report_["reason"].str.contains("the model is given text").all()
    assert capfd.readouterr().err == ""
    with pytest.raises(CannotFuseError, match="the model is given text"):
        GridSearchCV(KerasClassifier(build, **OPTIONS), {"units": [1]}, engine="fused", **options).fit(TEXTS, y)


@needs_tensorflow
def test_text_may_stand_beside_numbers():
    def build(X):
        lookup = layers.StringLookup(output_mode="one_hot")
        lookup.adapt(X["city"])
        city, size = keras.Input((1,), name="city", dtype="string"), keras.Input((2,), name="size")
        joined = layers.Concatenate()([layers.Flatten()(lookup(city)), size])
        return keras.Model({"city": city, "size": size}, layers.Dense(1, activation="sigmoid")(joined))

    rows = {"city": pd.DataFrame({"city": ["Bath", "Ely"] * 15}), "size": np.zeros((30, 2))}
    options = {"cv": 2, "progress": False}
    search = GridSearchCV(KerasClassifier(build, **OPTIONS), {"optimizer__learning_rate": [0.1]}, **options)
    assert search.fit(rows, y).predict(rows).shape == (30,)
    rows["city"].loc[4, "city"] = None
    with pytest.raises(ValueError, match=r"Input X\['city'\] contains NaN\. Row 4 of column 'city' has no text"):
        search.best_estimator_.predict(rows)
    with pytest.raises(ValueError, match=r"X\['city'\] must hold text, as it did in `fit`"):
        search.best_estimator_.predict({"city": np.zeros((30, 1)), "size": np.zeros((30, 2))})


@pytest.mark.parametrize("form", ["list", "array", "frame"])
def test_text_for_a_model_of_numbers_is_an_error_that_says_where(form):
    where = {"list": "X holds text", "array": "X holds text", "frame": "Column 'text' holds text"}[form]
    expected = rf"^could not convert string to float: '(.*)'\. {where} \('\1'\)\. Encode it"
    with pytest.raises(ValueError, match=expected):
        KerasClassifier(of_numbers, **OPTIONS).fit(FORMS[form], y)
    with pytest.raises(ValueError, match=expected):
        GridSearchCV(KerasClassifier(of_numbers, **OPTIONS), {"epochs": [1, 2]}, cv=2).fit(FORMS[form], y)


def test_numbers_may_be_written_as_text_for_a_model_of_numbers():
    written = pd.DataFrame({"a": ["1", "2"] * 15, "b": ["0.5", "1e3"] * 15})
    estimator = KerasClassifier(of_numbers, **OPTIONS).fit(written, y)
    assert estimator.history_ == KerasClassifier(of_numbers, **OPTIONS).fit(written.astype(float), y).history_
    assert estimator.predict(written).shape == (30,)


def test_a_backend_without_text_says_what_to_do():
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow has text")

    def reading(X):
        return keras.Sequential([layers.StringLookup(vocabulary=["a"], output_mode="one_hot"), layers.Dense(1)])

    with pytest.raises(ValueError, match="a step of a pipeline before the network, for example with TfidfVectorizer"):
        KerasClassifier(reading, **OPTIONS).fit(FORMS["column"], y)
