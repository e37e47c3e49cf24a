"""A row of the table: one piece of work, done by several libraries."""

import ast
import inspect
import io
import sys
import textwrap
import time
import tokenize
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# What tokens a line may have and still be none of code.
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Row:
    """A piece of work: what loads its rows, and the arms, which search training rows and return what can predict."""

    title: str
    load: Callable
    arms: dict[str, Callable]
    regression: bool = False

    def run(self, arm):
        """The seconds that an arm takes, without imports and data, and how good what it found is on the test rows."""
        X_train, X_test, y_train, y_test = self.load()
        search = self.arms[arm]
        import_for(search)
        if "keras" in sys.modules:
            sys.modules["keras"].utils.set_random_seed(0)
        start = time.perf_counter()
        found = search(X_train, y_train)
        wall = time.perf_counter() - start
        return {"wall_seconds": wall, "test_score": self._score(found.predict(X_test), y_test)}

    def _score(self, predicted, y_test):
        from sklearn.metrics import accuracy_score, r2_score

        predicted = np.asarray(predicted)
        if self.regression:
            return float(r2_score(y_test, predicted.ravel()))
        if predicted.ndim == 2:  # a Keras model's probabilities
            predicted = predicted.argmax(axis=1)
        return float(accuracy_score(y_test, predicted))


def import_for(function):
    """Import what a function's own statements import, so that the time it takes is not that of imports."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([node], []), "<imports>", "exec"), {})  # noqa: S102 - of this very package
    if "keras_tuner" in sys.modules:
        import tensorboard.plugins.hparams.api  # noqa: F401 - it would be imported in the first trial


def lines_of_code(function):
    """How many lines a function has, without docstrings, comments and blank lines. Its `def` and imports count."""
    source = textwrap.dedent(inspect.getsource(function))
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)
