"""The folder of a run: who may write to it."""

import shutil

import pytest

from emotion.cli.run_folder import RunFolder
from emotion.errors import InputError
from npcnn import Epoch


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "run", {"data": ["a"], "epochs": 2})


def test_a_new_or_empty_folder_is_free(folder):
    folder.check(resume=False)
    folder.path.mkdir()
    folder.check(resume=False)
    for name in (".DS_Store", "Thumbs.db"):
        (folder.path / name).touch()
    folder.check(resume=False)
    with pytest.raises(InputError, match="no training to resume"):
        folder.check(resume=True)


def test_a_folder_with_something_else_or_a_file_is_refused(folder):
    folder.path.write_text("")
    with pytest.raises(InputError, match="something else than a training; choose another --run"):
        folder.check(resume=False)
    folder.path.unlink()
    folder.path.mkdir()
    (folder.path / "holiday.jpg").write_text("")
    with pytest.raises(InputError, match="something else"):
        folder.check(resume=True)


@pytest.mark.parametrize("resume", [True, False])
def test_another_training_is_named(folder, resume):
    folder.create()
    other = RunFolder(folder.path, {"data": ["a", "b"], "epochs": 2})
    with pytest.raises(InputError, match=r"config\.toml .* data was \['a'\], and is \['a', 'b'\] now; choose another"):
        other.check(resume)
    (folder.path / "config.toml").write_text("epochs =")
    with pytest.raises(InputError, match=r"config\.toml: not a TOML file"):
        other.check(resume)


def test_the_same_training_is_resumed_only_on_request_and_only_once(folder):
    folder.path.mkdir()
    for name in ("checkpoint.npz1234.part", ".history.1234.tmp.csv"):
        (folder.path / name).write_text("")
    folder.create()
    assert [file.name for file in folder.path.iterdir()] == ["config.toml"]
    folder.check(resume=True)  # interrupted before the first checkpoint
    with pytest.raises(InputError, match="interrupted; continue it with --resume"):
        folder.check(resume=False)
    folder.report.write_text("")
    folder.checkpoint.write_text("")
    folder.check(resume=True)  # interrupted before the checkpoint was deleted
    folder.checkpoint.unlink()
    with pytest.raises(InputError, match="finished; there is nothing to resume"):
        folder.check(resume=True)


def test_an_interrupted_cross_validation_begins_anew(tmp_path):
    folder = RunFolder(tmp_path / "run", {"split": "folds"})
    folder.create()  # killed before the report
    folder.check(resume=False)
    folder.report.write_text("")
    with pytest.raises(InputError, match="finished; choose another --run"):
        folder.check(resume=False)


def test_a_folder_that_was_deleted_can_be_resumed_again(folder):
    folder.create()
    shutil.rmtree(folder.path)
    folder.path.mkdir()
    folder.checkpoint.write_text("")
    folder.write_history([Epoch(1, 2.5, 0.25, 1e-3, 4.0)])
    folder.check(resume=True)


def test_history(folder):
    folder.create()
    curves = folder.write_history([Epoch(1, 2.5, 0.25, 1e-3, 4.0), Epoch(2, 2.0, 0.5, 1e-4, 4.0, 1.5, 0.75)])
    assert (folder.path / "history.csv").read_text().splitlines() == [
        "epoch,loss,accuracy,learning_rate,seconds,validation_loss,validation_accuracy",
        "1,2.5,0.25,0.001,4.0,,",
        "2,2.0,0.5,0.0001,4.0,1.5,0.75",
    ]
    assert (folder.path / "curves.svg").read_text() == curves
