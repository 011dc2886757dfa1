import numpy as np
import pytest

from emotion.bootstrap import Intervals
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.metrics import confusion_matrix, format_report, report

# Three neutral faces (one predicted as happy), two happy faces (both correct), one fearful face (predicted as anger).
LABELS = np.array([0, 0, 0, 5, 5, 4])
PREDICTIONS = np.array([0, 5, 0, 5, 5, 1])


def test_confusion_matrix_has_labels_as_rows():
    matrix = confusion_matrix(LABELS, PREDICTIONS)
    assert matrix.shape == (8, 8)
    assert (matrix[0, 0], matrix[0, 5], matrix[5, 5], matrix[4, 1]) == (2, 1, 2, 1)
    assert matrix.sum() == 6


def test_confusion_matrix_with_other_number_of_classes():
    assert confusion_matrix(np.array([0, 1]), np.array([1, 1]), classes=2).tolist() == [[0, 1], [0, 1]]


def test_confusion_matrix_rejects_out_of_range_classes():
    with pytest.raises(IndexError):
        confusion_matrix(np.array([0]), np.array([8]))


def test_confusion_matrix_rejects_unequal_lengths():
    with pytest.raises(InputError, match=r"2 labels.*1 predictions"):
        confusion_matrix(np.array([0, 1]), np.array([0]))


def test_report_matches_manual_calculation():
    figures = report(LABELS, PREDICTIONS)
    assert figures.accuracy == pytest.approx(4 / 6)
    assert figures.macro_recall == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert figures.support.tolist() == [3, 0, 0, 0, 1, 2, 0, 0]
    nan = np.nan
    np.testing.assert_allclose(figures.precision, [1, 0, nan, nan, nan, 2 / 3, nan, nan])
    np.testing.assert_allclose(figures.recall, [2 / 3, nan, nan, nan, 0, 1, nan, nan])
    np.testing.assert_allclose(figures.f1, [0.8, 0, nan, nan, 0, 0.8, nan, nan])


def test_report_of_perfect_predictions():
    figures = report(np.arange(8), np.arange(8))
    assert figures.accuracy == figures.macro_recall == 1
    assert np.array_equal(figures.f1, np.ones(8))


def test_report_needs_faces():
    with pytest.raises(InputError, match="no faces"):
        report(np.array([], np.int64), np.array([], np.int64))


def test_format_report_shows_metrics_and_dashes_for_absent_emotions():
    lines = format_report(report(LABELS, PREDICTIONS)).splitlines()
    assert lines[0].split() == ["precision", "recall", "F1", "faces"]
    table = {line.split()[0]: line.split()[1:] for line in lines[1:9]}
    assert tuple(table) == EMOTIONS
    assert table["happy"] == ["66.7%", "100.0%", "80.0%", "2"]
    assert table["disgust"] == ["-", "-", "-", "-"]
    assert "accuracy 66.7%, macro recall 55.6%, 6 faces" in lines
    assert lines[-8].split() == ["neutral", "2", ".", ".", ".", ".", "1", ".", "."]


def test_format_report_is_aligned_for_large_counts():
    labels = np.repeat(np.arange(8), 9999)
    lines = format_report(report(labels, np.roll(labels, 3333))).splitlines()
    assert len({len(line) for line in lines[:9]}) == 1
    assert {len(line) for line in lines[-9:]} == {82}
    assert "nan" not in "".join(lines)


def test_format_report_shows_intervals():
    intervals = Intervals((0.25, 0.9), (np.nan, np.nan), "subjects", 3)
    lines = format_report(report(LABELS, PREDICTIONS), intervals).splitlines()
    assert "accuracy 66.7% (25.0% to 90.0%), macro recall 55.6% (- to -), 6 faces" in lines
    assert "in brackets: 95% intervals, by resampling 3 subjects" in lines
