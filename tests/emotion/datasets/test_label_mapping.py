from pathlib import Path

import pytest

from emotion.datasets.label_mapping import read_label_mapping
from emotion.errors import InputError
from emotion.labels import EMOTIONS

MAPPINGS = Path(__file__).parents[3] / "configs" / "labels"


@pytest.fixture
def read(tmp_path):
    """A function from the text of a mapping file to the mapping."""

    def read(text):
        (tmp_path / "m.toml").write_text(text, encoding="utf-8")
        return read_label_mapping(tmp_path / "m.toml")

    return read


def test_all_settings(read):
    mapping = read("file = 'pth'\nemotion = 'Ausdruck'\npart = 'fold'\nroot = 'images'\nsubject = '^(p\\d+)/'\n"
                   "[labels]\n1 = 'surprise'\n'Wut' = 'Angry'\n2 = ''\n")  # fmt: skip
    assert (mapping.file, mapping.emotion, mapping.part, mapping.root) == ("pth", "Ausdruck", "fold", "images")
    meaning = mapping.meanings(["1", "wut ", "2", "happy", "1"], "here", "")
    assert meaning == {"1": 7, "wut ": 1, "2": None, "happy": 5}
    assert [mapping.subject_of(name) for name in ("p12/a.png", "x/p12/a.png")] == ["p12", ""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[labels]\n1 = 'bored'", "label 1: unknown emotion 'bored'"),
        ("[labels]\n1 = 2", "label 1: 2 is not a string"),
        ("labels = 3", "labels must be a table"),
        ("label = 'a'", "unknown setting 'label'; there are labels, file,"),
        ("file = 3", "file cannot be 3"),
        ("root = ''", "root cannot be ''"),
        ("subject = '('", "subject is not a regular expression"),
        ("[labels", "not a TOML file"),
    ],
)
def test_impossible_settings(read, text, said):
    with pytest.raises(InputError) as caught:
        read(text)
    assert said in str(caught.value)
    assert "m.toml: " in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        read_label_mapping(tmp_path / "none.toml")


@pytest.mark.parametrize(("name", "emotions"), [("rafdb", set(EMOTIONS) - {"contempt"}), ("affectnet", set(EMOTIONS))])
def test_included_mappings(name, emotions):
    labels = read_label_mapping(MAPPINGS / f"{name}.toml").labels
    named = [EMOTIONS[label] for label in labels.values() if label is not None]
    assert len(named) == len(emotions)
    assert set(named) == emotions
    assert EMOTIONS[labels["1"]] == {"rafdb": "surprise", "affectnet": "happy"}[name]
