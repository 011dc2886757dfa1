"""Description of the machine and software versions used for a measurement."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def processors() -> int:
    """Return the number of processors available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(threads: int | None, seed: int, packages: Iterable[str] = ()) -> str:
    """Describe the machine, the versions, the number of threads (unless None) and the seed, in lines of text.

    packages: names of distributions besides NumPy and Numba; those that are not installed are skipped.
    """
    versions = [f"Python {platform.python_version()}"]
    for name in ("numpy", "numba", *packages):
        if found := installed_version(name):
            versions.append(f"{name} {found}")
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return "\n".join(
        [
            f"machine: {_processor_name()}, {processors()} processors, {platform.system()} {platform.machine()}{load}",
            f"versions: {', '.join(versions)}",
            f"seed: {seed}" if threads is None else f"threads: {threads}, seed: {seed}",
        ]
    )


def installed_version(distribution: str) -> str | None:
    """Return the version of a package or its CPU-only variant; None if neither is installed."""
    for name in (distribution, f"{distribution}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _processor_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
