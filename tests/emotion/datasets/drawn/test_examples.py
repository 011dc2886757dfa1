import cv2

from emotion.datasets.drawn.examples import draw_examples
from emotion.faces import find_faces
from emotion.labels import EMOTIONS


def test_examples_are_named_for_what_they_show_and_every_face_is_found():
    pictures = draw_examples(0)
    assert set(pictures) - set(EMOTIONS) == {"several"}
    for name, picture in pictures.items():
        found = find_faces(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        assert len(found) == (4 if name == "several" else 1), name
