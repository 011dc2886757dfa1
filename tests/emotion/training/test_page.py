"""The report of a training."""

from html.parser import HTMLParser

import numpy as np

from emotion.datasets.summary import Summary
from emotion.metrics import report
from emotion.training.page import TrainingReport

FIGURES = report(np.array([0, 0, 5, 5]), np.array([0, 5, 5, 5]))
DATA = Summary(("training",), [("neutral", "12")], ["left out, <damaged>: 1"])


def texts(page):
    found = []
    parser = HTMLParser()
    parser.handle_data = found.append
    parser.feed(page)
    return [text.strip() for text in found if text.strip()]


def test_all_parts_are_on_the_page():
    page = TrainingReport(
        "<mine>", "python train.py", {"data": ["a & b", "c"], "epochs": 3}, DATA, ["a remark"], FIGURES,
        curves="<svg>curves</svg>", confusion="<svg>confusion</svg>",
    ).to_html()  # fmt: skip
    found = texts(page)
    for text in (
        "Training: <mine>", "python train.py", "a & b, c", "left out, <damaged>: 1", "a remark", "curves", "confusion",
        "accuracy 75.0%, macro recall 75.0%, 4 test faces", "66.7%",
    ):  # fmt: skip
        assert text in found
    assert "http" not in page.replace("http-equiv", "")


def test_folds_and_no_test_faces():
    page = TrainingReport("x", "", {}, DATA, [], FIGURES, folds=[FIGURES, FIGURES]).to_html()
    assert any(text.startswith("mean over 2 folds: accuracy 75.0%") for text in texts(page))
    assert "Curves" not in texts(page)
    page = TrainingReport("x", "", {}, DATA, [], None).to_html()
    assert any("no test faces" in text for text in texts(page))
