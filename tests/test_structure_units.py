"""Units of the items change no standardised figure, no error relative to its parameter, no test."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import csi

MODEL = csi.parse("""
    A =~ a1 + a2 + a3
    B =~ b1 + b2 + b3
    C =~ c1 + c2
    B ~ a*A
    C ~ b*B + A
    indirect := a*b
""")
TOLERANCE = 1e-6  # the searches end at other roundings; we reach 1e-8


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(3)
    a, b, c = rng.standard_normal((3, 160, 1))
    b = 0.6 * a + 0.8 * b
    c = 0.5 * b + 0.3 * a + 0.7 * c
    eta = np.hstack([a, a, a, b, b, b, c, c])
    return pd.DataFrame(eta + 0.8 * rng.standard_normal((160, 8)), columns=MODEL.indicators)


def fitted(frame, estimator):
    return csi.fit(MODEL, csi.survey(frame, missing="fiml"), estimator)


def figures(fit):
    table = fit.modification_indices().sort_values(["left", "operator", "right"])
    return {
        "standardised": fit.parameters[["z", "p", "std_all"]],
        "fit": fit.fit_measures["value"].reindex(["chisq", "pvalue", "cfi", "rmsea", "srmr"]),
        "scaled": fit.fit_measures["value"].reindex(["chisq.scaled", "cfi.robust"]),
        "residuals": fit.residuals("standardized"),
        "sizes": fit.residual_summary.loc[["srmr", "crmr"]].select_dtypes("number"),
        "freed": table[["mi", "p", "sepc_all"]],
        "slopes": fit.standardized()[["estimate", "se"]],
    }


def assert_alike(ours, theirs):
    for name, table in ours.items():
        assert_allclose(theirs[name], table, rtol=TOLERANCE, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("factor", [1e-25, 1e-9, 1e9, 1e25])
@pytest.mark.parametrize("method", ["ML", "MLR", "WLS", "DWLS"])
def test_unit_of_all_items(frame, method, factor):
    ours, theirs = (fitted(data, csi.CBSEM(method)) for data in (frame, frame * factor))
    assert_alike(figures(ours), figures(theirs))


@pytest.mark.parametrize("estimator", [csi.CBSEM(), csi.CBSEM("MLR", means=True)], ids=str)
def test_units_of_items_that_differ(frame, estimator):
    mixed = frame * np.array([1e-6, 1e6, 1, 1e3, 1e-3, 1, 1e9, 1e-9])
    ours, theirs = (fitted(data, estimator) for data in (frame, mixed))
    assert_alike(figures(ours), figures(theirs))


def test_units_with_holes(frame):
    holes = frame.mask(np.arange(frame.size).reshape(frame.shape) % 29 == 0)
    ours, theirs = (fitted(data, csi.CBSEM("MLR")) for data in (holes, holes * 1e-9))
    assert_alike(figures(ours), figures(theirs))


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_unweighted_least_squares_settle_in_any_unit(frame, factor):
    ours, theirs = (fitted(data, csi.CBSEM("ULSM")) for data in (frame, frame * factor))
    columns = ["std_all", "z"]
    assert_allclose(theirs.parameters[columns], ours.parameters[columns], rtol=TOLERANCE)
    statistic = theirs.measure("chisq") / factor**4
    assert_allclose(statistic, ours.measure("chisq"), rtol=TOLERANCE)


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
@pytest.mark.parametrize("factor", [1e-40, 1e40])
def test_037_size_whose_fourth_power_overflows(frame, factor, missing):
    holes = np.arange(frame.size).reshape(frame.shape) % 29 == 0
    huge = frame.mask(holes & (missing == "fiml")) * factor
    with pytest.raises(csi.DataError, match=r"standard deviation of a1 is .* another unit"):
        csi.fit(MODEL, csi.survey(huge, missing=missing), csi.CBSEM())
