import pytest

from emotion.datasets.left_out import LeftOut, Tolerance, describe_left_out
from emotion.errors import InputError


def tolerance_after(errors):
    tolerance = Tolerance()
    for error in errors:
        with tolerance.tolerating():
            raise InputError(error)
    return tolerance


def test_names_and_reasons_are_those_of_the_errors():
    tolerance = tolerance_after(["list.csv, row 3: a/b.png: no such file; check the path", "c.png: empty"])
    assert tolerance.left_out == [("list.csv, row 3: a/b.png", "no such file"), ("c.png", "empty")]


@pytest.mark.parametrize(("used", "fails"), [(18, False), (17, True), (0, True)])
def test_more_than_a_tenth_is_an_error(used, fails):
    tolerance = tolerance_after(["a.png: empty; copy it again", "b.png: empty"])
    tolerance.leave_out(["c.txt"] * 100, "not a picture")  # which counts for nothing
    if fails:
        with pytest.raises(InputError, match=rf"^set: 2 of {used + 2} cannot be used, such as a\.png: empty; copy it"):
            tolerance.check("set", used)
    else:
        tolerance.check("set", used)
    Tolerance().check("set", 0)


def test_left_out_are_counted_by_reason():
    found = [LeftOut(f"/data/happy/{n}.png", "empty (0 bytes)") for n in range(5)]
    notes = describe_left_out([*found, LeftOut("/data/fer2013.csv, row 7", "3 fields")])
    assert notes == [
        "left out, empty (0 bytes): 5 (happy/0.png, happy/1.png, happy/2.png, ...)",
        "left out, 3 fields: 1 (data/fer2013.csv, row 7)",
    ]
