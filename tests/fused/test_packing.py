"""Models of different widths in one program learn what each learns by itself."""

import keras
import numpy as np
import pytest
from keras import layers

from skhpt.estimators import ModelState, Rows, seeded, variables_of
from skhpt.exceptions import CannotFuseError
from skhpt.fused._architecture import widths_of
from skhpt.fused._data import Batches, Tables
from skhpt.fused._packed import PackedProgram
from skhpt.fused._program import make_program
from skhpt.fused._room import Room
from skhpt.fused._tracing import trace_of
from skhpt.fused._wide_model import WideModel
from tests.backend import BACKEND, tensorflow_only
from tests.fused.program import double_precision

N_ROWS, SIZE, N_EPOCHS = 11, 4, 2  # the last batch has fewer rows


def rows_of(*shape):
    rng = np.random.default_rng(0)
    return Rows(rng.normal(size=(N_ROWS, *shape)), rng.integers(3, size=N_ROWS))


def compiled(model, optimizer="adam"):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model


def program_of(model, rows):
    few = rows.take(np.arange(2))
    return make_program(model, Tables([few]), trace_of(model, few), (), halts=False)


def trained(program, states, rows):
    """The states after some epochs, what they reported, and what the models put out then."""
    tables = Tables([rows])
    data = [program.put(arrays) for arrays in tables.arrays]
    stack, logs = program.stack(states), []
    lanes, views = slice(0, len(states)), np.zeros(len(states), np.int32)
    for epoch in range(N_EPOCHS):
        order = np.random.default_rng(epoch).permutation(N_ROWS)
        batches = Batches(lanes, *(numbers[None] for numbers in tables.numbers(rows, order)), views, SIZE)
        stack, reported = program.train(stack, data, [batches])
        logs.append(reported)
    return program.read(stack), logs, program.predict(stack, data, batches)


def assert_packs(build, all_widths, rows, tolerance=1e-9):
    """Hold what a wide model makes of models of these widths against what their own programs do."""
    with double_precision():
        models = []
        for seed, widths in enumerate(all_widths):
            with seeded(seed):
                models.append(build(*widths))
        states = [ModelState.of(variables_of(model)) for model in models]
        wide = WideModel(models[0], Room.for_all([widths_of(model) for model in models]))
        together = trained(PackedProgram(program_of(wide.model, rows), wide), states, rows)
        for lane, (model, state) in enumerate(zip(models, states, strict=True)):
            (own,), own_logs, own_outputs = trained(program_of(model, rows), [state], rows)
            for part, own_part in zip(together[0][lane].parts, own.parts, strict=True):
                for array, expected in zip(part, own_part, strict=True):
                    np.testing.assert_allclose(array, expected, rtol=tolerance, atol=tolerance)
            for logs, expected in zip(together[1], own_logs, strict=True):
                for name, value in expected.items():
                    np.testing.assert_allclose(logs[name][lane], value[0], rtol=1e-6, err_msg=name)
            np.testing.assert_allclose(together[2][lane], own_outputs[0], rtol=tolerance, atol=tolerance)


def test_dropout_drops_the_same_units():
    def build(u, v):
        inner = [layers.Dense(u, "sigmoid"), layers.Dropout(0.4), layers.Dense(v, "relu"), layers.Dropout(0.2)]
        return compiled(keras.Sequential([keras.Input((6,)), *inner, layers.Dense(3)]))

    assert_packs(build, [(3, 9), (8, 2), (5, 5)], rows_of(6))


@pytest.mark.slow
def test_operations_models_and_masks_of_one_width_are_taken_over():
    def build(u, v):
        inputs = keras.Input((4, 3))
        inner = keras.Sequential([keras.Input((4, 3)), layers.Dense(3, "tanh"), layers.BatchNormalization()])
        masked = layers.Masking()(inner(inputs * 2.0) * layers.Dense(1, "relu")(inputs))
        units = layers.BatchNormalization()(layers.Dense(u, "sigmoid")(masked))
        mean = layers.GlobalAveragePooling1D()(layers.Dropout(0.3)(units))
        return compiled(keras.Model(inputs, layers.Dense(3)(layers.Dense(v, "softplus")(mean))))

    assert_packs(build, [(3, 5), (8, 2)], rows_of(4, 3), tolerance=1e-8)


def test_what_was_set_on_a_variable_after_it_was_built_is_set_in_the_wide_model():
    def build(u, factor=0.5):
        model = compiled(keras.Sequential([keras.Input((6,)), layers.Dense(u), layers.Dense(3)]))
        for layer in model.layers:
            layer.kernel.regularizer = keras.regularizers.L2(factor)
            layer.kernel.constraint = keras.constraints.MaxNorm(0.5)
        return model

    assert_packs(build, [(3,), (8,)], rows_of(6))


def dense(u, v):
    l1 = 0.0 if BACKEND == "jax" else 0.01
    first = layers.Dense(u, "softplus", kernel_regularizer=keras.regularizers.L1L2(l1, 0.02))
    dropout = layers.Dropout(0.3, activity_regularizer="l2")
    last = layers.Dense(v, "tanh", kernel_constraint="max_norm", activity_regularizer="l2")
    return [keras.Input((6,)), first, dropout, last]


def normalised(u, v):
    inner = [layers.Dense(u, use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    return [keras.Input((6,)), *inner, layers.Dense(v), layers.BatchNormalization(scale=False), layers.LeakyReLU()]


def convolutional(u, v):
    first = [layers.Conv2D(u, 3, activation="sigmoid"), layers.MaxPooling2D(), layers.SpatialDropout2D(0.3)]
    return [
        keras.Input((8, 8, 1)),
        *first,
        layers.Conv2D(v, 2, activation="gelu"),
        layers.Flatten(),
        layers.Dropout(0.3),
    ]


def of_steps(u, v):
    return [keras.Input((8, 2)), layers.Conv1D(u, 3), layers.Activation("hard_sigmoid"), layers.GlobalMaxPooling1D()]


def remembering(u, v):
    return [
        keras.Input((4, 3)),
        layers.LSTM(u, return_sequences=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(v),
    ]


def remembering_otherwise(u, v):
    return [keras.Input((4, 3)), layers.GRU(u), layers.Dense(v)]


def remembering_little(u, v):
    return [keras.Input((4, 3)), layers.SimpleRNN(u), layers.Dense(v)]


@pytest.mark.parametrize(
    "body",
    [
        dense,
        convolutional,
        *(
            pytest.param(body, marks=pytest.mark.slow)
            for body in (normalised, of_steps, remembering, remembering_otherwise)
        ),
        pytest.param(remembering_little, marks=[pytest.mark.slow, tensorflow_only("SimpleRNN in double precision")]),
    ],
)
def test_layers_learn_the_same(body):
    def build(u, v):
        return compiled(keras.Sequential([*body(u, v), layers.Dense(3)]))

    assert_packs(build, [(3, 5), (4, 2)], rows_of(*body(1, 1)[0].shape[1:]))


@pytest.mark.slow
def test_words_learn_the_same():
    def build(u, v):
        inner = [layers.Embedding(9, u), layers.GlobalAveragePooling1D(), layers.Dense(v, "elu")]
        return compiled(keras.Sequential([keras.Input((5,), dtype="int32"), *inner, layers.Dense(3)]))

    rng = np.random.default_rng(0)
    assert_packs(
        build, [(3, 5), (4, 2)], Rows(rng.integers(9, size=(N_ROWS, 5)).astype("int32"), rng.integers(3, size=N_ROWS))
    )


def test_branches_learn_the_same():
    def build(u, v):
        inputs = keras.Input((6,))
        left, right = layers.Dense(u, "relu", name="left")(inputs), layers.Dense(v, "selu", name="right")(inputs)
        shared = layers.Dense(u, "silu", name="shared")
        summed = layers.Add()([left, shared(inputs), shared(layers.Dense(6, name="same")(inputs))])
        joined = layers.Concatenate()([summed, inputs, right])
        return compiled(keras.Model(inputs, layers.Dense(3, name="out")(joined)))

    assert_packs(build, [(3, 5), (4, 2)], rows_of(6))


OPTIMIZERS = {
    "decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "norm of all": lambda: keras.optimizers.Adam(0.01, global_clipnorm=0.05, amsgrad=True),
    "norm of each": lambda: keras.optimizers.RMSprop(0.01, clipnorm=0.05, centered=True, momentum=0.5),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.01),
    "schedule": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 1, 0.9)),
    "sums": lambda: keras.optimizers.Adagrad(0.1),
    "differences": lambda: keras.optimizers.Adadelta(0.1),
    "maxima": lambda: keras.optimizers.Adamax(0.01),
    "signs": lambda: keras.optimizers.Lion(0.01),
}


@pytest.mark.parametrize(
    "name", [name if name == "decay" else pytest.param(name, marks=pytest.mark.slow) for name in OPTIMIZERS]
)
def test_optimizers_take_the_same_steps(name):
    def build(u, v):
        inner = [keras.Input((6,)), layers.Dense(u, "exponential"), layers.Dense(v, "relu"), layers.Dense(3)]
        return compiled(keras.Sequential(inner), OPTIMIZERS[name]())

    assert_packs(build, [(3, 5), (4, 2)], rows_of(6))


BLOCKS = {
    "dense": lambda rng, u: [layers.Dense(u, rng.choice(["relu", "sigmoid", "mish", "softsign", "linear"]))],
    "regular": lambda rng, u: [
        layers.Dense(u, "relu6", bias_regularizer="l2", kernel_constraint=rng.choice(["unit_norm", "non_neg"]))
    ],
    "normal": lambda rng, u: [
        layers.Dense(u),
        layers.BatchNormalization(momentum=0.5),
        layers.Activation("tanh_shrink"),
    ],
    "dropping": lambda rng, u: [layers.Dense(u, "softplus"), layers.Dropout(rng.choice([0.1, 0.5]))],
}
IMAGES = {
    "convolution": lambda rng, u: [layers.Conv2D(u, 3, padding="same", activation=rng.choice(["relu", "log_sigmoid"]))],
    "strided": lambda rng, u: [layers.Conv2D(u, 2, 2, padding="same"), layers.BatchNormalization(), layers.ELU()],
    "dilated": lambda rng, u: [
        layers.Conv2D(u, 2, dilation_rate=2, padding="same"),
        layers.ZeroPadding2D(1),
        layers.AveragePooling2D(2),
    ],
    "dropping": lambda rng, u: [layers.Conv2D(u, 1), layers.SpatialDropout2D(0.4), layers.UpSampling2D()],
}


def random_builder(seed):
    """A builder of some architecture, and for how many widths it asks."""
    of_images = seed % 2
    rng = np.random.default_rng(seed)
    first = rng.choice(list(IMAGES), size=rng.integers(1, 3)) if of_images else []
    last = rng.choice(list(BLOCKS), size=rng.integers(1, 4))
    between = ["flat", "mean", "most"][rng.integers(3)]
    optimizer = rng.choice(["adam", "adamw", "rmsprop", "sgd"])

    def build(*widths):
        of_layers, numbers = np.random.default_rng(seed), iter(widths)
        inner = [layer for kind in first for layer in IMAGES[kind](of_layers, next(numbers))]
        if of_images:
            inner.append(
                {"flat": layers.Flatten, "mean": layers.GlobalAveragePooling2D, "most": layers.GlobalMaxPooling2D}[
                    between
                ]()
            )
        inner += [layer for kind in last for layer in BLOCKS[kind](of_layers, next(numbers))]
        return compiled(
            keras.Sequential([keras.Input((6, 6, 2) if of_images else (6,)), *inner, layers.Dense(3)]), optimizer
        )

    return build, len(first) + len(last), rows_of(*((6, 6, 2) if of_images else (6,)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_any_architecture_learns_the_same(seed):
    build, n_widths, rows = random_builder(seed)
    rng = np.random.default_rng(seed)
    assert_packs(build, [tuple(map(int, rng.integers(1, 9, size=n_widths))) for _ in range(2)], rows)


def refused(*inner, optimizer="adam"):
    """Why models of these layers, which take a width, can't share a program."""

    def build(u):
        made = [layer(u) if callable(layer) and not isinstance(layer, layers.Layer) else layer for layer in inner]
        return compiled(keras.Sequential([keras.Input((6,)), *made]), optimizer)

    model, other = build(3), build(4)
    with pytest.raises(CannotFuseError) as raised:
        WideModel(model, Room.for_all([widths_of(model), widths_of(other)]))
    return str(raised.value)


def units(**options):
    return lambda u: layers.Dense(u, **options)


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        (
            [units(), lambda u: layers.LayerNormalization()],
            "LayerNormalization works across an axis whose width differs",
        ),
        ([units(activation="softmax")], "the activation softmax works across an axis whose width differs"),
        ([units(), lambda u: layers.Activation("sparsemax")], "the activation sparsemax works across"),
        ([units(), lambda u: layers.GaussianNoise(0.1)], "GaussianNoise works across"),
        ([units(kernel_regularizer="orthogonal_regularizer")], "OrthogonalRegularizer works across"),
        ([units(activation="sigmoid", activity_regularizer="l2")], "count what sigmoid makes of 0"),
        (
            [lambda u: layers.Reshape((-1, 1)), lambda u: layers.GRU(u, activity_regularizer="orthogonal_regularizer")],
            "OrthogonalRegularizer works across",
        ),
        ([units(), lambda u: layers.Dropout(0.1, noise_shape=(None, 1))], "Dropout has a noise_shape"),
        ([units(), lambda u: layers.Lambda(lambda x: x)], "Lambda works across"),
        ([units(), lambda u: layers.BatchNormalization(epsilon=0.0)], "BatchNormalization has an epsilon of 0"),
    ],
)
def test_what_is_not_exact_is_refused_with_its_reason(inner, reason):
    assert reason in refused(*inner, lambda u: layers.Dense(3))


@pytest.mark.skipif(BACKEND != "jax", reason="elsewhere the slope of |x| at 0 is 0")
@pytest.mark.parametrize(
    "inner",
    [
        [units(kernel_regularizer="l1")],
        [lambda u: layers.Reshape((-1, 1)), lambda u: layers.LSTM(u, activity_regularizer="l1")],
    ],
    ids=["of a kernel", "of what a memory puts out"],
)
def test_a_penalty_that_moves_what_is_0_is_refused(inner):
    assert refused(*inner, lambda u: layers.Dense(3)) == "on JAX an L1 penalty moves what is 0"


def test_models_whose_outputs_differ_in_width_are_refused():
    assert refused(units()) == "what the model puts out has a width that differs"


@pytest.mark.parametrize("optimizer", ["adafactor", "ftrl", *(["muon"] if hasattr(keras.optimizers, "Muon") else [])])
def test_optimizers_that_may_look_at_a_whole_layer_are_refused(optimizer):
    name = type(keras.optimizers.get(optimizer)).__name__
    assert f"the optimizer {name} may" in refused(units(), lambda u: layers.Dense(3), optimizer=optimizer)


def test_optimizers_that_divide_zeros_are_refused():
    optimizer = keras.optimizers.Adam(epsilon=0.0)
    assert "Adam has an epsilon of 0" in refused(units(), lambda u: layers.Dense(3), optimizer=optimizer)


def test_a_dropout_that_is_used_at_several_widths_is_refused():
    def build(u):
        inputs, dropout = keras.Input((6,)), layers.Dropout(0.5)
        return compiled(keras.Model(inputs, layers.Dense(3)(dropout(layers.Dense(u)(dropout(inputs))))))

    with pytest.raises(CannotFuseError, match="Dropout is used in places of different widths"):
        WideModel(build(3), Room.for_all([(3, 3), (4, 3)]))


@pytest.mark.slow
def test_what_happens_before_any_width_differs_may_be_anything():
    before = [
        lambda u: layers.LayerNormalization(),
        lambda u: layers.Dense(5, "softmax"),
        lambda u: layers.GaussianNoise(0.1),
    ]

    def build(u):
        return compiled(
            keras.Sequential([keras.Input((6,)), *(make(u) for make in before), layers.Dense(u), layers.Dense(3)])
        )

    assert_packs(build, [(3,), (5,)], rows_of(6), tolerance=1e-7)
