"""Archives on a local Dask cluster, of which a worker is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.networks.original import build_network
from emotion.synthetic import draw_scene
from npcnn import save_weights

distributed = pytest.importorskip("distributed", reason="needs the extra archive")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra archive")

from emotion.archive import COLUMNS, SETTINGS, ArchiveSummary, recognize_archive  # noqa: E402
from emotion.recognizer import EmotionRecognizer  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # of Dask


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Sixteen small pictures, of which one is empty and one has no face, and random weights."""
    folder = tmp_path_factory.mktemp("archive")
    scene = draw_scene(np.random.default_rng(0), ["happy", "fear"], (320, 160))[0]
    for number in range(16):
        cv2.imwrite(str(folder / f"{number:02}.png"), scene - np.uint8(number))
    (folder / "05.png").write_bytes(b"")
    cv2.imwrite(str(folder / "07.png"), np.full((60, 60), 99, np.uint8))
    save_weights(build_network(0), folder / "weights.npz")
    return folder


def read(folder: Path) -> list[dict]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]


def test_table_is_complete_after_a_worker_was_killed(archive, tmp_path):
    paths = sorted(archive.glob("*.png"))
    output = tmp_path / "table"
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        first, *_ = client.run(os.getpid).values()
        killed = []

        def kill(done, total):
            if not killed:
                killed.append(first)
                os.kill(first, signal.SIGKILL)

        options = {"partition_size": 4, "weights": archive / "weights.npz"}
        summary = recognize_archive(paths, output, client, track=kill, **options)
    assert killed
    assert summary.partitions == 4
    assert (summary.kept, summary.pictures, summary.errors) == (0, 16, 1)
    assert sorted(path.name for path in output.iterdir()) == [SETTINGS, *(f"part-{n:06}.parquet" for n in range(4))]
    rows = read(output)
    assert [row["file"] for row in rows if row["face"] in (None, 1)] == list(map(str, paths))
    answers = list(EmotionRecognizer.load(archive / "weights.npz").recognize_many(paths))
    for path, answer in zip(paths, answers, strict=True):
        found = [row for row in rows if row["file"] == str(path)]
        if isinstance(answer, InputError):
            assert [(row["face"], row["error"]) for row in found] == [(None, str(answer))]
            continue
        assert [tuple(row[name] for name in ("x", "y", "width", "height")) for row in found if row["face"]] == [
            face.box for face in answer
        ]
        for row, face in zip(found, answer, strict=bool(answer)):
            assert list(row) == list(COLUMNS)
            assert (row["emotion"], row["uncertain"], row["error"]) == (face.emotion, face.uncertain, None)
            assert row["score"] == pytest.approx(face.score)
            assert [row[name] for name in EMOTIONS] == pytest.approx(list(face.probabilities.values()), rel=1e-4)
    assert sum(len(answer) for answer in answers if not isinstance(answer, InputError)) == summary.faces > 14


def test_interrupted_run_goes_on(archive, tmp_path):
    paths = sorted(archive.glob("*.png"))[4:8]
    options = {"partition_size": 2, "weights": archive / "weights.npz", "table": "csv"}
    (tmp_path / ".part-000001.1.tmp.csv").touch()  # of a run that was killed; hidden files do not matter
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:

        def interrupt(done, total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            recognize_archive(paths, tmp_path, client, track=interrupt, **options)
        first = tmp_path / "part-000000.csv"
        written = first.stat().st_mtime_ns
        summary = recognize_archive(paths, tmp_path, client, **options)
        assert summary.kept >= 1
        assert summary.kept + summary.partitions == 2
        assert first.stat().st_mtime_ns == written
        assert sorted(path.name for path in tmp_path.iterdir()) == [SETTINGS, first.name, "part-000001.csv"]
        header, *rows = (tmp_path / "part-000001.csv").read_text(encoding="utf-8").splitlines()
        assert header.replace('"', "").split(",") == list(COLUMNS)
        assert rows[-1] == f'"{paths[3]}"' + "," * (len(COLUMNS) - 1)
        assert recognize_archive(paths, tmp_path, client, **options) == ArchiveSummary(kept=2)
        with pytest.raises(InputError, match="made with other pictures, paths; give a new folder"):
            recognize_archive(paths[1:], tmp_path, client, **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"paths": "*.png"}, "one path where several are expected"),
        ({"table": "xlsx"}, "table is 'xlsx'"),
        ({"partition_size": 0}, "partition_size is 0"),
        ({"min_score": float("nan")}, "min_score is nan"),
        ({"min_confidence": 2}, "min_confidence is 2"),
        ({"output": Path(__file__).parent}, "not empty; give a new folder"),
        ({"output": Path(__file__)}, "cannot be written"),
    ],
)
def test_wrong_arguments_are_refused_at_once(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        recognize_archive(**{"paths": [], "output": tmp_path / "new"} | changes)
