"""The eight emotions in the order of the network's outputs, and the spellings used by other data sets."""

from emotion.errors import InputError

EMOTIONS = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
"""The index is the class label, as in the Extended Cohn-Kanade (CK+) emotion files."""

_SPELLINGS = {
    "neutral": ("neutrality", "none", "calm"),
    "anger": ("angry", "angered"),
    "contempt": ("contemptuous", "scorn"),
    "disgust": ("disgusted",),
    "fear": ("fearful", "afraid", "scared"),
    "happy": ("happiness", "joy", "joyful", "smile", "smiling"),
    "sadness": ("sad", "sorrow"),
    "surprise": ("surprised", "surprize", "astonished"),
}
_INDEX = {spelling: index for index, emotion in enumerate(EMOTIONS) for spelling in (emotion, *_SPELLINGS[emotion])}


def emotion_index(name: str) -> int:
    """Return the class label of an emotion, given any common spelling in any case: ``"Angry"`` is 1.

    Raises InputError for an unknown emotion.
    """
    index = _INDEX.get(name.strip().lower())
    if index is None:
        raise InputError(f"unknown emotion {name!r}; the emotions are {', '.join(EMOTIONS)}")
    return index
