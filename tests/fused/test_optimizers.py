"""An optimizer takes the same steps under both engines."""

import keras
import pytest
from keras import layers, optimizers

from skhpt import KerasClassifier
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import agree_on_iris, assert_engines_agree

slow = pytest.mark.slow


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(optimizers.SGD(0.05, momentum=0.9, nesterov=True), id="SGD"),
        pytest.param(optimizers.AdamW(0.02, weight_decay=0.1), id="AdamW", marks=slow),
        *(
            pytest.param(
                getattr(optimizers, name)(0.02),
                id=name,
                marks=slow,
            )
            for name in (
                "RMSprop",
                "Adagrad",
                "Adadelta",
                "Adamax",
                "Ftrl",
                "Lion",
                "Lamb",
                "Adafactor",
                "Muon",
            )
        ),
        pytest.param(optimizers.Adam(0.02, amsgrad=True), id="AMSGrad", marks=slow),
        pytest.param(optimizers.RMSprop(0.02, momentum=0.5, centered=True), id="centered RMSprop", marks=slow),
        pytest.param(optimizers.SGD(0.5, clipnorm=0.1), id="clipnorm", marks=slow),
        pytest.param(optimizers.SGD(0.5, global_clipnorm=0.1), id="global_clipnorm", marks=slow),
        pytest.param(optimizers.SGD(0.5, clipvalue=0.01), id="clipvalue", marks=slow),
        pytest.param(
            optimizers.SGD(optimizers.schedules.ExponentialDecay(0.5, 2, 0.7)), id="ExponentialDecay", marks=slow
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.PolynomialDecay(0.1, 5, 0.001, power=2, cycle=True)),
            id="PolynomialDecay",
            marks=slow,
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.PiecewiseConstantDecay([2, 5], [0.1, 0.01, 0.001])),
            id="PiecewiseConstantDecay",
            marks=slow,
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.CosineDecayRestarts(0.1, 3)), id="CosineDecayRestarts", marks=slow
        ),
    ],
)
def test_an_optimizer_takes_the_same_steps(optimizer):
    estimator = KerasClassifier(nets.mlp, optimizer=optimizer, epochs=3)
    assert_engines_agree(estimator, {"units": [8]}, IRIS, KIND)


@slow
def test_clipping_and_decay_work_with_embeddings():
    optimizer = optimizers.AdamW(0.02, weight_decay=0.1, clipnorm=0.01)
    estimator = KerasClassifier(nets.embedded, optimizer=optimizer, epochs=3)
    assert_engines_agree(estimator, {"batch_size": [16]}, nets.words(), KIND[:120])


@slow
def test_constraints_hold_the_same():
    def build(meta):
        return nets.stacked(meta, layers.Dense(8, kernel_constraint=keras.constraints.MaxNorm(0.3)))

    agree_on_iris({"batch_size": [16]}, build=build)


@pytest.mark.parametrize("own", ["learning_rate", "momentum", "schedule"])
@slow
def test_a_builder_may_make_its_optimizer_by_itself(own):
    def build(meta, rate=0.1, momentum=0.0):
        model = nets.mlp(meta)
        rate = optimizers.schedules.ExponentialDecay(rate, 3, 0.5) if own == "schedule" else rate
        model.compile(optimizers.SGD(rate, momentum), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    grid = {"momentum": [0.0, 0.5]} if own == "momentum" else {"rate": [0.01, 0.1]}
    assert_engines_agree(KerasClassifier(build, epochs=3), grid, IRIS, KIND)


@slow
def test_what_is_left_out_of_weight_decay_is_not_mixed_up():
    def build(meta, left_out="bias"):
        model = nets.small(meta)
        optimizer = optimizers.AdamW(0.05, weight_decay=2.0)
        optimizer.exclude_from_weight_decay(var_names=[left_out])
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    assert_engines_agree(KerasClassifier(build, epochs=3), {"left_out": ["bias", "kernel"]}, IRIS, KIND)
