"""What trials and the refit print of their epochs, where `verbose` asks for it."""

import io
import re
import sys

import keras
import numpy as np
import pytest
from keras.callbacks import EarlyStopping, ProgbarLogger

from skhpt import GridSearchCV, KerasClassifier

X, KIND = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
LINE = re.compile(r"Epoch (\d+)/(\d+) - candidate (\d+) \(mean of (\d+) fits\) - (.*)")
METRICS = ["accuracy", "loss", "val_accuracy", "val_loss"]


def build(units=2):
    return keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])


def classifier(**params):
    params = {"epochs": 2, "validation_split": 0.2, "metrics": ["accuracy"], "random_state": 0} | params
    return KerasClassifier(build, **params)


def written(values):
    """As Keras writes them."""
    return " - ".join(f"{name}: {value:.4f}" for name, value in zip(METRICS, values, strict=True))


def lines_of(capsys):
    """What is on the lines of the standard output, without colours."""
    return [line for line in re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines() if line]


def candidates_in(lines):
    return [tuple(map(int, found.groups()[:4])) for found in map(LINE.fullmatch, lines) if found]


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_fused_search_prints_a_line_an_epoch_for_each_candidate(capsys, verbose):
    space = {"units": [2, 3], "epochs": [1, 3]}  # the shorter training is a part of the longer one
    search = GridSearchCV(classifier(verbose=verbose), space, cv=2, engine="fused", refit=lambda results: 3)
    search.fit(X, KIND)
    lines = lines_of(capsys)
    expected = []
    means = search.histories_.groupby(["candidate", "epoch"])[METRICS].mean()
    numbers = {tuple(params.items()): number for number, params in enumerate(search.cv_results_["params"])}
    for epoch in (1, 2, 3):
        for n_epochs in (1, 3):
            for units in (2, 3):
                candidate = numbers[("epochs", n_epochs), ("units", units)]
                if epoch <= n_epochs:
                    said = written(means.loc[candidate, epoch])
                    expected.append(f"Epoch {epoch}/{n_epochs} - candidate {candidate} (mean of 2 fits) - {said}")
    assert lines[: len(expected)] == expected
    history, of_refit = search.best_estimator_.history_, lines[len(expected) :]
    assert of_refit[::2] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    for epoch, line in enumerate(of_refit[1::2]):
        assert re.search(r"\b1/1\b", line)
        assert line.endswith(written([history[name][epoch] for name in METRICS]))


def test_it_is_asked_for_in_any_way(capsys):
    space = {"units": [2, 3]}
    GridSearchCV(classifier(), space, cv=2, engine="fused").fit(X, KIND, verbose=1)
    assert candidates_in(lines_of(capsys)) == [(1, 2, 0, 2), (1, 2, 1, 2), (2, 2, 0, 2), (2, 2, 1, 2)]
    space = {"fit__verbose": [0, 1], "callbacks": [[ProgbarLogger()]]}
    GridSearchCV(classifier(), space, cv=2, engine="fused", refit=False).fit(X, KIND)
    assert candidates_in(lines_of(capsys)) == [(1, 2, 1, 2), (2, 2, 1, 2)]
    GridSearchCV(classifier(verbose="auto"), {"units": [2]}, cv=2, engine="fused").fit(X, KIND)
    assert lines_of(capsys) == []


def test_means_are_of_those_that_still_train(capsys):
    stop = EarlyStopping("loss", patience=1, min_delta=10.0)
    estimator = classifier(verbose=1, epochs=4, callbacks=[stop])
    space = {"callbacks": [None, [stop]]}
    GridSearchCV(estimator, space, cv=2, engine="fused", refit=False).fit(X, KIND)
    found = candidates_in(lines_of(capsys))
    assert [epoch for epoch, _, candidate, _ in found if candidate == 1] == [1, 2]
    assert [epoch for epoch, _, candidate, _ in found if candidate == 0] == [1, 2, 3, 4]


def test_trials_one_by_one_print_what_keras_prints(capsys):
    GridSearchCV(classifier(verbose=2), {"units": [2]}, cv=2, engine="per-trial", refit=False).fit(X, KIND)
    lines = lines_of(capsys)
    assert [line for line in lines if line.startswith("Epoch")] == ["Epoch 1/2", "Epoch 2/2"] * 2
    assert sum("val_loss" in line for line in lines) == 4


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_terminal_shows_them_above_the_progress(monkeypatch, engine):
    terminal, out = Terminal(), Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", out)
    GridSearchCV(classifier(verbose=1), {"units": [2]}, cv=2, engine=engine, refit=False).fit(X, KIND)
    assert sys.stdout is out
    assert out.getvalue() == ""
    shown = terminal.getvalue()
    assert "2/2 trials" in shown
    assert shown.count("val_loss") == (2 if engine == "fused" else 4), "an epoch, not what is drawn over"
    assert "\b" not in shown
    assert not re.search(r"(?<!\x1b)\[\d*m", shown), "no code of a colour is printed as text"


def test_lines_are_logged_where_keras_is_told_to_log(capsys, caplog):
    keras.config.disable_interactive_logging()
    try:
        with caplog.at_level("INFO", logger="absl"):
            GridSearchCV(classifier(verbose=1), {"units": [2]}, cv=2, engine="fused").fit(X, KIND)
    finally:
        keras.config.enable_interactive_logging()
    assert "Epoch 2/2 - candidate 0 (mean of 2 fits) - accuracy: " in caplog.text
    assert capsys.readouterr().out == ""
