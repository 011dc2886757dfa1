"""The installed commands and the scripts are the same, and all of them exist."""

import re
from pathlib import Path

import pytest

import emotion
from emotion.cli import entry_points

ROOT = Path(__file__).parents[3]


def test_commands_of_the_package_exist():
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    commands = dict(re.findall(r'"emotion-([\w-]+) = emotion\.cli\.entry_points:(\w+)"', setup))
    assert {"train", "predict", "evaluate", "calibrate"} <= commands.keys()
    for command, function in commands.items():
        assert command.replace("-", "_") == function
        assert callable(getattr(entry_points, function))
        assert (ROOT / "scripts" / f"{function}.py").is_file()
        assert (ROOT / "emotion" / "cli" / f"{function}.py").is_file()


def test_scripts_call_the_function_of_their_name():
    for script in (ROOT / "scripts").glob("*.py"):
        assert f"sys.exit({script.stem}())" in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(script.stem for script in (ROOT / "scripts").glob("*.py")))
def test_all_commands_know_their_version(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        getattr(entry_points, name)(["--version"])
    assert capsys.readouterr().out == f"npcnn-emotion {emotion.__version__}\n"
