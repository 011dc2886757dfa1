"""Options from a configuration file, with a small parser and with the train command."""

from pathlib import Path

import pytest

from emotion.cli.command_parser import command_parser
from emotion.cli.config import with_config
from emotion.cli.entry_points import train
from emotion.cli.training_options import configuration_of, recipe_of, reproducing_command, training_parser
from emotion.errors import InputError
from emotion.toml_files import read_toml, to_toml

CONFIGS = Path(__file__).parents[3] / "configs"


def small_parser():
    parser = command_parser(allow_abbrev=False)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--data", nargs="+")
    parser.add_argument("--network", choices=("original", "resnet"), default="original")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--overwrite", action="store_true")
    return parser


@pytest.fixture
def parse(tmp_path):
    """Parse arguments after writing a text to the file FILE, whose name they contain."""

    def parse(text, *arguments):
        (tmp_path / "c.toml").write_text(text, encoding="utf-8")
        replaced = [str(tmp_path / "c.toml") if argument == "FILE" else argument for argument in arguments]
        parser = small_parser()
        return parser.parse_args(with_config(parser, replaced))

    return parse


def test_all_kinds_of_options(parse):
    found = parse(
        """
        data = ["a folder", "drawn"]
        network = "resnet"
        output = "-odd name-.npz"
        epochs = -3
        learning_rate = -1e-5
        overwrite = true
        """,
        "--config",
        "FILE",
    )
    assert (found.data, found.network, found.output) == (["a folder", "drawn"], "resnet", Path("-odd name-.npz"))
    assert (found.epochs, found.learning_rate, found.overwrite) == (-3, -1e-5, True)


def test_one_value_for_a_list_whole_number_for_a_fraction_and_false(parse):
    found = parse(
        'data = "drawn"\nlearning-rate = 1\noverwrite = false',
        "--config=FILE".replace("FILE", "nowhere"),
        "--config",
        "FILE",
    )
    assert (found.data, found.learning_rate, found.overwrite) == (["drawn"], 1.0, False)


@pytest.mark.parametrize("arguments", [("--epochs", "7", "--config", "FILE"), ("--config", "FILE", "--epochs", "7")])
def test_arguments_override_the_file_wherever_they_stand(parse, arguments):
    found = parse('epochs = 5\ndata = ["a", "b"]\nnetwork = "resnet"', *arguments, "--data", "c")
    assert (found.epochs, found.data, found.network) == (7, ["c"], "resnet")


def test_without_a_file_nothing_changes():
    assert with_config(small_parser(), ["--epochs", "3"]) == ["--epochs", "3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch = 3", "unknown setting 'epoch'; the settings are the options of --help"),
        ("config = 'other.toml'", "unknown setting 'config'"),
        ("help = true", "unknown setting 'help'"),
        ("version = true", "unknown setting 'version'"),
        ("[recipe]\nepochs = 3", "unknown setting 'recipe'"),
        ("epochs = 'many'", "epochs cannot be 'many'; give an integer"),
        ("epochs = '3'", "epochs cannot be '3'; give an integer"),
        ("epochs = 1.5", "epochs cannot be 1.5; give an integer"),
        ("epochs = true", "epochs cannot be True; give an integer"),
        ("epochs = [3]", "epochs cannot be [3]; give an integer"),
        ("epochs = 2024-01-01", "epochs cannot be"),
        ("learning-rate = 'fast'", "learning-rate cannot be 'fast'; give a number"),
        ("network = 'vgg'", "network cannot be 'vgg'; choose from original, resnet"),
        ("network = 3", "network cannot be 3; choose from original, resnet"),
        ("output = 3", "output cannot be 3; give a string"),
        ("overwrite = 1", "overwrite cannot be 1; give true or false"),
        ("overwrite = 'yes'", "overwrite cannot be 'yes'; give true or false"),
        ("data = []", "data cannot be []; give a string or a list"),
        ("data = ['a', 3]", "data cannot be ['a', 3]; give a string or a list"),
        ("data = ['a', '--overwrite']", "data cannot be ['a', '--overwrite']"),
        ("data = {a = 1}", "data cannot be {'a': 1}"),
        ("epochs 3", "not a TOML file"),
        ("epochs = 3\nepochs = 4", "not a TOML file"),
        ("epochs = " + "[" * 5000, "not a TOML file"),
    ],
)
def test_impossible_settings(parse, text, said):
    with pytest.raises(InputError) as caught:
        parse(text, "--config", "FILE")
    assert said in str(caught.value)
    assert "c.toml: " in str(caught.value)


@pytest.mark.parametrize("name", ["original", "resnet"])
def test_included_configurations_are_valid(name):
    parser = training_parser()
    arguments = parser.parse_args(with_config(parser, ["--config", str(CONFIGS / f"{name}.toml")]))
    assert arguments.network == name
    assert arguments.output == Path("weights") / f"{name}.npz"


def line_of(capsys, arguments):
    """Run the train command, which must fail with one line, and return it."""
    assert train(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.mark.parametrize(
    "content", ["epochs = 'many'", "colour = 'red'", "network = 'vgg'", "epochs = = 3", b"\xff\xfe"]
)
def test_train_reports_a_bad_file_in_one_line(tmp_path, capsys, content):
    path = tmp_path / "c.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert line_of(capsys, ["--config", str(path)]).startswith(f"error: --config {path}: ")


def test_train_reports_a_file_that_cannot_be_read(tmp_path, capsys):
    missing = line_of(capsys, ["--config", str(tmp_path / "none.toml")])
    assert (
        missing
        == f"error: --config {tmp_path / 'none.toml'}: cannot be read (No such file or directory); check the path"
    )
    assert "cannot be read" in line_of(capsys, ["--config", str(tmp_path)])


def test_values_out_of_range_are_refused_as_on_the_command_line(tmp_path, capsys):
    (tmp_path / "c.toml").write_text("epochs = 0")
    assert "epochs is 0" in line_of(capsys, ["--config", str(tmp_path / "c.toml")])
    (tmp_path / "c.toml").write_text("epochs = 3")
    assert "epochs is -1" in line_of(capsys, ["--config", str(tmp_path / "c.toml"), "--epochs", "-1"])


@pytest.mark.parametrize("arguments", [["--conf", "c.toml"], ["--config"]])
def test_abbreviated_or_missing_name_is_not_ignored(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text("epochs = 0")
    with pytest.raises(SystemExit) as caught:
        train(arguments)
    assert caught.value.code == 2
    assert "--conf" in capsys.readouterr().err.splitlines()[-1]


def test_settings_are_in_the_command_that_is_stored(tmp_path):
    """The command with the settings in place of the file reproduces the weights without it."""
    (tmp_path / "c.toml").write_text('data = ["my faces"]\nepochs = 5\noutput = "w.npz"\noverwrite = true')
    argv = with_config(training_parser(), ["--seed", "4", "--config", str(tmp_path / "c.toml"), "--run", "x"])
    assert reproducing_command(argv) == "python scripts/train.py --data 'my faces' --epochs=5 --seed 4"
    assert training_parser().parse_args(argv).output == Path("w.npz")


def test_what_is_written_is_what_was_given(tmp_path):
    parser = training_parser()
    given = ["--data", 'a "b" \\ c', "é\x7f", "--epochs", "7", "--learning-rate", "3e-5", "--pretrained", "w.npz"]
    arguments = parser.parse_args([*given, "--run", "elsewhere", "--overwrite"])
    settings = configuration_of(parser, arguments, recipe_of(arguments))
    assert settings["data"] == ['a "b" \\ c', "é\x7f"]
    assert {"batch-size", "validation", "patience", "votes"} <= settings.keys()
    assert not {"run", "output", "overwrite", "resume", "check", "threads", "config", "help"} & settings.keys()
    (tmp_path / "c.toml").write_text(to_toml(settings), encoding="utf-8")
    again = parser.parse_args(with_config(parser, ["--config", str(tmp_path / "c.toml")]))
    assert configuration_of(parser, again, recipe_of(again)) == settings
    assert read_toml(tmp_path / "c.toml", "") == settings
    (tmp_path / "c.toml").write_text(to_toml(settings), encoding="utf-8-sig")  # as Notepad may write it
    assert read_toml(tmp_path / "c.toml", "") == settings
    with pytest.raises(InputError, match=r"^data is .*not UTF-8"):
        to_toml({"data": ["\udcff"]})
