"""The export command: the file, the comparison and errors."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from emotion.cli import export as module
from emotion.cli.entry_points import export as main
from emotion.networks.original import build_network
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Random weights of the original network."""
    EmotionRecognizer(build_network(0)).save(tmp_path / "w.npz")
    return tmp_path / "w.npz"


def names(folder: Path) -> list[str]:
    """The names of all files in a folder."""
    return sorted(file.name for file in folder.iterdir())


def hide(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Let the command not find these packages, and all others."""
    monkeypatch.setattr(module, "find_spec", lambda name: None if name in packages else object())


def test_export_is_compared(weights: Path, capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    output = weights.with_name("emotion.onnx")
    assert main([str(weights), "--onnx", str(output)]) == 0
    compared, saved = capsys.readouterr().out.splitlines()
    assert "on 16 drawn faces: " in compared
    assert float(compared.rsplit(" ", 1)[1]) < 1e-5
    assert saved == f"saved {output}: faces (N, 1, 64, 64) -> probabilities (N, 8)"
    onnx.checker.check_model(str(output))
    assert names(weights.parent) == ["emotion.onnx", "w.npz"]


def test_wrong_results_are_not_written(
    weights: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    monkeypatch.setattr("emotion.export.comparison.largest_difference", lambda *_: 1e-3)
    assert main([str(weights), "--onnx", str(weights.with_name("emotion.onnx"))]) == 2
    assert "emotion.onnx: not written" in capsys.readouterr().err
    assert names(weights.parent) == ["w.npz"]


def test_without_onnx_runtime(weights: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    hide(monkeypatch, "onnxruntime")
    assert main([str(weights), "--onnx", str(weights.with_name("emotion.onnx"))]) == 0
    assert "not compared" in capsys.readouterr().out
    assert names(weights.parent) == ["emotion.onnx", "w.npz"]


def test_without_onnx(weights: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "onnx", "onnxruntime")
    assert main([str(weights), "--onnx", str(weights.with_name("emotion.onnx"))]) == 2
    assert capsys.readouterr().err == "error: the package onnx is missing; pip install onnx\n"


def test_included_weights_of_a_network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    exported: list[Path] = []
    hide(monkeypatch)
    monkeypatch.setattr(module, "export", lambda weights, output: exported.append(weights))
    assert main(["--onnx", "a.onnx"]) == 0
    assert main(["--onnx", "a.onnx", "--network", "original"]) == 0
    assert exported == [shipped_weights(), shipped_weights("original")]
    with pytest.raises(SystemExit, match="2"):
        main(["w.npz", "--onnx", "a.onnx", "--network", "original"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_wrong_arguments(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["--onnx", "emotion.txt"]) == 2
    assert "must end in .onnx" in capsys.readouterr().err
    if importlib.util.find_spec("onnx"):
        assert main([str(tmp_path / "nothing.npz"), "--onnx", str(tmp_path / "emotion.onnx")]) == 2
        assert "no weights at" in capsys.readouterr().err
    assert names(tmp_path) == []
