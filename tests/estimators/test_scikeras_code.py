"""What the documentation of SciKeras shows, in words of our own: it runs with another import."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.ensemble import AdaBoostClassifier
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler, scale

from skhpt import BaseWrapper, KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError

X, y = load_iris(return_X_y=True)
X = scale(X)
CANCER, MALIGNANT = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)
DIABETES, PROGRESSION = load_diabetes(return_X_y=True)
DIABETES, PROGRESSION = scale(DIABETES), scale(PROGRESSION)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 10, "verbose": 0, "random_state": 0}


def hidden(n_features, hidden_layer_sizes, dropout=0.0):
    model = keras.Sequential([keras.Input((n_features,))])
    for size in hidden_layer_sizes:
        model.add(layers.Dense(size, activation="relu"))
        model.add(layers.Dropout(dropout))
    return model


class MLPClassifier(KerasClassifier):
    """The parameters of a network as those of a class, and its builder as a method."""

    def __init__(
        self, hidden_layer_sizes=(32,), optimizer="adam", optimizer__learning_rate=0.02, epochs=10, verbose=0, **kwargs
    ):
        super().__init__(**kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.optimizer = optimizer
        self.epochs = epochs
        self.verbose = verbose

    def _keras_build_fn(self, compile_kwargs):
        model = hidden(self.n_features_in_, self.hidden_layer_sizes)
        if self.target_type_ == "binary":
            model.add(layers.Dense(1, "sigmoid"))
            loss = "binary_crossentropy"
        else:
            model.add(layers.Dense(self.n_classes_, "softmax"))
            loss = "sparse_categorical_crossentropy"
        model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
        return model


@pytest.mark.parametrize("data", [(X, y), (CANCER, MALIGNANT)], ids=["multiclass", "binary"])
def test_a_class_with_its_builder_inside(data):
    assert clone(MLPClassifier(hidden_layer_sizes=(16, 16), random_state=0)).fit(*data).score(*data) > 0.8


def test_boosting_such_a_class():
    boosted = AdaBoostClassifier(MLPClassifier(random_state=0), n_estimators=2, random_state=0)
    assert boosted.fit(X, y).score(X, y) > 0.8


def test_settings_of_the_network_in_a_pipeline_and_in_scikit_learns_grid():
    def build(meta, hidden_layer_sizes, dropout):
        model = hidden(meta["n_features_in_"], hidden_layer_sizes, dropout)
        model.add(layers.Dense(1, "sigmoid"))
        return model

    classifier = KerasClassifier(
        model=build, loss="binary_crossentropy", model__hidden_layer_sizes=(16,), model__dropout=0.5, **PARAMS
    )
    pipeline = make_pipeline(StandardScaler(), classifier)
    grid = {"kerasclassifier__model__dropout": [0, 0.5], "kerasclassifier__optimizer__learning_rate": [0.01]}
    assert GridSearchCV(pipeline, grid, scoring="accuracy", cv=2).fit(CANCER, MALIGNANT).best_score_ > 0.9


def test_a_callback_that_stops_by_a_metric_of_rows_held_out():
    class Enough(keras.callbacks.Callback):
        def __init__(self, monitor, threshold):
            super().__init__()
            self.monitor = monitor
            self.threshold = threshold

        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = logs[self.monitor] > self.threshold

    def build(meta):
        model = hidden(meta["n_features_in_"], (16,))
        model.add(layers.Dense(1, "sigmoid"))
        return model

    common = {"loss": "binary_crossentropy", "metrics": ["binary_accuracy"], "fit__validation_split": 0.2}
    stopped = KerasClassifier(build, callbacks=[Enough("val_binary_accuracy", 0.5)], **PARAMS | common)
    assert len(stopped.fit(CANCER, MALIGNANT).history_["val_binary_accuracy"]) < 10


def test_a_model_trained_elsewhere_predicts_without_a_fit():
    def build(meta):
        model = hidden(meta["n_features_in_"], (16,))
        model.add(layers.Dense(1))
        return model

    trained = KerasRegressor(build, loss="mse", **PARAMS).fit(DIABETES, PROGRESSION)
    again = KerasRegressor(trained.model_, verbose=0).initialize(DIABETES, PROGRESSION)
    assert again.initialized_
    assert again.model_ is trained.model_
    np.testing.assert_array_equal(again.predict(DIABETES), trained.predict(DIABETES))
    weights = trained.model_.get_weights()
    again.partial_fit(DIABETES, PROGRESSION)  # on a copy
    np.testing.assert_array_equal(trained.model_.get_weights()[0], weights[0])


def test_arguments_of_fit_and_predict_for_one_call():
    classifier = KerasClassifier(lambda meta: keras.Sequential([layers.Dense(3)]), epochs=5, verbose=0)
    assert len(classifier.fit(X, y, epochs=2, batch_size=75).history_["loss"]) == 2
    assert classifier.model_.optimizer.iterations == 4
    assert len(classifier.fit(X, y).history_["loss"]) == 5
    np.testing.assert_allclose(classifier.predict_proba(X, batch_size=7), classifier.predict_proba(X), atol=1e-5)
    with pytest.raises(ValueError, match="Did you mean 'epochs'"):
        classifier.fit(X, y, epoch=2)


class TwoTargets(BaseEstimator, TransformerMixin):
    """From two columns to a target for each of two outputs."""

    def fit(self, y):
        self.encoders_ = [LabelEncoder().fit(column) for column in y.T]
        return self

    def transform(self, y):
        return [encoder.transform(column) for encoder, column in zip(self.encoders_, y.T, strict=True)]

    def inverse_transform(self, y, return_proba=False):
        if return_proba:
            return np.column_stack(y)
        codes = [(y[0] > 0.5).astype(int).ravel(), y[1].argmax(axis=1)]
        return np.column_stack([e.inverse_transform(c) for e, c in zip(self.encoders_, codes, strict=True)])

    def get_metadata(self):
        return {"n_classes_": [len(encoder.classes_) for encoder in self.encoders_], "n_outputs_expected_": 2}


class TwoOutputClassifier(KerasClassifier):
    @property
    def target_encoder(self):
        return TwoTargets()

    @staticmethod
    def scorer(y_true, y_pred, weights=(0.5, 0.5), **kwargs):
        each = [accuracy_score(true, pred, **kwargs) for true, pred in zip(y_true.T, y_pred.T, strict=True)]
        return np.average(each, weights=weights)


def two_outputs(meta):
    inputs = keras.Input((meta["n_features_in_"],))
    x = layers.Dense(32, "relu")(inputs)
    outputs = [layers.Dense(1, "sigmoid")(x), layers.Dense(meta["n_classes_"][1], "softmax")(x)]
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss=["binary_crossentropy", "sparse_categorical_crossentropy"])
    return model


def test_a_target_encoder_for_two_outputs_and_a_scorer():
    targets = np.column_stack([X[:, 0] > 0, y]).astype(int)
    classifier = TwoOutputClassifier(two_outputs, epochs=40, verbose=0, random_state=0).fit(X, targets)
    assert classifier.n_classes_ == [2, 3]
    assert classifier.predict_proba(X).shape == (150, 4)
    assert classifier.score(X, targets) > 0.8
    one = classifier.set_params(score__weights=(1, 0)).score(X, targets)
    assert one == (classifier.predict(X)[:, 0] == targets[:, 0]).mean()


def test_a_model_with_another_number_of_outputs_than_its_encoder_says():
    with pytest.raises(ModelError, match=r"must have 2 outputs, as the target encoder .* says. Got 1"):
        TwoOutputClassifier(lambda: keras.Sequential([layers.Dense(2)]), loss="mse", verbose=0).fit(
            X, np.column_stack([X[:, 0] > 0, y]).astype(int)
        )


def test_a_feature_encoder_of_scikit_learn_tells_the_builder_of_itself():
    class Encoder(OneHotEncoder):
        def get_metadata(self):
            return {"n_encoded_": sum(map(len, self.categories_))}

    class Categories(KerasClassifier):
        @property
        def feature_encoder(self):
            return Encoder(sparse_output=False, handle_unknown="ignore")

    def build(meta):
        return keras.Sequential([keras.Input((meta["n_encoded_"],)), layers.Dense(3)])

    rounded = X.round()
    assert Categories(build, **PARAMS | {"epochs": 40}).fit(rounded, y).score(rounded, y) > 0.7


class AutoEncoder(BaseWrapper, TransformerMixin):
    """Trained on its own input; its halves share their layers with it."""

    def _keras_build_fn(self, encoding_dim, meta):
        n_features = meta["n_features_in_"]
        encoder = keras.Sequential([keras.Input((n_features,)), layers.Dense(encoding_dim, "relu")])
        decoder = keras.Sequential([keras.Input((encoding_dim,)), layers.Dense(n_features, "sigmoid")])
        inputs = keras.Input((n_features,))
        self.encoder_model_ = BaseWrapper(encoder, verbose=self.verbose)
        self.decoder_model_ = BaseWrapper(decoder, verbose=self.verbose)
        return keras.Model(inputs, decoder(encoder(inputs)))

    def _initialize(self, X, y=None):
        X, _ = super()._initialize(X=X, y=y)
        encoded = self.encoder_model_.initialize(X).predict(X)
        self.decoder_model_.initialize(encoded)
        return X, X

    def initialize(self, X):
        self._initialize(X=X, y=X)
        return self

    def fit(self, X, *, sample_weight=None):
        super().fit(X=X, y=X, sample_weight=sample_weight)
        return self

    def score(self, X):
        return 1 - mean_squared_error(self.predict(X), X)

    def transform(self, X):
        return self.encoder_model_.predict(self.feature_encoder_.transform(X))

    def inverse_transform(self, encoded):
        return self.feature_encoder_.inverse_transform(self.decoder_model_.predict(encoded))


def test_an_autoencoder_by_subclassing():
    images = load_digits().data / 16
    auto = AutoEncoder(loss="binary_crossentropy", encoding_dim=16, **PARAMS).fit(X=images)
    assert auto.transform(images).shape == (1797, 16)
    np.testing.assert_allclose(auto.inverse_transform(auto.transform(images)), auto.predict(images), atol=1e-5)
    untrained = clone(auto).initialize(images)
    assert auto.score(images) > untrained.score(images)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(auto)).transform(images), auto.transform(images))


def test_without_a_scorer_of_its_own_the_base_class_has_no_score():
    wrapper = BaseWrapper(keras.Sequential([layers.Dense(1)]), loss="mse", verbose=0).fit(X, y)
    assert wrapper.predict(X).shape == (150, 1)
    with pytest.raises(NotImplementedError, match="override `scorer`"):
        wrapper.score(X, y)


def test_a_model_that_computes_its_own_loss_needs_no_target():
    class Mean(keras.Model):
        def __init__(self):
            super().__init__()
            self.mean = self.add_weight(shape=(4,), initializer="zeros")

        def call(self, rows):
            self.add_loss(keras.ops.mean((rows - self.mean) ** 2))
            return rows - self.mean

    fitted = BaseWrapper(Mean, optimizer="sgd", optimizer__learning_rate=0.5, epochs=40, verbose=0).fit(X + 2)
    np.testing.assert_allclose(fitted.predict(X + 2).mean(axis=0), 0, atol=0.2)


def test_run_eagerly_as_a_parameter():
    model = keras.Sequential([layers.Dense(3)])
    assert KerasClassifier(model, run_eagerly=True, verbose=0).fit(X[::10], y[::10]).model_.run_eagerly
