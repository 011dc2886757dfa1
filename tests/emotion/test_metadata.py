import json
from dataclasses import replace

import numpy as np
import pytest

from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import NETWORKS, input_shape
from npcnn.serialization import WeightsError

SHARES = (0.3, 0.1, 0.02, 0.03, 0.05, 0.25, 0.15, 0.1)
FULL = Metadata("resnet", 48, EMOTIONS, "python scripts/train.py --seed 1", SHARES, 0.4, 1.3, 0.45)


@pytest.mark.parametrize("metadata", [Metadata(), FULL])
def test_round_trip_through_json(metadata):
    text = json.dumps(metadata.to_dict(), allow_nan=False)
    assert Metadata.from_dict(json.loads(text), "w.npz") == metadata


def test_missing_facts_have_their_defaults():
    assert Metadata.from_dict({}, "w.npz") == Metadata()
    assert Metadata.from_dict({"temperature": 2}, "w.npz") == replace(Metadata(), temperature=2)


@pytest.mark.parametrize("network", NETWORKS)
def test_size_of_each_network(network):
    size = input_shape(network)[1]
    assert Metadata.from_dict({"network": network, "input_size": size}, "w.npz").network == network


HOSTILE = [
    None,
    True,
    "",
    "1",
    [],
    {},
    -1,
    10**400,
    -(10**400),
    float("nan"),
    float("inf"),
    -float("inf"),
    [[1]],
    1e999,
]
"""Values that no fact but a command can have."""


@pytest.mark.parametrize("name", [name for name in Metadata().to_dict() if name != "command"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:12])
def test_hostile_values_are_refused(name, value):
    with pytest.raises(WeightsError, match=rf"^bad\.npz is damaged or for another program: its {name} cannot be used$"):
        Metadata.from_dict({name: value}, "bad.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("network", "vgg"),
        ("network", "resnet.py"),
        ("input_size", 48),  # of the other network
        ("input_size", 64.0),
        ("labels", [*EMOTIONS[1:], EMOTIONS[0]]),
        ("labels", list(EMOTIONS[:7])),
        ("command", None),
        ("command", 3),
        ("command", ["python"]),
        ("class_shares", [1 / 7] * 7),
        ("class_shares", [0.0, *SHARES[:6], 0.1]),
        ("class_shares", [*SHARES[:7], "0.1"]),
        ("class_shares", [*SHARES[:7], True]),
        ("class_shares", [0.2] * 8),  # sum to more than 1
        ("class_shares", [1e-9] * 8),
        ("class_shares", [*SHARES[:7], float("nan")]),
        ("prior_share", -0.01),
        ("prior_share", 1.01),
        ("temperature", 0.0),
        ("temperature", 0.009),
        ("temperature", 101),
        ("min_confidence", -0.1),
        ("min_confidence", 1.1),
    ],
)
def test_impossible_facts_are_refused(name, value):
    with pytest.raises(WeightsError, match=rf"^bad\.npz .* its {name} cannot be used$"):
        Metadata.from_dict({name: value}, "bad.npz")


def test_unknown_facts_are_refused_briefly():
    with pytest.raises(WeightsError, match=r"^w\.npz is of a newer version: it states 'colour'; update the program$"):
        Metadata.from_dict({"colour": "gray"}, "w.npz")
    with pytest.raises(WeightsError) as caught:
        Metadata.from_dict({"x" * 100_000: 1}, "w.npz")
    assert len(str(caught.value)) < 200


def test_probabilities_match_the_formula():
    logits = np.random.default_rng(0).normal(0, 3, (20, 8)).astype(np.float32)
    expected = np.exp((logits - 0.4 * np.log(SHARES)) / 1.3)
    expected /= expected.sum(axis=1, keepdims=True)
    found = FULL.probabilities(logits)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_defaults_are_a_plain_softmax():
    logits = np.random.default_rng(1).normal(0, 3, (5, 8)).astype(np.float32)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Metadata().probabilities(logits), expected, rtol=1e-5)


def test_full_prior_correction_undoes_the_prior():
    evidence = np.random.default_rng(2).normal(0, 1, (5, 8)).astype(np.float32)
    corrected = replace(Metadata(), class_shares=SHARES, prior_share=1.0).probabilities(evidence + np.log(SHARES))
    np.testing.assert_allclose(corrected, Metadata().probabilities(evidence), rtol=1e-5)


def test_finite_logits_do_not_overflow():
    logits = np.zeros((2, 8), np.float32)
    logits[:, 3] = np.finfo(np.float32).max
    logits[1] = -logits[1]
    probabilities = replace(Metadata(), temperature=0.01).probabilities(logits)
    assert np.isfinite(probabilities).all()
    assert probabilities[0, 3] == 1
    assert probabilities[1, 3] == 0
