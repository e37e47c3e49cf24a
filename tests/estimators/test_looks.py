"""How a wrapper looks in a notebook, and its history as a picture."""

import sys
from xml.etree import ElementTree

import keras
import matplotlib
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.datasets import load_iris

from skhpt import KerasClassifier
from skhpt.estimators._html import model_html
from skhpt.exceptions import MissingExtraError

matplotlib.use("agg")

X, y = load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def fitted():
    def build():
        return keras.Sequential([layers.Dense(8, name="first"), layers.Dense(3, name="last")])

    order = np.random.default_rng(0).permutation(len(X))
    classifier = KerasClassifier(build, epochs=4, metrics=["accuracy"], validation_split=0.2, verbose=0)
    return classifier.fit(X[order], y[order])


def test_a_notebook_shows_the_layers_and_a_chart(fitted):
    assert "<details" not in model_part(clone(fitted)._repr_html_())
    page = ElementTree.fromstring(model_part(fitted._repr_html_()))
    rows = [[cell.text for cell in row] for row in page.iter("tr")]
    assert rows[1:] == [["first", "Dense", "(None, 8)", "40"], ["last", "Dense", "(None, 3)", "27"]]
    lines = [line.get("points").split() for line in page.iter("polyline")]
    assert [len(points) for points in lines] == [4, 4]


def test_the_chart_rises_with_the_loss():
    page = ElementTree.fromstring(
        model_html(keras.Sequential([keras.Input((1,)), layers.Dense(1)]), {"loss": [1.0, float("nan"), 3.0]})
    )
    (first, last) = (tuple(map(float, point.split(","))) for point in next(page.iter("polyline")).get("points").split())
    assert first[0] < last[0]
    assert first[1] > last[1]  # SVG counts from the top


@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer:UserWarning")  # Keras says what it thinks of it
def test_a_layer_that_was_never_used_is_shown_as_well():
    class Partly(keras.Model):
        def __init__(self):
            super().__init__()
            self.used, self.unused = layers.Dense(3, name="used"), layers.Dense(3, name="spare")

        def call(self, rows):
            return self.used(rows)

    classifier = KerasClassifier(Partly, loss="sparse_categorical_crossentropy", loss__from_logits=True, verbose=0)
    page = ElementTree.fromstring(model_part(classifier.fit(X, y)._repr_html_()))
    assert [[cell.text for cell in row][-1] for row in page.iter("tr")][1:] == ["15", "unknown"]


def test_names_of_the_users_are_escaped():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, name="<script>")], name="a&b")
    assert "<script>" not in model_html(model, {})
    assert "a&amp;b" in model_html(model, {})


def model_part(page):
    _, tag, rest = page.partition('<details class="skhpt-model">')
    return (tag + rest).rstrip().removesuffix("</html>").rstrip().removesuffix("</body>")


def test_the_history_is_drawn_with_held_out_rows_dashed(fitted):
    axes = fitted.plot_history(["loss", "accuracy"])
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines.keys() == {"loss", "val_loss", "accuracy", "val_accuracy"}
    np.testing.assert_array_equal(lines["val_loss"].get_ydata(), fitted.history_["val_loss"])
    np.testing.assert_array_equal(lines["loss"].get_xdata(), [1, 2, 3, 4])
    assert lines["val_loss"].get_linestyle() == "--"
    assert lines["val_loss"].get_color() == lines["loss"].get_color() != lines["accuracy"].get_color()
    assert fitted.plot_history("accuracy", ax=axes) is axes
    with pytest.raises(ValueError, match="has no recall"):
        fitted.plot_history("recall")


def test_without_matplotlib_the_error_says_what_to_install(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skhpt\[plot\]'"):
        fitted.plot_history()
