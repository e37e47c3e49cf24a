"""Traces: what a model's training computes, and with which constants.

Two models share a program if their traces are the same but for constants. What a model is made of is never asked: a
layer, a loss or an optimizer of the user's own is known by what it computes, as Keras' are.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Constant = npt.NDArray[Any]


@dataclass(frozen=True)
class Section:
    """The trace of a part of a step.

    Parameters
    ----------
    structure : str
        A digest of its operations, their order and all that is no constant.
    constants : tuple of ndarray
        The floating-point numbers and arrays in it, in the order in which they come.
    outline : tuple of str
        A digest of each operation, where a function that is called again can be held to it.
    """

    structure: str
    constants: tuple[Constant, ...]
    outline: tuple[str, ...] = ()

    @classmethod
    def of(cls, lines: Sequence[Any], constants: Sequence[Constant], outline: Sequence[str] = ()) -> Section:
        """Digest what was recorded."""
        return cls(digest(lines), tuple(constants), tuple(outline))


@dataclass(frozen=True, eq=False)
class Trace:
    """The trace of all that a program does.

    Parameters
    ----------
    sections : dict of str to Section
        ``train`` (forward pass and loss), ``gradient``, ``optimizer``, ``metrics``, ``results`` (of the metrics) and
        ``test`` (the forward pass in inference, and its loss). JAX has its gradient in ``train``.
    names : hashable
        The names that its logs, its inputs and its outputs have.
    """

    sections: dict[str, Section]
    names: Any = None

    @cached_property
    def structure(self) -> str:
        """Two models can share a program only if they have it in common."""
        return digest([self.names, *((name, section.structure) for name, section in self.sections.items())])

    @cached_property
    def constants(self) -> list[Constant]:
        """Those of all sections."""
        return [constant for section in self.sections.values() for constant in section.constants]

    def start(self, name: str) -> int:
        """The number of the first constant of a section."""
        names = list(self.sections)
        return sum(len(self.sections[earlier].constants) for earlier in names[: names.index(name)])

    @cached_property
    def holds_arrays(self) -> bool:
        """Whether one of its constants is more than a single number: it may follow from the seed."""
        return any(constant.size > 1 and bool((constant != constant.ravel()[0]).any()) for constant in self.constants)

    @cached_property
    def digests(self) -> list[str]:
        """What tells its constants from others of the same shape and type."""
        return [_digest_of(constant) for constant in self.constants]

    def others(self, inputs: Sequence[int]) -> tuple[str, ...]:
        """The digests of all constants that are not among some."""
        left_out = set(inputs)
        return tuple(one for number, one in enumerate(self.digests) if number not in left_out)


class AnotherTraceError(Exception):
    """A model that is traced again computes something else than it did before."""


class Tracer(ABC):
    """Runs the sections of a step: records them, or has constants that are inputs of a lane in their place.

    Parameters
    ----------
    trace : Trace or None
        What was recorded of this model; None records it.
    inputs : sequence of int
        The numbers of the constants of which each lane has its own.
    """

    def __init__(self, trace: Trace | None = None, inputs: Sequence[int] = ()) -> None:
        self._trace, self._inputs = trace, tuple(inputs)
        self._values: Sequence[Any] = ()
        self.recorded: dict[str, Section] = {}

    @property
    def specs(self) -> list[Constant]:
        """An example of each constant that is an input."""
        return [] if self._trace is None else [self._trace.constants[number] for number in self._inputs]

    @contextmanager
    def with_constants(self, values: Sequence[Any]) -> Iterator[None]:
        """Have a lane's values for the constants that are inputs."""
        before, self._values = self._values, values
        try:
            yield
        finally:
            self._values = before

    def run(self, name: str, function: Callable[..., Any], *arguments: Any, is_part: bool = False) -> Any:
        """Call a function that is a section, or, if it `is_part`, the beginning of one."""
        if self._trace is None:
            result, self.recorded[name] = self._record(function, arguments)
            return result
        section = self._trace.sections.get(name)
        if section is None:  # it follows from the others
            return function(*arguments)
        start = self._trace.start(name)
        theirs = {
            number - start: value
            for number, value in zip(self._inputs, self._values, strict=True)
            if start <= number < start + len(section.constants)
        }
        return self._replay(function, arguments, section, theirs, is_part=is_part)

    @abstractmethod
    def _record(self, function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Any, Section]:
        """What a function returns, and its trace."""

    @abstractmethod
    def _replay(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        section: Section,
        theirs: dict[int, Any],
        *,
        is_part: bool,
    ) -> Any:
        """What a function returns with some of its constants replaced.

        Raises
        ------
        AnotherTraceError
            If it computes something else than was recorded.
        """


def differing(traces: Sequence[Trace]) -> tuple[int, ...]:
    """The numbers of the constants that are not the same in all traces of a structure."""
    digests = {id(trace): trace.digests for trace in traces}.values()
    return tuple(number for number, values in enumerate(zip(*digests, strict=True)) if len(set(values)) > 1)


def same_constant(value: Constant, other: Constant) -> bool:
    """Whether two constants are the same to the last bit."""
    return value.shape == other.shape and value.dtype == other.dtype and _digest_of(value) == _digest_of(other)


def digest(lines: Sequence[Any]) -> str:
    """A short text that only the same lines have in common."""
    return hashlib.blake2b("\n".join(map(repr, lines)).encode(), digest_size=16).hexdigest()


def _digest_of(value: Constant) -> str:
    return hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()
