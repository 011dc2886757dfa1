"""ELU layers."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ELU, check_gradients


@pytest.mark.parametrize("alpha", [1.0, 0.2, 3.0])
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4, 5)])
def test_gradients(alpha: float, shape: tuple, rng: np.random.Generator) -> None:
    assert check_gradients(ELU(alpha), 2 * rng.standard_normal(shape))["x"] <= 1e-6


def test_forward_is_the_formula(rng: np.random.Generator) -> None:
    x = 5 * rng.standard_normal((3, 4), np.float32)
    y = ELU(0.7).forward(x)
    np.testing.assert_allclose(y, np.where(x > 0, x, 0.7 * np.expm1(x)), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("alpha", [0, -1])
def test_alpha_must_be_above_zero(alpha: float) -> None:
    with pytest.raises(ValueError, match=f"alpha must be above 0, got {alpha}"):
        ELU(alpha)
