"""A training from beginning to end: describe it, train, calibrate, save, evaluate, report."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.calibration import calibrated
from emotion.cli.errors import printable
from emotion.cli.progress import TrainingProgress, compiling
from emotion.cli.run_folder import RunFolder
from emotion.cli.training_data import Trial, load_training_data
from emotion.confusion_figure import draw_confusion
from emotion.errors import InputError
from emotion.metadata import Metadata
from emotion.metrics import Report, format_report, format_spread, report
from emotion.networks import input_shape
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer
from emotion.training.data import class_shares
from emotion.training.estimate import MEASURED, format_duration, seconds_per_epoch
from emotion.training.page import TrainingReport
from emotion.training.recipe import Recipe
from npcnn import Epoch, Layer, Trainer, summary
from npcnn.training.compilation import compile_training
from npcnn.training.history import best_epoch


class Training:
    """A training or a cross-validation on the faces that the options name.

    arguments: the options, and the command that is stored with the weights.
    folder: where everything is written.
    Raises InputError for faces or weights that cannot be used.
    """

    def __init__(self, arguments: argparse.Namespace, recipe: Recipe, folder: RunFolder) -> None:
        self.arguments, self.recipe, self.folder = arguments, recipe, folder
        size = input_shape(recipe.network)[1]
        self.pretrained = _pretrained(arguments.pretrained, recipe)
        self.teachers = [_teacher(path, size) for path in arguments.teachers or ()]
        self.data = load_training_data(arguments, size)
        self.summary = self.data.summary()

    def describe(self) -> None:
        """Print data, network and estimated time; compiles the kernels."""
        print("\n" + self.summary.to_text())
        trial = next(self.data.trials())
        trainer = self._trainer(trial, np.random.default_rng(0))
        batches = self.recipe.batches(trial.training, self.teachers)
        print("\n" + summary(trainer.network, input_shape(self.recipe.network)), flush=True)
        with compiling() as show:
            faces = trial.training.take(np.arange(min(len(trial.training), self.recipe.batch_size)))
            compile_training(trainer.network, prepare_faces(faces.faces, faces.size), faces.targets, trainer.loss, show)
        networks, epochs = len(self.data.splits), self.recipe.epochs
        seconds = seconds_per_epoch(trainer, batches, epochs)
        extent = f"{f'{networks} folds, ' * (networks > 1)}epochs: {epochs}, batches in each: {len(batches):,}"
        if seconds is None:
            print(f"time: too short for an estimate ({extent})", flush=True)
        else:
            most = "at most " if self.recipe.patience else "about "
            duration = format_duration(seconds * epochs * networks)
            print(f"time: {most}{duration} ({extent}; measured on {MEASURED} batches)", flush=True)

    def train_once(self) -> None:
        """Train one network, save it, and evaluate it on the test faces, if there are any."""
        (trial,) = self.data.trials()
        arguments, folder = self.arguments, self.folder
        trainer = self._trainer(trial, np.random.default_rng([arguments.seed, 0]), folder.checkpoint)
        if folder.checkpoint.exists():
            with folder.naming_another_training():
                trainer.resume(folder.checkpoint)
        folder.create()
        recognizer = self._fit(trainer, trial, "training", folder)
        recognizer.save(folder.weights)
        if arguments.output is not None:
            recognizer.save(arguments.output)
        remarks = [f"the network {self.recipe.network}, {_describe_history(trainer.history, self.recipe)}"]
        print(remarks[0])
        figures = None
        if trial.test is not None:
            figures = report(trial.test.labels, _predictions(recognizer, trial.test.faces))
            print("\n" + format_report(figures))
        self._write_report(remarks, figures, curves=folder.write_history(trainer.history))
        if not folder.weights.exists():  # the folder was deleted during the evaluation
            recognizer.save(folder.weights)
        folder.checkpoint.unlink(missing_ok=True)
        print(f"\nsaved {printable(folder.weights)}, described in {printable(folder.report)}; use it with")
        program = "python scripts/predict.py" if sys.argv[0].endswith(".py") else "emotion-predict"
        print(f"  {program} --weights {printable(shlex.quote(str(folder.weights)))} -p PICTURE")

    def cross_validate(self) -> None:
        """Train and evaluate a network for each fold; the folder is written at the end."""
        labels, predictions, folds = [], [], []
        for number, trial in enumerate(self.data.trials()):
            title = f"fold {number + 1} of {len(self.data.splits)}"
            trainer = self._trainer(trial, np.random.default_rng([self.arguments.seed, number]))
            recognizer = self._fit(trainer, trial, title)
            labels.append(trial.test.labels)
            predictions.append(_predictions(recognizer, trial.test.faces))
            folds.append(report(labels[-1], predictions[-1]))
            print(f"{title}: accuracy {folds[-1].accuracy:.1%}, macro recall {folds[-1].macro_recall:.1%}", flush=True)
        figures = report(np.concatenate(labels), np.concatenate(predictions))
        print("\n" + format_report(figures))
        self.folder.create()
        self._write_report([f"the network {self.recipe.network}, cross-validation by subject"], figures, folds)
        print("\n" + format_spread(folds) + "\ncross-validation evaluates a recipe; no weights were saved")
        print(f"saved {printable(self.folder.report)}")

    def _trainer(self, trial: Trial, rng: np.random.Generator, checkpoint: Path | None = None) -> Trainer:
        return self.recipe.trainer(
            trial.training, rng, checkpoint, self.arguments.seed, self.pretrained, trial.validation, self.teachers
        )

    def _fit(self, trainer: Trainer, trial: Trial, title: str, folder: RunFolder | None = None) -> EmotionRecognizer:
        """Train, and return the calibrated recogniser; the history is written to the folder after each epoch."""
        batches, epochs = self.recipe.batches(trial.training, self.teachers), self.recipe.epochs
        done, verbose = len(trainer.history), folder is not None
        with TrainingProgress(title, epochs, len(batches), done, verbose) as progress:
            warned = False

            def end_epoch(record: Epoch) -> None:
                nonlocal warned
                try:
                    if folder is not None:
                        folder.write_history(trainer.history)
                except InputError as error:  # it is tried again after each epoch and at the end
                    if not warned:
                        progress.warn(f"the history is not saved for now, and the training goes on: {error}")
                    warned = True
                progress.epoch(record)

            trainer.on_batch, trainer.on_epoch = progress.batch, end_epoch
            trainer.fit(batches, epochs)
        metadata = Metadata(
            network=self.recipe.network,
            input_size=trial.training.size,
            command=self.arguments.command,
            class_shares=class_shares(trial.training, self.recipe.balance),
        )
        recognizer = EmotionRecognizer(trainer.network, metadata)
        if self.data.calibration is not None:
            calibration = self.data.calibration
            recognizer.metadata = calibrated(metadata, recognizer.logits(calibration.faces), calibration.labels)
        return recognizer

    def _write_report(
        self, remarks: list[str], figures: Report | None, folds: Sequence[Report] = (), curves: str = ""
    ) -> None:
        confusion = ""
        name = self.folder.path.resolve().name
        if figures is not None:
            confusion = draw_confusion(figures, f"Test faces of {name}")
            self.folder.write("confusion.svg", confusion)
        page = TrainingReport(
            name,
            self.arguments.command,
            self.folder.configuration,
            self.summary,
            remarks,
            figures,
            folds,
            curves,
            confusion,
        )
        self.folder.write(self.folder.report.name, page.to_html())


def _describe_history(history: list[Epoch], recipe: Recipe) -> str:
    """Return what happened over the epochs, in words."""
    seconds = sum(record.seconds for record in history)
    text = f"trained for {len(history)} epochs in {format_duration(seconds)}"
    if len(history) < recipe.epochs:
        text += f" and stopped after {recipe.patience} without a smaller validation loss"
    if (best := best_epoch(history)) is not None:
        text += (
            f"; kept are the weights of epoch {best.epoch}, with validation loss {best.validation_loss:.4f} and "
            f"accuracy {best.validation_accuracy:.1%}"
        )
    return text


def _predictions(recognizer: EmotionRecognizer, faces: NDArray[np.uint8]) -> NDArray[np.intp]:
    return recognizer.classify(faces).argmax(axis=1)


def _pretrained(path: Path | None, recipe: Recipe) -> dict[str, NDArray] | None:
    if path is None:
        return None
    recognizer = EmotionRecognizer.load(path)
    if recognizer.metadata.network != recipe.network:
        raise InputError(
            f"--pretrained {path}: these are weights of {recognizer.metadata.network}, not {recipe.network}"
        )
    return recognizer.network.state_dict()


def _teacher(path: Path, size: int) -> Layer:
    recognizer = EmotionRecognizer.load(path)
    if (given := recognizer.metadata.input_size) != size:
        raise InputError(f"--teachers {path}: this network is for faces of {given} pixels, not of {size}")
    return recognizer.network
