"""Other versions of libraries, made of those that are installed: private names in their source are others."""

import importlib.abc
import importlib.machinery
import re
import sys


class _RenamingLoader(importlib.machinery.SourceFileLoader):
    names = ""

    def get_code(self, fullname):
        source = self.get_source(fullname)
        return compile(re.sub(rf"\b({self.names})\b", r"\1_of_tomorrow", source), self.path, "exec", dont_inherit=True)


class _RenamingFinder(importlib.abc.MetaPathFinder):
    def __init__(self, packages, names):
        self._packages = packages
        self._loader = type("Loader", (_RenamingLoader,), {"names": "|".join(names)})

    def find_spec(self, fullname, path, target=None):
        if not fullname.startswith(self._packages):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if isinstance(getattr(spec, "loader", None), importlib.machinery.SourceFileLoader):
            spec.loader = self._loader(spec.loader.name, spec.loader.path)
        return spec


def rename(*names, of):
    """Give private names of packages that are not imported yet a new ending, wherever they stand in these."""
    sys.meta_path.insert(0, _RenamingFinder(tuple(of), names))
