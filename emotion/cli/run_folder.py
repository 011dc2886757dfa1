"""The folder of a run: what is in it, whose run it holds, and who may write to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

from emotion.errors import InputError
from emotion.files import write_file, writing
from emotion.hidden_files import is_hidden
from emotion.tables import written_csv
from emotion.toml_files import read_toml, to_toml
from emotion.training.curves import draw_curves
from npcnn import Epoch, WeightsError
from npcnn.training.checkpoints import check_configuration


class RunFolder:
    """A folder with the files of one training.

    configuration: the options that determine the result, by name.
    checkpoint, weights, report: the paths of these files.
    Raises InputError for a configuration that cannot be written.
    """

    def __init__(self, path: Path, configuration: Mapping[str, Any]) -> None:
        self.path, self.configuration = path, dict(configuration)
        self._text = to_toml(configuration)
        self._config = path / "config.toml"
        self.checkpoint, self.weights, self.report = (
            path / name for name in ("checkpoint.npz", "weights.npz", "report.html")
        )

    def check(self, resume: bool) -> None:
        """Raise InputError unless the folder is free or, with ``resume``, holds this training, interrupted.

        A cross-validation that was interrupted while it was written begins anew, as it cannot be resumed.
        """
        if not self.path.exists() or (self.path.is_dir() and all(is_hidden(f.name) for f in self.path.iterdir())):
            if resume:
                raise InputError(f"{self.path}: there is no training to resume; check --run, or leave out --resume")
            return
        if not self._config.is_file():
            raise InputError(f"{self.path}: holds something else than a training; choose another --run")
        with self.naming_another_training():
            held = read_toml(self._config, str(self._config))
            check_configuration(self.configuration, held, str(self._config))
        if self.report.exists() and not self.checkpoint.exists():
            remedy = "there is nothing to resume" if resume else "choose another --run, or delete the folder"
            raise InputError(f"{self.path}: this training is finished; {remedy}")
        if not resume and self.configuration.get("split") != "folds":  # of which nothing is kept until the end
            raise InputError(
                f"{self.path}: holds this training, interrupted; continue it with --resume, or choose another --run"
            )

    @contextmanager
    def naming_another_training(self) -> Iterator[None]:
        """Inside the context, a WeightsError becomes an InputError that says what to do about the folder."""
        try:
            yield
        except WeightsError as error:
            raise InputError(f"{error}; choose another --run, or delete {self.path}") from error

    def create(self) -> None:
        """Create the folder and write the configuration. Raises InputError if that fails.

        Deletes files that a killed process has left half-written.
        """
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            for unfinished in (*self.path.glob("*.npz*.part"), *self.path.glob(".*.tmp.*")):
                unfinished.unlink()
        self.write(self._config.name, self._text)

    def write(self, name: str, text: str) -> None:
        """Write a file of text. Raises InputError if that fails."""
        write_file(self.path / name, text.encode("utf-8", "surrogateescape"))

    def write_history(self, history: Sequence[Epoch]) -> str:
        """Write the history as a table and as curves, and return the curves. Raises InputError if that fails.

        If the folder was deleted since `create`, it is created again.
        """
        if not self._config.exists():
            self.create()
        with written_csv(self.path / "history.csv", [field.name for field in fields(Epoch)]) as add:
            add(astuple(record) for record in history)
        curves = draw_curves(history, f"Training {self.path.resolve().name}")
        self.write("curves.svg", curves)
        return curves
