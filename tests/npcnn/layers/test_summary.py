"""The table of a network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from npcnn import Conv2D, Dense, Residual, Sequential, parameter_count, summary


def test_parameters_are_counted(build_small_network: Callable) -> None:
    assert parameter_count(build_small_network(0)) == (4 * 2 * 9 + 4) + (4 * 2 * 4 + 4) + (64 * 3 + 3)


def test_the_table_shows_each_layer_its_output_and_its_parameters(build_small_network: Callable) -> None:
    lines = summary(build_small_network(0), (2, 8, 8)).splitlines()
    rows = [line.split() for line in lines if not line.startswith("-")]
    assert rows == [
        ["layer", "output", "parameters"],
        ["Sequential", "3", "307"],
        ["0", "Residual", "4x4x4", "112"],
        ["body", "Sequential", "4x4x4", "76"],
        ["0", "Conv2D", "4x8x8", "76"],
        ["1", "MaxPool2D", "4x4x4", "0"],
        ["2", "ELU", "4x4x4", "0"],
        ["shortcut", "Sequential", "4x4x4", "36"],
        ["0", "Conv2D", "4x4x4", "36"],
        ["1", "ELU", "4x4x4", "0"],
        ["1", "Dropout", "4x4x4", "0"],
        ["2", "Flatten", "64", "0"],
        ["3", "Dense", "3", "195"],
        ["total", "307"],
    ]
    assert len({len(line) for line in lines}) == 1  # columns line up


def test_layers_that_do_not_fit_are_found() -> None:
    with pytest.raises(ValueError, match=r"Dense expected an input of shape \(10,\), got \(12,\)"):
        summary(Sequential(Dense(8, 12), Dense(10, 2)), (8,))
    with pytest.raises(ValueError, match=r"the body gives \(2, 4, 4\), the shortcut \(2, 2, 2\)"):
        summary(Residual(Conv2D(1, 2, 3), Conv2D(1, 2, 2, stride=2)), (1, 4, 4))


def test_the_activation_of_a_residual_sees_its_sum() -> None:
    block = Residual(Conv2D(1, 2, 2, stride=2), Conv2D(1, 2, 2, stride=2), Sequential(Conv2D(2, 2, 3, bias=False)))
    rows = [line.split() for line in summary(block, (1, 4, 4)).splitlines()]
    assert ["activation", "Sequential", "2x2x2", "36"] in rows


def test_channels_that_do_not_fit_are_found() -> None:
    with pytest.raises(ValueError, match="Conv2D expected"):
        summary(Sequential(Conv2D(1, 2, 3), Conv2D(3, 2, 3)), (1, 4, 4))
