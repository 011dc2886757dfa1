"""Progress on standard error: bars on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from tqdm import tqdm

from emotion.cli.errors import print_warning
from npcnn import Epoch

Item = TypeVar("Item")


def progress(title: str) -> Callable[[Iterable[Item]], Iterable[Item]]:
    """Return a function that wraps an iterable in a progress bar with this title."""

    def track(items: Iterable[Item]) -> Iterable[Item]:
        return tqdm(items, desc=title, disable=None, leave=False)

    return track


@contextmanager
def compiling() -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (done, total) that shows how many operations have been compiled."""
    with tqdm(desc="compiling kernels, once", disable=None, leave=False, unit="operation") as bar:

        def show(done: int, total: int) -> None:
            if not done and not sys.stderr.isatty():
                print("compiling the kernels (needed once, takes a while)", file=sys.stderr, flush=True)
            bar.total = total
            bar.update(done - bar.n)

        yield show


@contextmanager
def counting_frames(title: str, total: int | None, show: bool = True) -> Iterator[Callable[[str], None]]:
    """Yield a callback that advances a progress bar over frames by one, and shows a text and the frames a second.

    total: their number, if it is known. show: whether there is a bar, if standard error is a terminal.
    """
    with tqdm(desc=title, total=total, disable=None if show else True, leave=False, unit="frame") as bar:
        bar.set_postfix_str("loading the network; the first time, it is compiled, which takes a while")

        def advance(text: str) -> None:
            bar.set_postfix_str(text, refresh=False)
            bar.update()

        yield advance


class TrainingProgress:
    """A progress bar over all batches with loss and accuracy; without a terminal, one line per epoch."""

    def __init__(self, title: str, epochs: int, batches: int, done: int, verbose: bool) -> None:
        self.epochs, self.verbose = epochs, verbose and not sys.stderr.isatty()
        self.bar = tqdm(
            desc=title, total=epochs * batches, initial=done * batches, disable=None, leave=False, unit="batch"
        )

    def __enter__(self) -> TrainingProgress:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bar.close()

    def batch(self, epoch: int, number: int, loss: float, accuracy: float) -> None:
        """Advance by one batch; loss and accuracy are means over the epoch so far."""
        self.bar.set_postfix_str(f"epoch {epoch}, loss {loss:.3f}, accuracy {accuracy:.1%}", refresh=False)
        self.bar.update()

    def warn(self, message: str) -> None:
        """Print a warning in place of the bar, which then goes on below it."""
        self.bar.clear()
        print_warning(message)

    def epoch(self, record: Epoch) -> None:
        """Show the end of an epoch."""
        if self.verbose:
            figures = f"loss {record.loss:.4f}, accuracy {record.accuracy:.1%}"
            if record.validation_loss is not None:
                figures += f", validation loss {record.validation_loss:.4f}, accuracy {record.validation_accuracy:.1%}"
            line = f"epoch {record.epoch} of {self.epochs}: {figures}, {record.seconds:.1f} s"
            print(line, file=sys.stderr, flush=True)
