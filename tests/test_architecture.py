"""The layers, held from the imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "skhpt"

# From top to bottom: a layer imports only layers above it (and itself), and from outside only what stands beside it.
LAYERS = {
    "exceptions": set(),
    "_quiet": {"keras"},
    "_compat": {"joblib", "keras", "numpy", "scikeras", "sklearn", "skops", "tensorflow"},
    "_gpus": set(),
    "_matplotlib": {"matplotlib"},
    "_optuna": {"optuna"},
    "space": {"numpy", "scipy", "sklearn"},
    "trials": {"numpy"},
    "strategies": {"bayes_opt", "numpy", "optuna"},
    "results": {"numpy", "pandas"},
    "store": {"filelock", "numpy", "pandas"},
    "estimators": {
        "cloudpickle", "keras", "keras_tuner", "numpy", "pandas", "scikeras", "scipy", "sklearn", "tensorflow",
    },
    "saving": {"sklearn"},
    "evaluation": {"cloudpickle", "numpy", "sklearn"},
    "fused": {"jax", "keras", "numpy", "psutil", "scipy", "sklearn", "tensorflow"},
    "execution": {"cloudpickle", "distributed", "filelock", "joblib", "numpy", "sklearn"},
    "reporting": {
        "IPython", "jinja2", "markupsafe", "matplotlib", "numpy", "optuna", "pandas", "rich", "sklearn", "tensorboard",
    },
    "plots": set(),
    "callbacks": {"keras", "matplotlib", "numpy"},
    "search": {"numpy", "pandas", "sklearn"},
    "cli": {"pandas"},
    "__main__": set(),
}  # fmt: skip
STANDARD = {
    "__future__", "abc", "argparse", "ast", "atexit", "base64", "collections", "concurrent", "contextlib",
    "contextvars", "copy", "copyreg", "csv", "dataclasses", "datetime", "decimal", "difflib", "dis", "enum", "errno",
    "fractions", "functools", "hashlib", "html", "importlib", "inspect", "io", "itertools", "json", "logging", "math",
    "mmap", "multiprocessing", "numbers", "os", "pathlib", "pickle", "platform", "random", "re", "resource", "secrets",
    "shutil", "stat", "statistics", "subprocess", "sys", "sysconfig", "tempfile", "textwrap", "threading", "time",
    "traceback", "types", "typing", "uuid", "warnings", "weakref", "zlib",
}  # fmt: skip
SEAMS = Path("_compat")
# By these names, files that are imported only where Keras runs on TensorFlow, or for a dataset of its.
TENSORFLOW_FILES = re.compile(r"(_compat|estimators|fused)/_?tensorflow\w*\.py")
PRIVATE_MODULE = re.compile(r"(keras\.src|tensorflow\.python|jax\._src)\b|(?!skhpt\b|__future__)\w+\.(.*\.)?_")
# Private names that are no private parts: of Python, of a protocol of SciKeras' for subclasses, and parts of names.
NOT_PRIVATE = {"_abc_impl", "_auc", "_fields", "_keras_build_fn", "_request", "_test_", "__steps"}
NOT_PRIVATE |= {"_custom_objects", "_dropout_states"}  # in pickles of our own

# Where a library of the extra `bayes` may be imported.
BAYES = {
    "bayes_opt": {Path("strategies/_gp.py")},
    "optuna": {Path("_optuna.py"), Path("strategies/_tpe.py"), Path("reporting/_importance.py")},
}

FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def imports_of(file):
    """Every imported name of a file, in full: ``package.module.name``."""
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(file):
    return file.parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_layer_imports_only_layers_above_it(file):
    order = list(LAYERS)
    allowed = order[: order.index(layer_of(file)) + 1]
    for name in imports_of(file):
        if name.startswith("skhpt."):
            assert name.split(".")[1] in allowed, f"{file} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_layer_imports_only_its_own_libraries(file):
    outside = {name.split(".")[0] for name in imports_of(file)} - {"skhpt"} - STANDARD
    assert outside <= LAYERS[layer_of(file)]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_other_packages_of_skhpt_are_imported_by_their_public_face(file):
    for name in imports_of(file):
        parts = name.split(".")
        if parts[0] == "skhpt" and len(parts) > 2 and parts[1] != layer_of(file):
            assert not parts[2].startswith("_"), f"{file} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_library_of_bayesian_search_is_imported_where_it_is_used_alone(file):
    for name in imports_of(file):
        library = name.split(".")[0]
        assert file in BAYES.get(library, {file}), f"{file} imports {name}"


def private_names(tree):
    """The names with an underscore of attributes that are read or set, and texts that may be such a name."""
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
        if isinstance(name, str) and name.isidentifier() and name.startswith("_") and not name.endswith("__"):
            yield name


def defined_names(tree):
    """What a module defines: functions, classes, variables and attributes of its own objects."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.alias):
            yield from node.name.split(".")


def test_private_parts_of_other_libraries_are_used_in_seams_only():
    trees = {file: ast.parse((ROOT / file).read_text()) for file in FILES if SEAMS not in file.parents}
    ours = NOT_PRIVATE.union(*map(defined_names, trees.values()))
    names = [(file.as_posix(), name) for file, tree in trees.items() for name in private_names(tree)]
    assert [found for found in names if found[1] not in ours] == []
    imports = [(file.as_posix(), name) for file in trees for name in imports_of(file)]
    assert [found for found in imports if PRIVATE_MODULE.match(found[1]) or found[1].startswith("scikeras")] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("model._flatten_layers()", "_flatten_layers"),
        ("getattr(model, '_compile_config', None)", "_compile_config"),
        ("vars(model).pop('_nodes')", "_nodes"),
        ("model._own = 1", "_own"),
        ("class A:\n    def f(self): self._own = 1; return self._own", None),
    ],
)
def test_a_private_attribute_is_found_however_it_is_asked_for(code, found):
    tree = ast.parse(code)
    assert set(private_names(tree)) - set(defined_names(tree)) == ({found} if found else set())


@pytest.mark.parametrize("name", ["keras.src.backend", "sklearn.base._fit_context", "joblib._store", "jax._src.core.x"])
def test_a_private_module_is_known_by_its_name(name):
    assert PRIVATE_MODULE.match(name)
    assert not PRIVATE_MODULE.match("skhpt.fused._engine.FusedEngine")
    assert not PRIVATE_MODULE.match("keras.layers.Layer")


@pytest.mark.parametrize("file", FILES, ids=str)
def test_tensorflow_is_imported_in_files_of_its_own(file):
    if "tensorflow" in {name.split(".")[0] for name in imports_of(file)}:
        assert TENSORFLOW_FILES.fullmatch(file.as_posix())


def test_every_file_belongs_to_a_layer():
    assert {layer_of(file) for file in FILES} == set(LAYERS)
