"""Builders that write to layers which they have not made, or set flags of their variables."""

import functools

import keras
import numpy as np
import pytest
from keras import layers

from skhpt.exceptions import ModelError
from tests.estimators.test_shared_layers import X, assert_equal, fitted, on_top_of, sequential, weights


def assigned(base, start, scale, path):
    base.layers[0].kernel.assign(start[0] * scale)


def set_weights(base, start, scale, path):
    base.set_weights([value * scale for value in start])


def loaded(base, start, scale, path):
    base.load_weights(path / f"{scale}.weights.h5")


@pytest.mark.parametrize("frozen_by", ["caller", "builder"])
@pytest.mark.parametrize("write", [assigned, set_weights, loaded])
def test_what_a_builder_writes_to_a_frozen_base_stays_in_its_model(write, frozen_by, tmp_path):
    base = sequential()
    start = [value.numpy() for value in base.variables]
    for scale in (1, 2):
        base.set_weights([value * scale for value in start])
        base.save_weights(tmp_path / f"{scale}.weights.h5")
    base.trainable = frozen_by == "builder"

    def build(meta, scale):
        write(base, start, scale, tmp_path)
        return on_top_of(lambda: base)(meta, freeze=True)

    first = fitted(build, scale=1)
    before = weights(first.model_)
    second = fitted(build, scale=2)
    assert_equal(weights(first.model_), before)
    for model, scale in ((first.model_, 1), (second.model_, 2)):
        np.testing.assert_array_equal(model.layers[0].get_weights()[0], scale * start[0])
        assert len(model.trainable_variables) == 2
    np.testing.assert_array_equal(base.get_weights()[0], 2 * start[0])


def test_what_a_builder_trains_a_base_for_before_it_freezes_that_stays_in_its_model():
    base = sequential()
    start = base.get_weights()
    coder = keras.Sequential([base, layers.Dense(4)])
    coder.compile(keras.optimizers.SGD(0.01), "mse")

    def build(meta, size):
        coder.train_on_batch(size * X, X)  # by what TensorFlow has traced in the first call
        return on_top_of(lambda: base)(meta, freeze=True)

    models, then = [], []
    for size in (1, 2, 3):
        models.append(fitted(build, size=size).model_)
        then.append(base.get_weights())
    for model, expected in zip(models, then, strict=True):
        assert_equal(model.layers[0].get_weights(), expected)
    assert not any(np.array_equal(values[0], start[0]) for values in then)


def test_weights_of_a_frozen_base_that_a_builder_has_not_written_to_are_not_copied():
    base = sequential()
    base.trainable = False

    def build(meta):
        base.layers[0].bias.assign(np.ones(8))
        return on_top_of(lambda: base)(meta)

    ours, theirs = fitted(build).model_.layers[0].layers[0], base.layers[0]
    assert ours.kernel._value is theirs.kernel._value
    assert ours.bias is not theirs.bias
    theirs.bias.assign(np.zeros(8))
    np.testing.assert_array_equal(ours.bias.numpy(), np.ones(8))


@pytest.mark.parametrize("set_before", [True, False])
def test_a_flag_of_a_variable_that_a_builder_sets_holds_for_its_model_alone(set_before):
    base = sequential()
    kernel = base.layers[0].kernel
    kernel.trainable = set_before
    start = kernel.numpy()

    def build(meta, flag):
        if flag is not None:
            kernel.trainable = flag
        return on_top_of(lambda: base)(meta)

    for flag in (not set_before, None, set_before):
        model = fitted(build, flag=flag).model_
        trained = set_before if flag is None else flag
        ours = model.layers[0].layers[0].kernel
        assert ours.trainable == trained
        assert any(each is ours for each in model.trainable_variables) == trained
        assert np.array_equal(ours.numpy(), start) != trained
        assert kernel.trainable == set_before
        np.testing.assert_array_equal(kernel.numpy(), start)


def test_what_a_builder_keeps_from_an_earlier_call_must_not_be_written_to():
    get_base = functools.cache(sequential)

    def build(meta):
        get_base().set_weights(get_base().get_weights())
        return on_top_of(get_base)(meta, freeze=True)

    fitted(build)
    with pytest.raises(ModelError, match="So it must with those whose weights it sets"):
        fitted(build)


def test_a_frozen_base_that_is_written_to_and_cannot_be_copied_is_an_error_that_says_so():
    class Locked(layers.Dense):
        def __init__(self):
            super().__init__(8, trainable=False)
            self.generator = (number for number in range(3))

    base = Locked()
    base.build((None, 4))

    def build(meta):
        base.kernel.assign(np.ones((4, 8)))
        return on_top_of(lambda: base)(meta)

    with pytest.raises(ModelError, match=r"uses variables that it has not made .*or calls of the builder"):
        fitted(build)
