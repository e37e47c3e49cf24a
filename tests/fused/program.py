"""The program of the backend that Keras runs on, and what it takes to test it."""

from contextlib import contextmanager, nullcontext

import keras

from tests.backend import BACKEND

if BACKEND == "jax":
    import jax

    from skhpt.fused._jax import JaxProgram as Program

    OUT_OF_MEMORY = jax.errors.JaxRuntimeError("OOM when allocating")

    def allowing_doubles():
        """JAX has them only if told so."""
        return jax.enable_x64(True)

else:
    import tensorflow as tf

    from skhpt.fused._tensorflow import TensorFlowProgram as Program

    OUT_OF_MEMORY = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")
    allowing_doubles = nullcontext


@contextmanager
def double_precision():
    """Keras in double precision: in it, what is equal is so to more digits than any optimizer can blur."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        with allowing_doubles():
            yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


__all__ = ["OUT_OF_MEMORY", "Program", "allowing_doubles", "double_precision"]
