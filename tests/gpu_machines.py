"""Machines with GPUs that aren't there: an `nvidia-smi` of ours, first on the path."""

import sys

from skhpt._gpus import _gpus_of_machine

ALIKE = "0, GPU-1a, 81559\n1, GPU-1b, 81559\n"


def pretend(monkeypatch, folder, says=ALIKE, exit_code=0, variable=None):
    """Let this process and its workers find GPUs.

    Returns
    -------
    path
        Of a file with a line a call of ``nvidia-smi``, which holds its arguments.
    """
    programs = folder / "programs"
    programs.mkdir()
    calls = programs / "calls"
    calls.touch()
    program = programs / "nvidia-smi"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"with open({str(calls)!r}, 'a') as file:\n    print(*sys.argv[1:], file=file)\n"
        f"print({says!r}, end='')\nsys.exit({exit_code})\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    if variable is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    forget()
    return calls


def forget():
    """As in a new process."""
    _gpus_of_machine.cache_clear()
