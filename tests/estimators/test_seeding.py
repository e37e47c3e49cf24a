import random

import keras

from skhpt.estimators import seeded


def seed_of_a_dropout(draw):
    with seeded(7):
        draw()
        return keras.layers.Dropout(0.5).seed_generator.state.numpy().tolist()


def test_what_other_threads_draw_from_the_process_changes_no_layers_seed():
    assert seed_of_a_dropout(lambda: None) == seed_of_a_dropout(random.random)
