"""The program of the backend that Keras runs on, and what it takes to test it."""

from contextlib import nullcontext

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

__all__ = ["OUT_OF_MEMORY", "Program", "allowing_doubles"]
