"""Memory of a process and of all that it has started, from `/proc`: known on Linux alone."""

from contextlib import suppress
from pathlib import Path


def process_tree(root):
    """Ids of a process and of all that it has started, directly or not."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            # The name, in parentheses, may hold spaces.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    tree = {root}
    while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree


def memory_mb(root):
    """Resident memory of a process tree. Pages that processes can share (libraries, mapped arrays) count once.

    Not the sum of proportional set sizes: other processes of the machine that use the same libraries would lower it.
    """
    private = shared = 0
    for pid in process_tree(root):
        with suppress(OSError, KeyError):  # a process that ends has no such fields any more
            fields = dict(line.split(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            anonymous, file, shmem = (int(fields[name].split()[0]) for name in ("RssAnon", "RssFile", "RssShmem"))
            private += anonymous
            shared = max(shared, file + shmem)
    return (private + shared) / 1024
