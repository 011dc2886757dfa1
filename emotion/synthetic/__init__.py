"""Faces drawn from two sets of parameters: who is shown, and what the face expresses.

``identity`` and ``expression`` say what there is to draw. ``shaping`` works out where it lies (``geometry``), ``folds``
which lines it leaves in the skin, and ``relief`` how it is lit. ``head``, ``features``, ``hair``, ``beard`` and
``glasses`` paint it on a ``raster``, ``portrait`` puts one person together, and ``scene`` several before a
``background``. ``loader`` makes a data set of them, ``examples`` the project's example pictures.

Lengths are in face units: the distance between the pupils is 1, the origin is between them, x points right and y down.
"""

from emotion.synthetic.expression import EMOTION_UNITS, Expression, random_expression
from emotion.synthetic.identity import Identity, random_identity
from emotion.synthetic.loader import load_drawn
from emotion.synthetic.portrait import View, draw_face, random_view
from emotion.synthetic.scene import draw_scene

__all__ = [
    "EMOTION_UNITS",
    "Expression",
    "Identity",
    "View",
    "draw_face",
    "draw_scene",
    "load_drawn",
    "random_expression",
    "random_identity",
    "random_view",
]
