"""Kill trainings and resume them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.processes import command


def killed_trainings(trials: int, seed: int) -> list[str]:
    """Kill a training at a random moment, resume it, and compare the weights with those of an uninterrupted one."""
    rng = np.random.default_rng(seed)
    used = wrong = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        line = command("train.py", "--identities", 4, "--split", "none", "--epochs", 6, "--seed", seed, "--run")
        whole, interrupted = Path(name, "whole"), Path(name, "interrupted")
        started = time.perf_counter()
        subprocess.run([*line, whole], check=True, capture_output=True)
        duration = time.perf_counter() - started
        weights, report = interrupted / "weights.npz", interrupted / "report.html"
        for _ in range(trials):
            shutil.rmtree(interrupted, ignore_errors=True)
            process = subprocess.Popen([*line, interrupted], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.3, 1) * duration)
            process.send_signal(signal.SIGKILL)
            process.wait()
            started = time.perf_counter()
            if not report.exists() or (interrupted / "checkpoint.npz").exists():
                resume = ["--resume"] if (interrupted / "config.toml").exists() else []
                subprocess.run([*line, interrupted, *resume], check=False, capture_output=True)
            same = report.exists() and weights.read_bytes() == (whole / "weights.npz").read_bytes()
            used, wrong = used + same, wrong + (not same)
            slowest = max(slowest, time.perf_counter() - started)
    return [f"{trials:,}", f"{used:,}", "0", f"{wrong:,}", f"{slowest:.2f} s", "-"]
