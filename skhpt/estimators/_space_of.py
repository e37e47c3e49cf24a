"""The search space that a builder of KerasTuner's defines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.utils import check_random_state

from skhpt.estimators._hp_argument import asks_for_hp
from skhpt.estimators._kerastuner import builder_in, hyper_parameters_of
from skhpt.exceptions import ModelError
from skhpt.space import Float, Int

Space = dict[str, Any]


def space_of(build: Any, *, prefix: str = "") -> Space | list[Space]:
    """The search space that a builder of KerasTuner's defines by its calls of ``hp.Int``, ``hp.Choice`` and so on.

    Parameters
    ----------
    build : callable or keras_tuner.HyperModel
        Its only required argument is a `keras_tuner.HyperParameters`: called `hp`, annotated so, or used so by the
        builder, as in ``h.Int("units", 8, 64)``. It is called some times with different values, to see what it asks
        for.
    prefix : str, default=""
        Where the network is in a pipeline: of the step ``net``, parameters are called ``net__<name>``.

    Returns
    -------
    dict or list of dict
        Distributions and lists by the names of the parameters, as searchers take them. A list if some parameters are
        there under a condition only (``hp.conditional_scope``, or `parent_name`): a dict for each combination of values
        of what the conditions ask for. What depends on others by an ``if`` or a loop of Python's, such as the
        units of a third layer, is always in, and has no effect on a candidate that does not use it. Of a name that is
        defined twice, with different values, there are those of the first, as for KerasTuner, and a warning.

    Raises
    ------
    MissingExtraError
        If KerasTuner is not installed.
    ModelError
        If `build` is no such builder, or can't build a model with the defaults.

    Examples
    --------
    >>> import keras
    >>> from skhpt import space_of
    >>> def build(hp):
    ...     model = keras.Sequential()
    ...     for i in range(hp.Int("num_layers", 1, 2)):
    ...         model.add(keras.layers.Dense(hp.Choice(f"units_{i}", [8, 16])))
    ...     if hp.Boolean("dropout"):
    ...         model.add(keras.layers.Dropout(0.25))
    ...     return model
    >>> space = space_of(build)
    >>> sorted(space)
    ['dropout', 'num_layers', 'units_0', 'units_1']
    >>> space["units_1"], space["dropout"]
    ([8, 16], [False, True])

    ``RandomizedSearchCV(KerasClassifier(build), space_of(build))`` searches it.
    """
    builder = builder_in(build)
    if not callable(builder) or not asks_for_hp(builder):
        raise ModelError(
            f"The 'build' parameter of space_of must be a function whose only required argument is `hp`, or a "
            f"keras_tuner.HyperModel. Got {build!r} instead. An argument of another name may be annotated with "
            f"keras_tuner.HyperParameters."
        )
    start = f"{prefix}__" if prefix else ""
    cases = _cases(hyper_parameters_of(builder).space)
    spaces = [{f"{start}{name}": entry for name, entry in case.items()} for case in cases]
    return spaces[0] if len(spaces) == 1 else spaces


def _cases(hyper_parameters: Any) -> list[Space]:
    """A space for each combination of values of those that conditions ask for."""
    parents = {condition.name for each in hyper_parameters for condition in each.conditions}
    cases: list[tuple[Space, Space]] = [({}, {})]  # the values of the parents so far, and the space
    for each in hyper_parameters:  # parents before what depends on them
        extended = []
        for values, space in cases:
            if each.name in space or not all(condition.is_active(values) for condition in each.conditions):
                extended.append((values, space))
            elif each.name in parents:
                extended += [(values | value, space | entry) for value, entry in _single_values(each, hyper_parameters)]
            else:
                extended.append((values, space | {each.name: distribution(each)}))
        cases = extended
    return [space for _, space in cases]


def _single_values(parent: Any, hyper_parameters: Any) -> Iterator[tuple[Space, Space]]:
    """Each value of a parent, with the space that has but this one; of an unstepped range those that conditions name,
    and the range.
    """
    whole = distribution(parent)
    unstepped = not isinstance(whole, list) and parent.step is None
    conditions = [condition for each in hyper_parameters for condition in each.conditions if unstepped]
    named = [value for condition in conditions if condition.name == parent.name for value in condition.values]
    for value in dict.fromkeys(named) if unstepped else parent.values:
        yield {parent.name: value}, {parent.name: [value]}
    if unstepped:
        yield {}, {parent.name: whole}


def distribution(each: Any) -> Any:
    """What searchers take in the place of a hyper-parameter of KerasTuner's.

    Parameters
    ----------
    each : keras_tuner.engine.hyperparameters.HyperParameter
        Of any kind.

    Returns
    -------
    list, Int, Float or Reversed
        A list, each entry as likely as the others, of what is no range, and of ranges in steps that are no sums.
    """
    if not hasattr(each, "min_value"):
        return sorted(each.values) if list(each.values) == [True, False] else list(each.values)
    low, high, step = each.min_value, each.max_value, each.step
    if low == high:
        return [low]
    ranges: Any = Int if isinstance(low, int) else Float
    if each.sampling == "linear":
        return ranges(low, high, **{} if step is None else {"step": step})
    if step is not None:
        n_values = len(list(each.values))
        return [each.prob_to_value((place + 0.5) / n_values) for place in range(n_values)]
    logarithmic = ranges(low, high, log=True)
    return logarithmic if each.sampling == "log" else Reversed(logarithmic, low + high)


@dataclass(frozen=True)
class Reversed:
    """KerasTuner's ``sampling="reverse_log"``: many values near the upper end, few near the lower one.

    Parameters
    ----------
    mirrored : Int or Float
        Logarithmic.
    total : number
        The sum of its ends.
    """

    mirrored: Any
    total: Any

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Draw a value, or a list of them, as SciPy's distributions do."""
        if size is None:
            return self.total - self.mirrored.rvs(random_state=random_state)
        rng = check_random_state(random_state)
        return [self.rvs(random_state=rng) for _ in range(size)]
