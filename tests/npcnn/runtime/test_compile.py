"""Machine code kept on disk: never in the way, never of another machine, never out of date."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import npcnn

CALL_A_KERNEL = """
import os
import numpy as np
import npcnn
from npcnn import kernels
npcnn.set_thread_count(int(os.environ.get("THREADS", "1")))
x = np.random.default_rng(0).standard_normal(300_000)
y = kernels.elu_forward(x, 1.0)
print(np.abs(y - np.where(x > 0, x, np.expm1(x))).max() < 1e-12)
"""


def machine_code(folder: Path) -> dict[Path, int]:
    """The files of machine code below a folder, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a fresh copy of the package, without any machine code."""
    source = Path(npcnn.__file__).parent
    shutil.copytree(source, tmp_path / "copy" / "npcnn", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "copy"


def block_caches(copied: Path) -> None:
    """Put a file where each folder for machine code would have to be."""
    for folder in {source.parent for source in (copied / "npcnn").rglob("*.py")}:
        (folder / "__pycache__").touch()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, run_python: Callable[..., str]) -> Path:
    """A cache that two processes started to fill at the same time."""
    folder = tmp_path_factory.mktemp("cache")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_python, CALL_A_KERNEL, NUMBA_CACHE_DIR=str(folder)) for _ in range(2)]
    assert [run.result() for run in runs] == ["True", "True"]
    return folder


def test_another_number_of_threads_finds_the_machine_code(cache: Path, run_python: Callable[..., str]) -> None:
    before = machine_code(cache)
    assert before
    assert run_python(CALL_A_KERNEL, NUMBA_CACHE_DIR=str(cache), THREADS="2") == "True"
    assert machine_code(cache) == before


def test_another_type_of_machine_compiles_its_own(cache: Path, run_python: Callable[..., str]) -> None:
    before = machine_code(cache)
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(cache)}
    assert run_python(CALL_A_KERNEL, **other) == "True"
    both = machine_code(cache)
    assert len(both) == 2 * len(before)
    assert both.items() >= before.items()
    assert run_python(CALL_A_KERNEL, NUMBA_CACHE_DIR=str(cache)) == "True"
    assert machine_code(cache) == both


def test_machine_code_is_kept_beside_the_kernels(copied: Path, run_python: Callable[..., str]) -> None:
    assert run_python(CALL_A_KERNEL, copied) == "True"
    folders = {path.parent for path in machine_code(copied)}
    assert copied / "npcnn" / "kernels" / "__pycache__" in folders
    assert {folder.name for folder in folders} == {"__pycache__"}


def test_a_package_that_cannot_be_written_uses_the_folder_of_the_user(
    copied: Path, tmp_path: Path, run_python: Callable[..., str]
) -> None:
    block_caches(copied)
    assert run_python(CALL_A_KERNEL, copied, XDG_CACHE_HOME=str(tmp_path / "user")) == "True"
    assert machine_code(tmp_path / "user")


def test_without_any_folder_kernels_run_all_the_same(
    copied: Path, tmp_path: Path, run_python: Callable[..., str]
) -> None:
    block_caches(copied)
    below_a_file = str(tmp_path / "file" / "below")
    (tmp_path / "file").touch()
    assert run_python(CALL_A_KERNEL, copied, HOME=below_a_file, XDG_CACHE_HOME=below_a_file) == "True"
    assert not machine_code(tmp_path)


def test_a_full_disk_is_no_obstacle(copied: Path, run_python: Callable[..., str]) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
    assert run_python(full + CALL_A_KERNEL, copied) == "True"
    assert not machine_code(copied)


def test_a_change_in_another_file_makes_machine_code_stale(copied: Path, run_python: Callable[..., str]) -> None:
    folder = copied / "npcnn" / "kernels"
    header = "from npcnn.runtime.compile import kernel\n"
    helper, caller = folder / "a_helper.py", folder / "a_caller.py"
    helper.write_text(header + "\n@kernel\ndef helper(x):\n    return 2 * x\n")
    caller.write_text(
        header + "from npcnn.kernels.a_helper import helper\n\n@kernel\ndef caller(x):\n    return helper(x)\n"
    )
    call = "from npcnn.kernels.a_caller import caller; print(caller(10))"
    assert run_python(call, copied) == "20"
    before = machine_code(copied)
    assert run_python(call, copied) == "20"
    assert machine_code(copied) == before
    helper.write_text(helper.read_text().replace("2 * x", "300 * x"))
    os.utime(helper, ns=(0, 0))  # even when the clock went backwards
    assert run_python(call, copied) == "3000"
