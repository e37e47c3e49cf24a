"""How rows are fed to every backend but TensorFlow: plain NumPy, so it is tested on all of them."""

import numpy as np

from skhpt.estimators._batches import endless_batches
from skhpt.estimators._order import sample_order

X = np.arange(20).reshape(10, 2)


def order(epoch):
    return sample_order(3, epoch, 10, True)


def test_a_batch_is_told_by_its_number_whichever_was_read_before():
    batches = endless_batches((X,), 10, order, 4)
    rows = [batches[number][0][:, 0].tolist() for number in range(6)]
    assert [len(batch) for batch in rows] == [4, 4, 2] * 2
    served = [row for batch in rows for row in batch]
    assert served == (2 * np.concatenate([order(0), order(1)])).tolist()
    assert batches[1][0][:, 0].tolist() == rows[1]


def test_rows_of_several_inputs_targets_and_weights_stay_together():
    given = ({"a": X, "b": [X, -X]}, X[:, 0], X[:, 1])
    inputs, y, weight = endless_batches(given, 10, order, 4)[0]
    np.testing.assert_array_equal(inputs["a"], inputs["b"][0])
    np.testing.assert_array_equal(inputs["a"], -inputs["b"][1])
    np.testing.assert_array_equal(inputs["a"], np.stack([y, weight], axis=1))
