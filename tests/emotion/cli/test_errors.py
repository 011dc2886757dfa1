import os
import subprocess
import sys
from pathlib import Path

import pytest

from emotion.cli.errors import run
from emotion.errors import InputError
from npcnn.serialization import WeightsError


def raising(error):
    def command():
        raise error

    return command


def test_success_is_silent(capsys):
    assert run(lambda: 0) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("a.png: empty"), "error: a.png: empty\n"),
        (InputError("two\nlines"), "error: two lines\n"),
        (WeightsError("w.npz: for another network"), "error: w.npz: for another network\n"),
        (PermissionError(13, "Permission denied", "/x"), "error: /x: Permission denied\n"),
        (OSError(28, "No space left on device"), "error: No space left on device\n"),
    ],
)
def test_user_errors_print_one_line_and_return_2(capsys, error, line):
    assert run(raising(error)) == 2
    assert capsys.readouterr() == ("", line)


def test_missing_package_message_says_how_to_install(capsys):
    assert run(raising(ModuleNotFoundError("No module named 'cv2'"))) == 2
    message = capsys.readouterr().err
    assert "cv2" in message
    assert "opencv-python>=4.10,<5" in message
    assert message.count("\n") == 1


def test_interrupt_returns_130(capsys):
    assert run(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


@pytest.mark.parametrize("error", [ValueError("a defect"), TypeError("a defect"), ZeroDivisionError("a defect")])
def test_other_exceptions_propagate(error):
    with pytest.raises(type(error), match="a defect"):
        run(raising(error))


def test_broken_pipe_and_ascii_terminal():
    program = """
import sys
from emotion.cli.errors import run

def command():
    for _ in range(100_000):
        print("лицо 顔 \\udcff", flush=True)
    return 0

sys.exit(run(command))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    first_line = process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141
    assert first_line == rb"\u043b\u0438\u0446\u043e \u9854 \udcff" + b"\n"


@pytest.mark.parametrize("flush", [True, False])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_on_a_full_disk(flush):
    """Also what is still in the buffer at the end."""
    program = (
        "import sys; from emotion.cli.errors import run\n"
        f"def command():\n    print('an answer', flush={flush})\n    return 0\n"
        "sys.exit(run(command))"
    )
    with Path("/dev/full").open("wb") as full:
        environment = os.environ | {"PYTHONUNBUFFERED": ""}
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    expected = "error: the output cannot be written (No space left on device); make room, or write it elsewhere\n"
    assert done.stderr == expected


def test_missing_system_library_names_the_headless_package(capsys):
    def fail():
        raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    assert run(fail) == 2
    assert "opencv-python-headless" in capsys.readouterr().err
