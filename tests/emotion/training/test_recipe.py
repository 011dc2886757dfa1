"""The recipe: ranges of its hyperparameters, and the trainer built from it."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.networks import build_network
from emotion.training.augmentation import Augmentation
from emotion.training.recipe import Recipe


def some_faces(number=24):
    rng = np.random.default_rng(0)
    labels = np.arange(number) % 8
    faces = np.clip(rng.normal(128, 20, (number, 64, 64)) + 60 * (labels[:, None, None] - 4), 0, 255)
    unknown = np.full(number, "")
    return FaceDataset("made", faces.astype(np.uint8), labels, unknown, unknown, unknown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("batch_size", 100_000),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("weight_decay", -0.1),
        ("label_smoothing", 1.0),
        ("balance", 1.5),
        ("average", 1.0),
        ("degradation", 1.1),
        ("exposure", 1.1),
        ("non_faces", -0.1),
        ("distillation", 1.1),
        ("patience", -1),
    ],
)
def test_value_out_of_range_is_reported(name, value):
    with pytest.raises(InputError, match=rf"{name.replace('_', ' ')} is .*must be between"):
        Recipe(**{name: value})


@pytest.mark.parametrize("name", ["degradation", "exposure"])
def test_faces_can_be_changed_without_other_augmentation(name):
    faces = some_faces()
    augmentation = Recipe(augmentation=0, **{name: 0.5}).batches(faces).augmentation
    assert augmentation == replace(Augmentation.of_strength(0), **{name: 0.5})
    assert Recipe(augmentation=0).batches(faces).augmentation is None


def test_learning_rate_ends_at_zero():
    recipe, faces = Recipe(epochs=2, batch_size=8), some_faces()
    trainer = recipe.trainer(faces, np.random.default_rng(0))
    history = trainer.fit(recipe.batches(faces), recipe.epochs)
    assert len(history) == 2
    assert trainer.optimizer.steps == 2 * len(recipe.batches(faces))
    assert trainer.schedule(trainer.optimizer.steps) == pytest.approx(0, abs=1e-9)
    assert max(map(trainer.schedule, range(trainer.optimizer.steps))) == pytest.approx(recipe.learning_rate)


def test_training_is_reproducible():
    recipe, faces = Recipe(epochs=1, batch_size=8), some_faces()
    weights = []
    for seed in (0, 0, 1):
        trainer = recipe.trainer(faces, np.random.default_rng(seed))
        trainer.fit(recipe.batches(faces), recipe.epochs)
        weights.append(np.concatenate([w.ravel() for w in trainer.network.params.values()]))
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_teachers_give_a_share_of_the_targets(share):
    teacher = build_network("original", 1)
    teacher.params["8/b"][:] = np.eye(8)[6] * 50  # whatever the face, it answers sadness
    recipe, faces = Recipe(batch_size=8, distillation=share), some_faces()
    plain, mixed = (recipe.batches(faces, given).epoch(np.random.default_rng(0)) for given in ((), [teacher]))
    for (_, labels), (_, targets) in zip(plain, mixed, strict=True):
        expected = (1 - share) * np.eye(8)[labels] + share * np.eye(8)[6]
        np.testing.assert_allclose(targets, expected, atol=1e-3)


def test_other_teachers_are_another_training():
    recipe, faces = Recipe(epochs=1), some_faces()
    teachers = [build_network("original", seed) for seed in (1, 2)]
    none, one, both = (
        recipe.trainer(faces, np.random.default_rng(0), teachers=given).configuration["teachers"]
        for given in ([], teachers[:1], teachers)
    )
    assert none == ""
    assert both.split()[0] == one != both.split()[1]
