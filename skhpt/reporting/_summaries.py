"""What can be said to TensorBoard, as the protocol buffers of its plugins. None of this loads TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import MissingExtraError
from skhpt.reporting._hyper_parameters import HyperParameter
from skhpt.trials import TrialStatus

try:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.image import metadata as image_metadata
    from tensorboard.plugins.text.summary_v2 import text_pb
    from tensorboard.util.tensor_util import make_tensor_proto
except ImportError as error:
    raise MissingExtraError("Writing for TensorBoard", "tensorboard") from error

_MOST_BOXES = 20
_TYPES = {
    "number": api_pb2.DATA_TYPE_FLOAT64,
    "bool": api_pb2.DATA_TYPE_BOOL,
    "text": api_pb2.DATA_TYPE_STRING,
}


def scalars(values: Mapping[str, float]) -> Any:
    """Numbers, by tag."""
    return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])


def text(tag: str, words: str) -> Any:
    """Words, which the plugin for text reads as Markdown."""
    return text_pb(tag, words)


def histogram(tag: str, values: npt.NDArray[Any]) -> Any:
    """How values are distributed."""
    return histogram_pb(tag, values)


def image(tag: str, png: bytes, *, width: int, height: int) -> Any:
    """A picture of so many pixels."""
    tensor = make_tensor_proto([str(width).encode(), str(height).encode(), png], dtype=np.object_)
    about = image_metadata.create_summary_metadata(display_name=None, description=None)
    return Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=tensor)])


def session_start(values: Mapping[str, bool | float | str], *, group: str, time: float) -> Any:
    """The hyper-parameters of a run, which TensorBoard lists in the row of its group."""
    return hparams_pb(dict(values), trial_id=group, start_time_secs=time)


def session_end(status: TrialStatus, *, time: float) -> Any:
    """How it has ended. TensorBoard knows success and failure, and a model that has diverged is none of use."""
    is_good = status is TrialStatus.COMPLETED
    code = api_pb2.STATUS_SUCCESS if is_good else api_pb2.STATUS_FAILURE
    end = SessionEndInfo(status=code, end_time_secs=time)
    return _of_plugin(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=end))


def experiment(parameters: Iterable[HyperParameter], metrics: Iterable[str], *, time: float) -> Any:
    """The columns of TensorBoard's table: hyper-parameters, and tags of scalars."""
    about = api_pb2.Experiment(
        time_created_secs=time,
        hparam_infos=[_described(parameter) for parameter in parameters],
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in metrics],
    )
    return _of_plugin(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=about))


def _described(parameter: HyperParameter) -> Any:
    """With a domain, but for text of many kinds: of each option TensorBoard makes a box to tick."""
    values = parameter.values
    info = api_pb2.HParamInfo(name=parameter.name, type=_TYPES[parameter.kind], differs=len(values) > 1)
    if parameter.kind == "number":
        info.domain_interval.min_value, info.domain_interval.max_value = min(values), max(values)
    elif parameter.kind == "bool" or len(values) <= _MOST_BOXES:
        info.domain_discrete.extend(values)
    return info


def _of_plugin(tag: str, content: Any) -> Any:
    about = metadata.create_summary_metadata(content)
    return Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=metadata.NULL_TENSOR)])
