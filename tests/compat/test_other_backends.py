"""What is known of models on backends without TensorFlow's graphs."""

from types import SimpleNamespace

import pytest

from skhpt._compat.other_backends import has_hidden_state


@pytest.mark.parametrize(
    ("compiled", "may_hide"),
    [
        ({"jit_compile": True, "run_eagerly": False}, False),
        ({"jit_compile": True, "run_eagerly": True}, True),
        ({"jit_compile": False, "run_eagerly": False}, True),
    ],
    ids=["a pure function", "eager", "not compiled, as all on PyTorch"],
)
def test_a_step_that_runs_as_python_may_have_a_state_of_its_own(compiled, may_hide):
    assert has_hidden_state(SimpleNamespace(**compiled)) is may_hide
