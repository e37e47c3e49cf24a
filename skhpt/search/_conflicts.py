"""What a search refuses before it trains: arguments of `fit` that undo its candidates, callbacks that can't act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

import numpy as np

from skhpt._compat.sklearn import BaseSearchCV
from skhpt.evaluation import ReachedWrapper, parts_of, prepare, reached_wrappers
from skhpt.exceptions import ConflictingParametersError
from skhpt.search._check import check_parameter_names
from skhpt.search._selection import holds_wrapper
from skhpt.space import as_dimension, by_names, is_hparam

# Arguments of `fit` that are no parameters of the estimator, and those that put `validation_split` out of force.
_NO_PARAMETERS = frozenset({"X_val", "groups", "sample_weight", "sample_weight_val", "validation_data", "y_val"})
_MOST_KINDS = 200  # are looked at
_VALIDATION = frozenset({"X_val", "validation_data"})


def check_before_search(search: Any, fit_params: Mapping[str, Any]) -> None:
    """Raise if what `fit` was given can't go together with the candidates, whichever of them are drawn.

    Parameters
    ----------
    search : BaseSearch
        Its parameters are valid.
    fit_params : mapping of str to object
        What the estimator is to be fitted with.

    Raises
    ------
    ConflictingParametersError
        If an argument of `fit` would replace a parameter that candidates set.
    ValueError
        If a callback monitors ``val_…`` where nothing is validated.
    """
    if not _has_part_with("_planned_callbacks", search):
        return
    for names, params, deciding in _kinds_of_candidates(search):
        check_parameter_names(search.estimator, params)
        prepared = prepare(search.estimator, params, seed=0)
        for reached in reached_wrappers(prepared, fit_params):
            _check_arguments(search, names | _names_of_inner_searches(prepared), reached)
            _check_monitors(search, {name: params[name] for name in deciding}, reached)


def takes_seeds(search: Any) -> bool:
    """Whether a search seeds an estimator, its own or one that a candidate brings along."""
    return _has_part_with("_trial_parameters", search)


def _has_part_with(method: str, search: Any) -> bool:
    options = (value for part in _parts(search) for values in part.values() for value in _options(values))
    estimators = (search.estimator, *filter(_is_estimator, options))
    return any(hasattr(part, method) for estimator in estimators for part in parts_of(estimator).values())


def _check_arguments(search: Any, names: set[str], reached: ReachedWrapper) -> None:
    """Raise if an argument of `fit` would replace what candidates set."""
    for argument, value in reached.said.items():
        if argument in _VALIDATION and value is not None:
            undone = [f"{reached.prefix}validation_split", f"{reached.prefix}fit__validation_split"]
        elif argument in _NO_PARAMETERS:
            continue
        else:
            undone = [f"{reached.prefix}{argument}", f"{reached.prefix}fit__{argument}"]
            if (step := reached.prefix.removesuffix("__")) in names and _differ_in(argument, search, step):
                undone.append(step)
        if argument == "callbacks":
            undone += [name for name in names for start in undone[:2] if name.startswith(f"{start}__")]
        for name in undone:
            if name in names:
                said = f"{reached.said_prefix}{argument}"
                raise ConflictingParametersError(name, said, type(search).__name__, _problem(search, name, said))


def _differ_in(argument: str, search: Any, step: str) -> bool:
    """Whether the networks that candidates bring for a step have different values for what is an argument of `fit`."""
    options = [option for part in _parts(search) for option in _options(part.get(step, ()))]
    values = [getattr(option, argument, None) for option in options if _is_estimator(option)]
    return any(value is not values[0] and not _are_equal(value, values[0]) for value in values)


def _are_equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - values of any class
        return False


def _problem(search: Any, name: str, said: str) -> str:
    owner = type(search).__name__
    is_resource = name == _resource(search)
    place = f"is the resource of {owner}" if is_resource else f"is among the parameters that {owner} varies"
    advice = f"Leave {said!r} out of fit" + ("." if is_resource else f", or {name!r} out of the candidates.")
    return f"{name!r} {place}, but {said!r} is given to fit as well, which would override it in each trial. {advice}"


def _check_monitors(search: Any, params: Mapping[str, Any], reached: ReachedWrapper) -> None:
    """Raise if a callback can never act."""
    if not reached.is_plain:
        return
    for callback, monitor in reached.wrapper._planned_callbacks(reached.said).blind_monitors:
        candidates = f" of candidates with {params}" if params else ""
        metric = monitor.removeprefix("val_")
        raise ValueError(
            f"The callback {callback}{candidates} monitors {monitor!r}, but there is nothing to validate on, so it can "
            f"never act. Set the parameter '{reached.prefix}validation_split' of {type(search.estimator).__name__}, as "
            f"in {reached.prefix}validation_split=0.2, give validation_data to fit, or monitor {metric!r}."
        )


def _kinds_of_candidates(search: Any) -> Iterator[tuple[set[str], dict[str, Any], set[str]]]:
    """A candidate of each kind: the names that it sets, values for them, and which of these decide what kind it is.

    Of values that are drawn from a range, those that decide nothing are left out.
    """
    resource = _resource(search)
    for part in _parts(search):
        names = {*part, resource} if resource else set(part)
        kinds = {name: _kinds(name, values) for name, values in part.items()}
        kinds = {name: options for name, options in kinds.items() if options}
        deciding = {name for name, options in kinds.items() if _decides(name, options)}
        for values in islice(product(*kinds.values()), _MOST_KINDS):
            yield names, dict(zip(kinds, values, strict=True)), deciding


def _names_of_inner_searches(estimator: Any) -> set[str]:
    """What the candidates of searches inside an estimator set, by full name."""
    return {
        f"{prefix}estimator__{name}"
        for prefix, part in parts_of(estimator).items()
        if isinstance(part, BaseSearchCV)
        for names in _parts(part)
        for name in names
    }


def _resource(search: Any) -> str | None:
    resource = search._budgets_count
    return None if resource.is_samples else str(resource.name)


def _kinds(name: str, values: Any) -> list[Any]:
    """Of the options of a parameter one of each kind."""
    options = _options(values)
    if not _decides(name, options):
        return options[:1]
    options = options or _examples(values)
    numbers = [value for value in options if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)]
    others = [value for value in options if not any(value is number for number in numbers)]
    if name.endswith("validation_split"):  # it matters only whether it is 0
        return [*others, *{bool(number): number for number in numbers}.values()]
    return [*others, *numbers[:1]]


def _decides(name: str, options: Sequence[Any]) -> bool:
    """Whether a parameter says which callbacks there are, or what they have to monitor."""
    return "callbacks" in name or name.endswith("validation_split") or any(map(holds_wrapper, options))


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _parts(search: Any) -> list[Mapping[str, Any]]:
    """The dicts that candidates are made from. What is no space is refused elsewhere, and left out."""
    names = ("param_grid", "param_distributions", "param_space")
    space: Any = next((getattr(search, name) for name in names if hasattr(search, name)), [])
    parts = getattr(space, "parts", [space] if isinstance(space, Mapping) else space)
    if isinstance(parts, Sequence) and parts and all(map(is_hparam, parts)):
        parts = [{hparam.name: hparam for hparam in parts}]
    return [by_names(part) for part in parts if isinstance(part, Mapping)]


def _options(values: Any) -> list[Any]:
    """What a parameter may be; nothing where that is a range."""
    try:
        values = as_dimension(values)
    except ValueError:  # a HParam without a domain is refused elsewhere
        return []
    values = getattr(values, "options", values)
    return list(values) if isinstance(values, (list, tuple, np.ndarray)) else []


def _examples(values: Any) -> list[Any]:
    """Numbers of a range. The lower end is among them where it may be drawn."""
    values = as_dimension(values)
    stepped = [values.low] if getattr(values, "step", None) else []
    return [*stepped, values.rvs(random_state=0)] if hasattr(values, "rvs") else []
