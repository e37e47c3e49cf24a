"""The layers, held from the imports."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "skhpt"

# From top to bottom: a layer imports only layers above it (and itself), and from outside only what stands beside it.
LAYERS = {
    "exceptions": set(),
    "_gpus": set(),
    "_matplotlib": {"matplotlib"},
    "_optuna": {"optuna"},
    "_sklearn": {"sklearn"},
    "space": {"numpy", "scipy", "sklearn"},
    "trials": {"numpy"},
    "strategies": {"bayes_opt", "numpy", "optuna"},
    "results": {"numpy", "pandas"},
    "store": {"filelock", "numpy", "pandas"},
    "estimators": {"cloudpickle", "keras", "keras_tuner", "numpy", "scikeras", "scipy", "sklearn", "tensorflow"},
    "evaluation": {"cloudpickle", "numpy", "sklearn"},
    "fused": {"jax", "keras", "numpy", "psutil", "sklearn", "tensorflow"},
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
    "contextvars", "copy", "copyreg", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum", "errno",
    "fractions", "functools", "hashlib", "html", "importlib", "inspect", "io", "itertools", "json", "logging", "math",
    "mmap", "multiprocessing", "numbers", "os", "pathlib", "pickle", "platform", "random", "re", "secrets", "shutil",
    "stat", "statistics", "subprocess", "sys", "sysconfig", "tempfile", "textwrap", "threading", "time",
    "traceback", "types", "typing", "uuid", "warnings", "weakref", "zlib",
}  # fmt: skip
SCIKERAS_SEAM = Path("estimators/_scikeras.py")
# The fused engine has seams by itself.
KERAS_SEAMS = {
    *(
        Path(f"estimators/{name}.py")
        for name in ("_build_record", "_copying", "_keras_compilation", "_keras_internals")
    ),
    Path("fused/_vectorised.py"),
}
TENSORFLOW_SEAMS = {
    Path("estimators/_tensorflow_internals.py"), Path("fused/_tensorflow_tracer.py"), Path("fused/_vectorised.py"),
}  # fmt: skip
# By these names, files that are imported only where Keras runs on TensorFlow, or for a dataset of its.
TENSORFLOW_FILES = re.compile(r"(estimators|fused)/_tensorflow\w*\.py|fused/_vectorised\.py")
SKLEARN_SEAM = Path("_sklearn.py")

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


@pytest.mark.parametrize("file", FILES, ids=str)
def test_private_parts_of_other_libraries_are_used_in_seams_only(file):
    for name in imports_of(file):
        if name.startswith("scikeras"):
            assert file == SCIKERAS_SEAM, f"{file} imports {name}"
        if name.startswith("keras.src"):
            assert file in KERAS_SEAMS, f"{file} imports {name}"
        if name.startswith("tensorflow.python"):
            assert file in TENSORFLOW_SEAMS, f"{file} imports {name}"
        if re.match(r"sklearn\.(.*\.)?_", name):
            assert file == SKLEARN_SEAM, f"{file} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_tensorflow_is_imported_in_files_of_its_own(file):
    if "tensorflow" in {name.split(".")[0] for name in imports_of(file)}:
        assert TENSORFLOW_FILES.fullmatch(file.as_posix())


def test_every_file_belongs_to_a_layer():
    assert {layer_of(file) for file in FILES} == set(LAYERS)
