from pathlib import Path

from emotion.cli.outputs import as_text
from emotion.recognizer import Face


def test_certain_and_uncertain_faces_are_aligned():
    sure = Face((1, 2, 30, 30), 3.0, "happy", 0.9, False, {})
    unsure = Face((50, 2, 30, 30), 2.0, "surprise", 0.38, True, {})
    certain, uncertain = as_text(Path("a.png"), [sure, unsure], None).splitlines()[1:]
    assert certain == "  happy     90.0%              30 x 30 at (1, 2), score 3.0"
    assert uncertain == "  uncertain (surprise 38.0%)   30 x 30 at (50, 2), score 2.0"
