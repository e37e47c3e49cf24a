"""What Keras makes while a model builder runs.

Keras' objects do not tell when they were made. So for as long as a builder runs, the constructors of layers, variables
and graph nodes are replaced by ones that note what they make, and the setters of ``trainable`` by ones that note what
was there before. Which variables get other values is noted, too. `tests/estimators/test_shared_layers.py` fails when
Keras changes the private parts used here. Where one is missing, all counts as made in the build: layers that a builder
has not made itself are trained as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras

from skhpt._compat._parts import private_part, warn_of_lost_parts
from skhpt._compat.keras_objects import history_of

_LOSES = "Layers that a model builder uses without making them are trained as they are, in all trials."
_in_stateless_scope = private_part("keras.src.backend.common.stateless_scope", "in_stateless_scope", loses=_LOSES)
_Variable = private_part("keras.src.backend.common.variables", "Variable", loses=_LOSES)
_Node = private_part("keras.src.ops.node", "Node", loses=_LOSES)
_Operation = private_part("keras.src.ops.operation", "Operation", loses=_LOSES)
_knows_keras = None not in (_in_stateless_scope, _Variable, _Node, _Operation)

_lock = threading.RLock()  # what is replaced belongs to the process


class BuildRecord:
    """The layers, operations, variables and graph nodes that were made in one build."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}  # held, so that no other object gets the id of one
        self._nodes: list[Any] = []
        self._flags: dict[int, tuple[Any, bool]] = {}
        self._written: dict[int, keras.Variable] = {}
        self._trained: list[keras.Model] = []

    def made(self, thing: Any) -> bool:
        """Whether a layer, an operation or a variable was made in the build."""
        return id(thing) in self._made or not _knows_keras

    def count_as_made(self, things: Iterable[Any]) -> None:
        """Treat objects as if they had been made in the build."""
        self._made.update((id(thing), thing) for thing in things)

    def has_changed(self, thing: Any) -> bool:
        """Whether the build has changed the flag ``trainable`` of a layer or a variable."""
        return id(thing) in self._flags and self._flags[id(thing)][1] != thing.trainable

    def written(self) -> set[int]:
        """The variables that the build has given values, or whose model it has trained: their ids."""
        trained = (variable for model in self._trained for variable in model.variables)
        return {*self._written, *map(id, trained)}

    def restore_flags(self) -> None:
        """Give layers and variables that were not made here the values of ``trainable`` that they had before."""
        for thing, flag in self._flags.values():
            if self.made(thing):
                continue
            if "_trainable" in vars(thing):
                vars(thing)["_trainable"] = flag
            else:
                thing.trainable = flag  # also that of the layers in it
        self._flags.clear()

    def remove_nodes(self) -> None:
        """Remove the calls that were made here from the layers that were not.

        Otherwise a layer that is used in each build would keep all models that it was ever a part of.
        """
        for node in self._nodes:
            before = [getattr(history_of(tensor), "operation", None) for tensor in node.arguments.keras_tensors]
            for operation in (node.operation, *before):
                if operation is not None and not self.made(operation):
                    _remove(getattr(operation, "_inbound_nodes", ()), node)
                    _remove(getattr(operation, "_outbound_nodes", ()), node)
        self._nodes.clear()

    def _note(self, thing: Any) -> None:
        self._made[id(thing)] = thing

    def _note_flag(self, thing: Any) -> None:
        self._flags.setdefault(id(thing), (thing, bool(getattr(thing, "_trainable", thing.trainable))))

    def _note_value(self, variable: keras.Variable) -> None:
        if not _in_stateless_scope():  # where Keras finds out shapes, and throws the values away
            self._written[id(variable)] = variable


def _remove(nodes: Any, node: Any) -> None:
    if all(each is not node for each in nodes):
        return
    content = getattr(nodes, "_storage", nodes)  # TensorFlow wraps the lists of a functional model
    list.remove(content, node)
    if content is not nodes:
        nodes._update_snapshot()  # or `tf.train.Checkpoint` refuses to save a list that was changed


@contextmanager
def recording_build() -> Iterator[BuildRecord]:
    """Note what Keras makes for a while.

    Yields
    ------
    BuildRecord
    """
    warn_of_lost_parts()
    record = BuildRecord()
    with _lock, ExitStack() as stack:
        stack.callback(record.restore_flags)
        for owner, name, replacement in _replacements(record):
            stack.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, replacement)
        try:
            yield record
        except BaseException:
            record.remove_nodes()
            raise


def _replacements(record: BuildRecord) -> Iterator[tuple[type, str, Any]]:
    if not _knows_keras:
        return
    new, init, init_node = _Operation.__new__, _Variable.__init__, _Node.__init__
    assign = _Variable.assign

    def make_operation(cls: type, *args: Any, **kwargs: Any) -> Any:
        operation = new(cls, *args, **kwargs)
        record._note(operation)
        return operation

    def make_variable(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        record._note(self)

    def make_node(self: Any, *args: Any, **kwargs: Any) -> None:
        init_node(self, *args, **kwargs)
        record._nodes.append(self)

    def assign_value(self: Any, value: Any) -> Any:
        record._note_value(self)
        return assign(self, value)

    yield _Operation, "__new__", staticmethod(make_operation)
    yield _Variable, "__init__", make_variable
    yield _Variable, "assign", assign_value
    yield _Node, "__init__", make_node
    for owner in (keras.layers.Layer, _Variable):
        yield owner, "trainable", _noted_flag(record, owner.trainable)
    trainer = next(cls for cls in keras.Model.__mro__ if "make_train_function" in vars(cls))
    yield trainer, "make_train_function", _noted_training(record, trainer.make_train_function)


def _noted_flag(record: BuildRecord, trainable: property) -> property:
    def set_trainable(self: Any, value: Any) -> None:
        record._note_flag(self)
        trainable.__set__(self, value)

    return property(trainable.fget, set_trainable, doc=trainable.__doc__)


def _noted_training(record: BuildRecord, make_train_function: Callable[..., Any]) -> Callable[..., Any]:
    """For what a step does that TensorFlow has traced in an earlier build, where no variable's `assign` is called."""

    def make(self: Any, *args: Any, **kwargs: Any) -> Any:
        record._trained.append(self)
        return make_train_function(self, *args, **kwargs)

    return make
