"""A checkpoint as it comes back from a disk."""

import io
import json

import numpy as np

from skhpt.trials import Checkpoint


def read_back(checkpoint):
    facts = json.loads(json.dumps(dict(checkpoint.facts)))
    file = io.BytesIO()
    np.savez(file, **checkpoint.arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return Checkpoint(checkpoint.epochs, checkpoint.reported, facts, dict(arrays))
