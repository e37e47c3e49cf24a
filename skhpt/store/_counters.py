"""Attributes of classes that their own methods set: what they are in the source, as a search may change them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator


def counters(cls: type) -> dict[str, str | None]:
    """The attributes that methods set on the class itself, such as ``n_fits`` by ``type(self).n_fits += 1``.

    Parameters
    ----------
    cls : type
        Any.

    Returns
    -------
    dict of str to str or None
        Of each what the class is written with; None if it is not. Empty where there is no source.
    """
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    if not isinstance(tree, ast.ClassDef):
        return {}
    written = {target.id: ast.dump(value) for target, value in _assignments(tree.body) if isinstance(target, ast.Name)}
    targets = [target for target, _ in _assignments(ast.walk(tree)) if isinstance(target, ast.Attribute)]
    return {target.attr: written.get(target.attr) for target in targets if _is_class(target.value, tree.name)}


def _assignments(nodes: list[ast.stmt] | Iterator[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and node.value is not None:
            yield node.target, node.value


def _is_class(owner: ast.expr, name: str) -> bool:
    if isinstance(owner, ast.Call):
        return isinstance(owner.func, ast.Name) and owner.func.id == "type"
    if isinstance(owner, ast.Attribute):
        return owner.attr == "__class__"
    return isinstance(owner, ast.Name) and owner.id in ("cls", name)
