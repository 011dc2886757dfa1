import numpy as np

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.summary import OverlapCount, summarise


def dataset(subjects, seed=0):
    number = len(subjects)
    faces = np.random.default_rng(seed).integers(0, 256, (number, 64, 64)).astype(np.uint8)
    unknown = np.full(number, "")
    return FaceDataset("set", faces, np.arange(number) % 8, np.array(subjects), unknown, unknown)


def test_table():
    sets = {"training": dataset(["a", "a", "b", "", "", "", "", "", "c"]), "test": dataset(["d"])}
    text = summarise(sets, ["a sentence of many words " * 5]).to_text().splitlines()
    assert max(map(len, text)) <= 80
    rows = {line[:20].strip(): line[20:].split() for line in text if line and line[0] != " "}
    assert rows["neutral"] == ["2", "1"]
    assert rows["surprise"] == ["1", "0"]
    assert (rows["faces"], rows["subjects"], rows["of unknown subject"]) == (["9", "1"], ["3", "1"], ["5", "0"])


def test_overlap_of_several_pairs():
    train, test = dataset(["a", "b", "c", "d"]), dataset(["a", "x", "y", "z"], seed=1)
    test.faces[1] = train.faces[2]
    test.faces[2] = np.clip(train.faces[3].astype(int) + 1, 0, 255)
    count = OverlapCount()
    count.add(test, train)
    count.add(test, dataset(["z"], seed=2))
    assert count.sentence("test") == (
        "of 8 test faces, also in training: 1 same pictures, 1 near-duplicates, 2 same people"
    )
    count = OverlapCount(most_pairs=10)
    count.add(test, train)
    assert "1 same pictures, near-duplicates not searched" in count.sentence("test")
