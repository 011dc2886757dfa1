"""Synthetic faces, drawn from two sets of parameters: the person's identity and the facial expression.

``identity`` and ``expression`` define the parameters, and ``geometry`` computes curves and positions from them.
``head``, ``features`` and ``hair`` paint them on a ``raster``. ``portrait`` combines them into one person, and
``scene`` places people in front of a background. ``loader`` creates the data set and the example pictures.

Lengths are in face units: the distance between the pupils is 1, and the origin is halfway between them. x points to
the right and y points down.
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
