"""A packed lane that does not come to the loss of its own model is trained by itself."""

import pytest

from skhpt.fused import _proof
from skhpt.fused._made_program import kept_programs
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import searched
from tests.fused.rounds import network


def test_a_lane_that_fails_the_proof_trains_by_itself_and_asks_for_a_report(monkeypatch):
    def wrong_of_the_narrow_one(model, rows, state):
        loss = _loss_of(model, rows, state)
        return loss + 1.0 if model.layers[0].units == 4 else loss

    _loss_of = _proof.loss_of
    monkeypatch.setattr(_proof, "loss_of", wrong_of_the_narrow_one)
    kept_programs.clear()
    with pytest.warns(RuntimeWarning, match="please report it"):
        search = searched(network(epochs=1), {"units": [4, 8, 9]}, IRIS, KIND, engine="fused", refit=False)
    packing = search.engine_report_.drop_duplicates("candidate")["packing"]
    assert packing.tolist() == [f"by itself: {_proof.OTHER_LOSS}", "8-3 in 9-3", "9-3 in 9-3"]
    alone = searched(network(epochs=1), {"units": [4]}, IRIS, KIND, engine="per-trial", refit=False)
    ours = search.histories_.query("candidate == 0")["loss"].tolist()
    assert ours == pytest.approx(alone.histories_["loss"].tolist(), rel=1e-4)
