from emotion.cli.entry_points import draw_examples as main
from emotion.pictures import read_picture


def test_pictures_are_written_and_can_be_read(tmp_path, capsys):
    folder = tmp_path / "drawn é\x1b[2J pictures"
    assert main(["--output", str(folder), "--seed", "1"]) == 0
    written = sorted(path.name for path in folder.iterdir())
    assert written == ["anger.png", "disgust.png", "happy.png", "sadness.png", "several.png", "surprise.png"]
    out = capsys.readouterr().out
    assert out.count(".png") == 6
    assert "\x1b" not in out
    assert all(read_picture(path).ndim == 3 for path in folder.iterdir())


def test_negative_seed_and_file_as_output_folder_are_errors(tmp_path, capsys):
    assert main(["--output", str(tmp_path), "--seed", "-1"]) == 2
    assert capsys.readouterr().err == "error: the seed of drawn faces is -1; it must be 0 or more\n"
    file = tmp_path / "file"
    file.touch()
    assert main(["--output", str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
