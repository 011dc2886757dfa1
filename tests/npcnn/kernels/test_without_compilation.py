"""With NUMBA_DISABLE_JIT=1 every kernel is plain Python: a debugger can step through it, and it computes the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_kernels_agree_with_the_reference_without_compilation() -> None:
    tests = ROOT / "tests" / "npcnn" / "kernels" / "test_kernels.py"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


def test_a_debugger_sees_the_lines_of_a_kernel(tmp_path: Path) -> None:
    program = tmp_path / "trace.py"
    program.write_text(
        """
import sys
import numpy as np
from npcnn import kernels

lines = set()

def trace(frame, event, argument):
    if frame.f_code.co_filename.endswith("forward.py") and frame.f_code.co_name == "convolve":
        lines.add(frame.f_lineno)
    return trace

sys.settrace(trace)
kernels.conv2d_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1), (1, 1), (0, 0, 0, 0))
sys.settrace(None)
print(len(lines))
"""
    )
    output = subprocess.run(
        [sys.executable, program],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert int(output) > 15
