import numpy as np
import pytest

from emotion.calibration import (
    calibrated,
    cross_entropy,
    expected_calibration_error,
    format_calibration,
    measure_calibration,
    reliability_table,
)
from emotion.errors import InputError
from emotion.metadata import Metadata
from emotion.metrics import report
from npcnn.serialization import WeightsError


def answers(confidences):
    """Probabilities (N, 8) of the class 0 with these confidences; the rest is shared by the other classes."""
    confidences = np.asarray(confidences, np.float64)
    probabilities = np.repeat((1 - confidences)[:, None] / 7, 8, axis=1)
    probabilities[:, 0] = confidences
    return probabilities.astype(np.float32)


def faces_like(number, shares, temperature=1.0, seed=0):
    """Logits whose softmax at ``temperature`` is the true probability of the labels, drawn with these shares."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(8, number, p=shares)
    evidence = rng.normal(0, 1, (number, 8))
    evidence[np.arange(number), labels] += 2.0
    logits = 2.0 * evidence + np.log(shares)  # the posterior of Gaussian evidence
    return (temperature * logits).astype(np.float32), labels


EQUAL = np.full(8, 1 / 8)
SKEWED = np.array([0.5, 0.02, 0.02, 0.02, 0.02, 0.3, 0.06, 0.06])

CONFIDENCES = [0.25, 0.35, 0.35, 0.85, 0.85, 0.95]
LABELS = np.array([1, 0, 1, 0, 1, 0])  # right: 0 of 1, 1 of 2, 1 of 2, 1 of 1


def test_reliability_table_matches_manual_calculation():
    table = reliability_table(answers(CONFIDENCES), LABELS)
    assert [row.faces for row in table] == [0, 0, 1, 2, 0, 0, 0, 0, 2, 1]
    assert (table[3].low, table[3].high) == (0.3, 0.4)
    assert (table[3].confidence, table[3].accuracy) == (pytest.approx(0.35), 0.5)
    assert np.isnan([table[0].confidence, table[0].accuracy]).all()


def test_expected_calibration_error_matches_manual_calculation():
    gaps = [1 * 0.25, 2 * (0.5 - 0.35), 2 * (0.85 - 0.5), 1 * 0.05]
    assert expected_calibration_error(answers(CONFIDENCES), LABELS, bins=10) == pytest.approx(sum(gaps) / 6)


def test_perfect_calibration_has_no_error():
    labels = np.array([0, 0, 0, 1] * 5)
    assert expected_calibration_error(answers([0.75] * 20), labels) == pytest.approx(0, abs=1e-6)
    assert expected_calibration_error(answers([1.0] * 4), np.zeros(4, int)) == 0


def test_bins_do_not_cancel_each_other():
    labels = np.array([0] * 10 + [1] * 10)  # too modest, then too sure
    assert expected_calibration_error(answers([0.5] * 10 + [0.75] * 10), labels) == pytest.approx((0.5 + 0.75) / 2)


@pytest.mark.parametrize(("threshold", "uncertain", "accuracy"), [(0.0, 0, 0.5), (0.5, 0.5, 2 / 3), (0.9, 5 / 6, 1)])
def test_coverage(threshold, uncertain, accuracy):
    measured = measure_calibration(answers(CONFIDENCES), LABELS, threshold)
    assert measured.uncertain == pytest.approx(uncertain)
    assert measured.certain_accuracy == pytest.approx(accuracy)


def test_no_answer_may_be_certain():
    measured = measure_calibration(answers(CONFIDENCES), LABELS, 0.99)
    assert measured.uncertain == 1
    assert np.isnan(measured.certain_accuracy)
    assert "none are left" in format_calibration(measured)


def test_format_shows_bins_with_faces():
    lines = format_calibration(measure_calibration(answers(CONFIDENCES), LABELS, 0.5)).splitlines()
    assert lines[0].startswith("expected calibration error ")
    assert lines[1] == "uncertain (confidence below 50%): 50.0% of the answers; 66.7% of the others are right"
    assert [line.split() for line in lines[4:]] == [
        ["20%", "to", "30%", "25.0%", "0.0%", "1"],
        ["30%", "to", "40%", "35.0%", "50.0%", "2"],
        ["80%", "to", "90%", "85.0%", "50.0%", "2"],
        ["90%", "to", "100%", "95.0%", "100.0%", "1"],
    ]


def test_cross_entropy_matches_manual_calculation():
    probabilities = np.array([[0.5, 0.5], [0.1, 0.9], [0.0, 1.0]], np.float32)
    labels = np.array([0, 1, 0])
    expected = -(np.log(0.5) + np.log(0.9) + np.log(1e-12)) / 3
    assert cross_entropy(probabilities, labels) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_is_recovered(temperature):
    logits, labels = faces_like(4000, EQUAL, temperature)
    fitted = calibrated(Metadata(), logits, labels)
    assert fitted.temperature == pytest.approx(temperature, rel=0.1)
    before, after = (
        expected_calibration_error(metadata.probabilities(logits), labels) for metadata in (Metadata(), fitted)
    )
    assert after < 0.02
    if temperature != 1:
        assert before > 2 * after


def test_prior_correction_raises_macro_recall_for_little_accuracy():
    logits, labels = faces_like(4000, SKEWED)
    metadata = Metadata(class_shares=tuple(SKEWED.tolist()))
    fitted = calibrated(metadata, logits, labels)
    before, after = (report(labels, m.probabilities(logits).argmax(axis=1)) for m in (metadata, fitted))
    assert fitted.prior_share > 0
    assert after.macro_recall > before.macro_recall
    assert after.accuracy >= before.accuracy - 0.005


def test_full_prior_correction_where_validation_faces_are_balanced():
    logits, labels = faces_like(4000, EQUAL)
    logits += np.log(SKEWED).astype(np.float32)  # as if trained where the emotions are not equally frequent
    fitted = calibrated(Metadata(class_shares=tuple(SKEWED.tolist())), logits, labels)
    assert fitted.prior_share > 0.75


def test_equal_class_shares_leave_nothing_to_correct():
    logits, labels = faces_like(500, SKEWED)
    assert calibrated(Metadata(), logits, labels).prior_share == 0


def test_only_calibration_settings_change():
    logits, labels = faces_like(500, SKEWED)
    metadata = Metadata(command="train", class_shares=tuple(SKEWED.tolist()))
    fitted = calibrated(metadata, logits, labels)
    assert (fitted.network, fitted.command, fitted.class_shares) == ("original", "train", metadata.class_shares)
    again = calibrated(fitted, logits, labels)
    assert again == fitted
    assert Metadata.from_dict(fitted.to_dict(), "w.npz") == fitted


def test_answers_around_the_threshold_are_right_half_of_the_time():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 0.95, 4000)
    labels = np.where(rng.random(4000) < confidence, 0, 1)
    logits = np.log(answers(confidence))
    assert calibrated(Metadata(), logits, labels).min_confidence == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("confidence", [[0.7], [0.3, 0.5, 0.9], [1.0] * 20])
def test_faces_that_are_all_right_or_all_wrong(confidence, share):
    labels = np.full(len(confidence), 0 if share else 1)
    with np.errstate(divide="ignore"):
        logits = np.maximum(np.log(answers(confidence)), -50)
    fitted = calibrated(Metadata(), logits, labels)
    assert Metadata.from_dict(fitted.to_dict(), "w.npz") == fitted
    assert (fitted.min_confidence < 0.125) == bool(share)


def test_confident_answers_that_are_wrong_more_often():
    confidence = np.linspace(0.2, 0.99, 50)
    fitted = calibrated(Metadata(), np.log(answers(confidence)), (confidence > 0.6).astype(int))
    assert 0 < fitted.min_confidence < 1


def test_impossible_input():
    nothing = np.empty((0, 8), np.float32), np.empty(0, np.int64)
    for function in (reliability_table, expected_calibration_error):
        with pytest.raises(InputError, match="no faces"):
            function(*nothing)
    with pytest.raises(InputError, match="no faces"):
        calibrated(Metadata(), *nothing)
    with pytest.raises(InputError, match="2 labels but 3 predictions"):
        calibrated(Metadata(), np.zeros((3, 8), np.float32), np.zeros(2, int))
    with pytest.raises(WeightsError, match="not numbers"):
        calibrated(Metadata(), np.full((1, 8), np.nan, np.float32), np.zeros(1, int))
