"""Callbacks that log a training for TensorBoard."""

from skhpt._quiet import load_keras

load_keras()

from skhpt.callbacks._confusion_matrix_logger import ConfusionMatrixLogger
from skhpt.callbacks._weight_histogram_logger import WeightHistogramLogger

__all__ = ["ConfusionMatrixLogger", "WeightHistogramLogger"]
