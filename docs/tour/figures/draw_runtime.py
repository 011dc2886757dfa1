"""Draws the figures of chapter 9: ``python docs/tour/figures/draw_runtime.py [folder]``."""

from __future__ import annotations

import sys
from pathlib import Path

from svg import Figure

CHANNELS, HEIGHT, WIDTH = 2, 2, 3
COLORS = ["blue", "orange"]

DURATIONS = [3, 1, 4, 1, 2, 2, 1, 2, 1, 1]
LANE_COLORS = ["blue", "orange", "green"]


def name(c: int, i: int, j: int) -> str:
    """Channel a or b, row and column of an element."""
    return f"{'ab'[c]}{i}{j}"


def padded_layout(folder: Path) -> None:
    """A small image: channels first, then padded with the channels last, and this as a strip of memory."""
    figure = Figure("An image (C, H, W) and its padded buffer with the channels last, in memory", 900, 356)
    figure.text(40, 28, "channels first: (C, H, W) = (2, 2, 3)", "ink", 13, "start")
    for c in range(CHANNELS):
        values = [[name(c, i, j) for j in range(WIDTH)] for i in range(HEIGHT)]
        figure.grid(40 + 120 * c, 60, values, fill=COLORS[c], cell=34, size=11)
        figure.text(91 + 120 * c, 146, f"channel {'ab'[c]}", "muted", 12)
    figure.arrow((290, 94), (352, 94), "forward")
    figure.text(400, 28, "channels last, with a row and a column of zeros: (H + 1, W + 1, C)", "ink", 13, "start")
    rows, columns = HEIGHT + 1, WIDTH + 1
    strip = []
    for i in range(rows):
        for j in range(columns):
            inside = i < HEIGHT and j < WIDTH
            values = [[name(c, i, j) if inside else 0 for c in range(CHANNELS)]]
            fills = {(0, c): COLORS[c] if inside else "pad" for c in range(CHANNELS)}
            figure.grid(400 + 76 * j, 50 + 40 * i, values, fills, 34, 11)
            strip += [(str(value), fills[0, c]) for c, value in enumerate(values[0])]
    figure.text(710, 67, "a pixel: its channels", "muted", 12, "start")
    figure.text(710, 85, "next to each other", "muted", 12, "start")
    figure.text(710, 147, "padding", "muted", 12, "start")

    left, top, cell = 30, 226, 35
    figure.text(left, 202, "the same in memory", "ink", 13, "start")
    for n, (value, fill) in enumerate(strip):
        figure.grid(left + n * cell, top, [[value]], cell=cell, size=11, fill=fill)
    for n in range(0, len(strip), CHANNELS * columns):
        figure.text(left + n * cell + 2, top + cell + 12, str(n), "muted", 12, "start")
    pixel, row = CHANNELS * cell, CHANNELS * columns * cell
    y = top + cell + 34
    figure.arrow((left, y), (left + pixel, y), "forward")
    figure.text(left + pixel + 8, y, "pixel_stride = C = 2", "forward", 12, "start")
    figure.arrow((left, y + 26), (left + row, y + 26), "backward")
    figure.text(left + row + 8, y + 26, "row_stride = (W + 1) C = 8", "backward", 12, "start")
    figure.save(folder / "padded_layout.svg")


def schedule(threads: int) -> list[tuple[int, int, int]]:
    """Task, thread and start of each task, if each thread takes the next task as soon as it is free."""
    free = [0] * threads
    taken = []
    for task, duration in enumerate(DURATIONS):
        thread = free.index(min(free))
        taken.append((task, thread, free[thread]))
        free[thread] += duration
    return taken


def task_counter(folder: Path) -> None:
    """Three threads take tasks from one counter; each task owns a part of the output."""
    figure = Figure(
        "Three threads take the next task from one counter; each task writes its own part of the output", 860, 372
    )
    left, unit = 250, 80
    figure.box(30, 92, 96, 60, "plain", 8)
    figure.text(78, 72, "task counter", "ink", 13)
    figure.text(78, 122, "next: 3", "ink", 16)
    figure.text(30, 176, "taking a task is one", "muted", 12, "start")
    figure.text(30, 193, "atomic instruction:", "muted", 12, "start")
    figure.text(30, 210, "read, and add 1", "muted", 12, "start")
    owners = {}
    for thread in range(3):
        y = 66 + 50 * thread
        figure.text(left - 14, y, "caller" if thread == 0 else f"worker {thread}", "muted", 13, "end")
        figure.arrow((130, 122), (left - 82, y), "line")
    for task, thread, start in schedule(3):
        owners[task] = LANE_COLORS[thread]
        y = 66 + 50 * thread
        figure.box(left + start * unit, y - 17, DURATIONS[task] * unit - 3, 34, owners[task], 5)
        figure.text(left + (start + DURATIONS[task] / 2) * unit, y, f"task {task}", size=12)
    figure.arrow((left, 204), (left + 6 * unit + 70, 204), "line")
    figure.text(left + 6 * unit + 80, 204, "time", "muted", 12, "start")
    x, cell = left, 54
    for task in range(len(DURATIONS)):
        figure.box(x + task * cell, 272, cell, 40, owners[task])
        figure.text(x + (task + 0.5) * cell, 292, f"y[{task}]", size=12)
    figure.text(left - 14, 292, "output", "muted", 13, "end")
    figure.text(left, 252, "each element is written by one task, whichever thread runs it", "ink", 13, "start")
    figure.text(left, 340, "another run: other colours, the same numbers", "muted", 13, "start")
    figure.save(folder / "task_counter.svg")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    padded_layout(target)
    task_counter(target)
