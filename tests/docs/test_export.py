"""The Python program in docs/export.md gives what the recogniser gives; the JavaScript has its size and labels."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import DEFAULT_NETWORK, NETWORKS, build_network, input_shape
from emotion.pictures import write_picture
from emotion.recognizer import EmotionRecognizer

DOCUMENT = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


def test_javascript_is_for_the_network_that_is_exported_by_default() -> None:
    (program,) = re.findall(r"```js\n(.*?)```", DOCUMENT, re.DOTALL)
    (size,) = re.findall(r"size = (\d+)\)", program)
    (labels,) = re.findall(r"labels = (\[.*?\]);", program)
    assert int(size) == input_shape(DEFAULT_NETWORK)[1]
    assert tuple(ast.literal_eval(labels)) == EMOTIONS


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("side", [40, 100])
def test_program_gives_the_probabilities_of_the_recognizer(
    name: str, side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from emotion.export.model import to_onnx

    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    recognizer = EmotionRecognizer(build_network(name, 0), Metadata(name, input_shape(name)[1], temperature=0.5))
    face = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    monkeypatch.chdir(tmp_path)
    write_picture("face.png", face)
    onnx.save(to_onnx(recognizer), "emotion.onnx")
    exec(compile(program, "docs/export.md", "exec"), {})
    printed = ast.literal_eval(capsys.readouterr().out)
    assert list(printed) == list(recognizer.metadata.labels)
    np.testing.assert_allclose(list(printed.values()), recognizer.classify([face])[0], atol=1e-5)
