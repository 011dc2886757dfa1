import numpy as np

from emotion.datasets.drawn.geometry import Eye, Turn


def test_a_turn_shifts_the_middle_and_leaves_the_rim():
    turn = Turn(yaw=0.1, pitch=-0.05)
    np.testing.assert_allclose(turn((0.0, 0.0)), [0.1, -0.05])
    np.testing.assert_allclose(turn(np.array([[1.3, 0.0], [0.0, 2.1]])), [[1.3, 0.0], [0.0, 2.1]])


def test_the_opening_of_an_eye_goes_once_round():
    u = np.linspace(-1, 1, 9)
    upper, lower = np.column_stack([u, u**2 - 1]), np.column_stack([u, 1 - u**2])
    x, y = Eye(1, upper, lower, upper, np.zeros(2), 0.1).opening.T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    np.testing.assert_allclose(area, 2 * 4 / 3, rtol=0.03)
