"""Models and answers at the edge of what a covariance structure can say.

Each once ended in an error or a warning of NumPy or SciPy.
"""

import numpy as np
import pandas as pd
import pytest

import csi

ITEMS = ["a1", "a2", "a3", "b1", "b2", "b3"]
TWO = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ b*A"


@pytest.fixture
def frame():
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 200, 1))
    eta = np.hstack([np.repeat(a, 3, axis=1), np.repeat(0.6 * a + 0.8 * b, 3, axis=1)])
    return pd.DataFrame(eta + 0.7 * rng.standard_normal((200, 6)), columns=ITEMS)


def fitted(text, data, estimator=None):
    return csi.fit(csi.parse(text), data, estimator or csi.CBSEM())


def test_one_item_with_holes(frame):
    holes = csi.survey(frame.mask(np.eye(200, 6) > 0), missing="fiml")
    fit = fitted("A =~ a1", holes)
    assert fit.parameters.loc[0, "estimate"] == 1
    assert fit.measure("df") == 0


def test_nothing_to_estimate(frame):
    fit = fitted("A =~ a1\nA ~~ 1*A", frame, csi.CBSEM("WLS"))
    assert (fit.measure("npar"), fit.measure("df")) == (0, 1)


def test_nothing_to_reproduce(frame):
    """All items are observed causes: the goodness of fit of no moments."""
    fit = fitted("A <~ a1 + l*a2\nl == 0", frame, csi.CBSEM(scaling="variance"))
    assert fit.measure("gfi") == 1
    assert np.isfinite(fit.parameters["estimate"]).all()
    assert not fit.score_test()["chisq"].isna().all()


def test_covariance_with_what_does_not_vary(frame):
    text = "A =~ a1 + a2 + a3\na3 ~~ 0*a3\na3 ~~ a2\nA ~~ B\nB =~ b1 + b2 + b3"
    with pytest.warns(csi.InadmissibleWarning):
        fit = fitted(text, frame)
    assert any("nothing is left of a3 that could vary" in each for each in fit.problems)
    table = fit.parameters
    covariance = (table["operator"] == "~~") & (table["left"] + table["right"]).isin(
        ["a2a3", "a3a2"]
    )
    assert covariance.sum() == 1
    assert not np.isfinite(table.loc[covariance, "std_all"]).any()


@pytest.mark.parametrize("method", ["DWLS", "WLSMV", "WLS"])
def test_variance_that_no_sample_would_change(frame, method):
    even = frame.assign(a1=np.arange(200) % 2)
    with pytest.raises(csi.DataError, match=r"1 of them are certain.*two answers given equally"):
        fitted(TWO, even, csi.CBSEM(method))


@pytest.mark.parametrize("condition", ["exp(b) < 0", "log(b) == 100", "sqrt(b) < -1"])
def test_conditions_nothing_meets(frame, condition):
    with pytest.raises(csi.EstimationError, match="No parameters were found that meet"):
        fitted(f"{TWO}\n{condition}", frame)


@pytest.mark.parametrize(
    ("text", "blocks", "message"),
    [
        ("A =~ a1 + 0*a2\nB =~ b1 + b2\nB ~ A", "apart", "measurement of A alone.*'joint'"),
        ("A =~ a1 + 0*a2\nB =~ b1 + 0*b2\nB ~ A", "joint", "A, B alone.*add an item"),
    ],
)
def test_measurement_that_is_not_identified(frame, text, blocks, message):
    with pytest.raises(csi.ModelError, match=message):
        fitted(text, frame, csi.SAM(blocks=blocks))


@pytest.mark.parametrize("blocks", ["apart", "joint"])
def test_constructs_with_equal_loadings_are_measured_together(frame, blocks):
    text = "A =~ a1 + l*a2 + a3\nB =~ b1 + l*b2 + b3\nB ~ A"
    fit = fitted(text, frame, csi.SAM(blocks=blocks))
    assert fit.measurement["block"].tolist() == [1, 1]
    assert fit.parameters.loc[lambda t: t["label"] == "l", "estimate"].nunique() == 1
