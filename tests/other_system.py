"""A system that lacks what Windows or macOS lacks, as far as skhpt can see.

`pretend` is for a new process, before skhpt is imported; `sitecustomize` in a folder on ``PYTHONPATH`` calls it in a
process and in all that it starts. The libraries that skhpt uses need what their builds for Linux use. So `os`, `signal`
and so on stay whole for them: skhpt alone imports others in their place. What can be seen on the disk is gone for all.
"""

import builtins
import io
import os
import sys
import types
from pathlib import Path

NO_MODULES = {"fcntl", "grp", "posix", "psutil", "pty", "pwd", "resource", "syslog", "termios", "tty"}
NO_NAMES = {
    "mmap": {"MADV_DONTNEED", "MAP_PRIVATE", "MAP_SHARED", "PROT_READ", "PROT_WRITE"},
    "os": {
        "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_SYNC", "WNOHANG", "chown", "confstr", "fchdir", "fdatasync",
        "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid", "getpriority", "getuid", "killpg", "lockf",
        "mkfifo", "nice", "pathconf", "pread", "pwrite", "register_at_fork", "sched_getaffinity", "sched_setaffinity",
        "sendfile", "setsid", "statvfs", "sync", "sysconf", "sysconf_names", "uname", "wait", "waitpid",
    },
    "signal": {"SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGUSR1", "alarm", "pthread_kill", "pthread_sigmask"},
}  # fmt: skip
NO_PLACES = ("/dev/shm", "/proc")  # noqa: S108 - nothing is written there

SITECUSTOMIZE = "from tests.other_system import pretend\npretend()\n"


class Lacking(types.ModuleType):
    """A module without some names, and with others in the place of some."""

    def __init__(self, module, names, instead):
        super().__init__(module.__name__)
        vars(self).update(_module=module, _names=names, **instead)

    def __getattr__(self, name):
        if name in self._names:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} on this system")
        return getattr(self._module, name)


def environment(folder):
    """The variables of a process on such a system, of which a file is written to a folder."""
    Path(folder, "sitecustomize.py").write_text(SITECUSTOMIZE)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}


def pretend():
    """Take from this process what such a system lacks."""
    os.stat, os.open, io.open = map(_not_there, (os.stat, os.open, io.open))
    builtins.open = io.open
    sys.modules["psutil"] = None  # joblib's has nothing to read any more
    instead = {
        "multiprocessing": {"get_all_start_methods": lambda: ["spawn"], "get_context": _spawn_only},
        "os": {"name": "nt", "open": _no_directories},
        "sys": {"platform": "win32"},
    }
    import_ = builtins.__import__

    def import_on_this_system(name, namespace=None, *args, **kwargs):
        module = import_(name, namespace, *args, **kwargs)
        importer = (namespace or {}).get("__name__") or ""
        if importer.partition(".")[0] != "skhpt":
            return module
        if name.partition(".")[0] in NO_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r} on this system")
        if module.__name__ in {*NO_NAMES, *instead}:
            return Lacking(module, NO_NAMES.get(module.__name__, set()), instead.get(module.__name__, {}))
        return module

    builtins.__import__ = import_on_this_system


def _not_there(function):
    def called(path, *args, **kwargs):
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(NO_PLACES):
            raise FileNotFoundError(2, "No such file or directory", path)
        return function(path, *args, **kwargs)

    return called


def _no_directories(path, *args, **kwargs):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return os.open(path, *args, **kwargs)


def _spawn_only(method=None):
    import multiprocessing

    if method not in (None, "spawn"):
        raise ValueError(f"cannot find context for {method!r}")
    return multiprocessing.get_context("spawn")
