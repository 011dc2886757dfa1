import numpy as np
import pytest

from emotion.datasets.votes import VOTE_COLUMNS, label_votes, parse_votes
from emotion.errors import InputError
from emotion.labels import EMOTIONS


def votes(**cast):
    return [cast.get(name, 0) for name in VOTE_COLUMNS]


@pytest.mark.parametrize("column", range(8))
@pytest.mark.parametrize("rule", ["majority", "distribution"])
def test_columns_map_to_emotions(column, rule):
    row = [0] * 10
    row[column] = 10
    kept, labels, _ = label_votes([row], rule)
    assert kept.tolist() == [0]
    spelled = {"happiness": "happy"}.get(VOTE_COLUMNS[column], VOTE_COLUMNS[column])
    assert EMOTIONS[labels[0]] == spelled


@pytest.mark.parametrize(
    ("cast", "emotion"),
    [
        ({"anger": 6, "fear": 4}, "anger"),
        ({"anger": 5, "fear": 5}, None),
        ({"anger": 4, "fear": 3, "sadness": 3}, None),
        ({"anger": 4, "fear": 3, "sadness": 1, "neutral": 1, "NF": 1}, "anger"),
        ({"anger": 4, "fear": 2, "NF": 2}, None),
        ({"anger": 1, "fear": 1, "sadness": 1}, None),
        ({"unknown": 8, "fear": 2}, None),
        ({"NF": 10}, None),
        ({}, None),
    ],
)
def test_majority_needs_more_than_half_of_the_remaining_votes(cast, emotion):
    kept, labels, distributions = label_votes([votes(**cast)], "majority")
    assert [EMOTIONS[label] for label in labels] == ([emotion] if emotion else [])
    assert len(kept) == len(labels)
    assert distributions is None


def test_distribution_is_the_share_of_remaining_emotion_votes():
    rows = [votes(anger=4, fear=4, sadness=1, unknown=1), votes(happiness=3, contempt=2, unknown=4), votes(surprise=10)]
    kept, labels, distributions = label_votes(rows, "distribution")
    assert kept.tolist() == [0, 1, 2]
    assert [EMOTIONS[label] for label in labels] == ["anger", "happy", "surprise"]
    expected = np.zeros((3, 8))
    expected[0, [1, 4]] = 0.5
    expected[1, [5, 2]] = 0.6, 0.4
    expected[2, 7] = 1
    np.testing.assert_allclose(distributions, expected, atol=1e-7)
    assert distributions.dtype == np.float32


@pytest.mark.parametrize("cast", [{"NF": 5, "fear": 5}, {"unknown": 3, "NF": 3, "fear": 4}, {"fear": 1, "sadness": 1}])
def test_distribution_drops_unclear_faces(cast):
    kept, labels, distributions = label_votes([votes(**cast)], "distribution")
    assert (kept.shape, labels.shape, distributions.shape) == ((0,), (0,), (0, 8))


def test_indices_refer_to_input_rows():
    rows = [votes(NF=10), votes(fear=10), votes(fear=5, anger=5), votes(anger=10)]
    assert label_votes(rows, "majority")[0].tolist() == [1, 3]


@pytest.mark.parametrize("fields", [["1", "x"], ["1", ""], ["-1", "2"], ["1.5", "2"]])
def test_votes_must_be_integers(fields):
    with pytest.raises(InputError, match=r"^a\.csv, row 3: the votes"):
        parse_votes("a.csv, row 3", fields)
