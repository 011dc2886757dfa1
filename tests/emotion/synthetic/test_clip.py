import numpy as np

from emotion.detection import common_area, find_faces
from emotion.pictures import to_gray
from emotion.synthetic.clip import Actor, draw_clip


def test_faces_are_where_the_boxes_are():
    actor = Actor(lambda time: (70 + 100 * time, 80), 26.0, ("happy", "anger"), 0.5)
    frames = list(draw_clip(np.random.default_rng(0), [actor], (240, 160), [0.0, 0.5, 1.0]))
    for picture, (box,) in frames:
        assert picture.shape == (160, 240, 3)
        (face,) = find_faces(to_gray(picture))
        assert common_area(face.box, box) > 0.7 * box[2] * box[3]
    assert [boxes[0][0] - frames[0][1][0][0] for _, boxes in frames] == [0, 50, 100]


def test_actors_may_be_partly_or_wholly_outside():
    actors = [Actor(lambda time: (0, 40), 20.0), Actor(lambda time: (900, 40), 20.0)]
    ((picture, boxes),) = draw_clip(np.random.default_rng(0), actors, (100, 80), [0.0])
    ((alone, _),) = draw_clip(np.random.default_rng(0), actors[:1], (100, 80), [0.0])
    assert np.array_equal(picture, alone)
    assert boxes[1][0] > 800
