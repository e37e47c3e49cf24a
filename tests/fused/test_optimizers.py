"""An optimizer takes the same steps under both engines."""

import keras
import pytest
from keras import optimizers

from skhpt import KerasClassifier
from skhpt._compat.keras import existing
from tests.backend import BACKEND
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import assert_engines_agree

slow = pytest.mark.slow


schedules = optimizers.schedules
MEANS = ["Adagrad", "Adadelta", "Adamax", "Ftrl", "Lion", "Lamb", "Adafactor", "Muon"]
OPTIMIZERS = {
    "of means": [cls(0.02) for cls in existing(optimizers, *MEANS)],
    "in ways of their own": [
        optimizers.AdamW(0.02, weight_decay=0.1),
        optimizers.Adam(0.02, amsgrad=True),
        optimizers.RMSprop(0.02),
        optimizers.RMSprop(0.02, momentum=0.5, centered=True),
        optimizers.SGD(0.5, clipnorm=0.1),
        optimizers.SGD(0.5, global_clipnorm=0.1),
        optimizers.SGD(0.5, clipvalue=0.01),
        optimizers.SGD(0.5, loss_scale_factor=8.0),
    ],
    "by a schedule": [
        optimizers.SGD(schedules.ExponentialDecay(0.5, 2, 0.7)),
        optimizers.Adam(schedules.PolynomialDecay(0.1, 5, 0.001, power=2, cycle=True)),
        optimizers.Adam(schedules.PiecewiseConstantDecay([2, 5], [0.1, 0.01, 0.001])),
        optimizers.Adam(schedules.CosineDecayRestarts(0.1, 3)),
    ],
}


def test_an_optimizer_takes_the_same_steps():
    estimator = KerasClassifier(nets.mlp, optimizer=optimizers.SGD(0.05, momentum=0.9, nesterov=True), epochs=3)
    assert_engines_agree(estimator, {"units": [8]}, IRIS, KIND)


@pytest.mark.skipif(not hasattr(optimizers, "ScheduleFreeAdamW"), reason="this Keras has no such optimizer")
def test_an_optimizer_that_begins_with_the_weights_begins_with_those_of_its_own_lane():
    estimator = KerasClassifier(nets.mlp, optimizer=optimizers.ScheduleFreeAdamW(0.02), epochs=2)
    assert_engines_agree(estimator, {"units": [8]}, IRIS, KIND, fused=BACKEND == "jax", refit=False)


@pytest.mark.parametrize("which", OPTIMIZERS)
@slow
def test_optimizers_of_one_search_take_the_same_steps(which):
    estimator = KerasClassifier(nets.mlp, epochs=3)
    ours, _ = assert_engines_agree(estimator, {"optimizer": OPTIMIZERS[which]}, IRIS, KIND, scoring="neg_log_loss")
    assert ours.histories_.groupby("fold")["loss"].nunique().eq(3 * len(OPTIMIZERS[which])).all()


@slow
def test_rates_and_schedules_of_one_grid_take_the_same_steps():
    estimator = KerasClassifier(nets.mlp, optimizer="sgd", epochs=2)
    rates = [0.1, schedules.ExponentialDecay(0.1, 3, 0.5)]
    ours, _ = assert_engines_agree(estimator, {"optimizer__learning_rate": rates}, IRIS, KIND)
    assert ours.histories_.groupby("fold")["loss"].nunique().eq(4).all(), "the schedule is followed"


@slow
def test_a_builder_may_make_its_optimizer_by_itself():
    def build(meta, rate=0.1, momentum=0.0, decayed=False):
        model = nets.mlp(meta)
        rate = schedules.ExponentialDecay(rate, 3, 0.5) if decayed else rate
        model.compile(optimizers.SGD(rate, momentum), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    grid = [{"rate": [0.01, 0.1]}, {"momentum": [0.5]}, {"decayed": [True], "rate": [0.01, 0.1]}]
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
