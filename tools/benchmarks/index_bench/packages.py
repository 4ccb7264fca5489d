"""The peers' packages: which holds what, installed one by one so that one failure is only one."""

import functools
import importlib.metadata
import subprocess
import sys

INSTALL_SECONDS = 600

OF_PREFIX = {
    "hnswlib": "hnswlib", "usearch": "usearch", "voyager": "voyager", "faiss": "faiss-cpu",
    "svs": "scalable-vs", "symqg": "rabitqlib", "rabitq": "rabitqlib",
    "qdrant": "qdrant-edge-py", "zvec": "zvec",
}
"""Of the first part of a peer's name."""


def package(peer):
    return OF_PREFIX[peer.split("_")[0]]


@functools.cache
def install_package(name):
    try:
        importlib.metadata.version(name)
        return None
    except importlib.metadata.PackageNotFoundError:
        pass
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             name],
            capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        return f"{name} was not installed in {INSTALL_SECONDS} s"
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines() or [f"pip left with {done.returncode}"]
    return f"{name} cannot be installed: {said[-1]}"


def install(peer):
    """Sees to it that the peer's package is here; gives the reason if it cannot be."""
    return install_package(package(peer))


def versions():
    """Of the packages that are here."""
    found = {}
    for name in sorted(set(OF_PREFIX.values())):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
