"""Junk for what fits covariance structures and asks of the fits: always an error of csi's own."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

import csi
from csi.errors import CsiError, OptionError

JUNK = [
    True, -1, np.nan, np.inf, 10**400, "", "x", "=~ ", "\ud800", b"x", ["x", "x"], [[1]], [None],
    {1: 2}, {"Value": "x"}, {"Value": np.nan}, object(), np.array([np.nan, 1.0]),
    np.array("x"), pd.Series([1.0]), pd.DataFrame({"x": [1.0]}), pd.NA, pd.NaT, 3j,
    datetime.date(2020, 1, 1), iter("ab"), csi.CBSEM,
]  # fmt: skip
TEXT = """
    Quality =~ OVERALLQ + a*CUSTOMQ + a*WRONGQ
    Value   =~ PQ
    Value   ~  Quality
"""


@pytest.fixture(scope="module")
def fits():
    survey = csi.demo_survey()
    narrow, wide = csi.parse(TEXT), csi.parse(TEXT.replace("a*WRONGQ", "WRONGQ"))
    product = csi.parse("Quality =~ OVERALLQ + CUSTOMQ; Value =~ PQ + QP; Value ~ Quality:Quality")
    return {
        "one": csi.fit(narrow, survey, csi.CBSEM()),
        "wide": csi.fit(wide, survey, csi.CBSEM()),
        "groups": csi.multigroup(wide, survey, by="firm", equal="loadings"),
        "after": csi.fit(wide, survey, csi.SAM()),
        "product": csi.fit(product, survey, csi.CBSEM("MLR")),
        "survey": survey,
    }


def slopes(fits, **given):
    names = {"target": "Value", "source": "Quality"}
    return fits["product"].simple_slopes(**{**names, **given})


CALLS = {
    "method": lambda fits, v: csi.CBSEM(method=v),
    "max_iter": lambda fits, v: csi.CBSEM(max_iter=v),
    "max_iter after": lambda fits, v: csi.SAM(max_iter=v),
    "reliability": lambda fits, v: csi.CBSEM(reliability=v),
    "reliability of one": lambda fits, v: csi.CBSEM(reliability={"Value": v}),
    "minimum": lambda fits, v: fits["one"].modification_indices(v),
    "operators": lambda fits, v: fits["one"].modification_indices(operators=v),
    "delta": lambda fits, v: fits["groups"].modification_indices(delta=v),
    "high_power": lambda fits, v: fits["one"].modification_indices(high_power=v),
    "release": lambda fits, v: fits["one"].score_test(v),
    "release of groups": lambda fits, v: fits["groups"].score_test(v),
    "conditions": lambda fits, v: fits["one"].wald(v),
    "kind of residuals": lambda fits, v: fits["after"].residuals(v),
    "target": lambda fits, v: slopes(fits, target=v),
    "moderator": lambda fits, v: slopes(fits, moderator=v),
    "at": lambda fits, v: slopes(fits, at=[v, np.nan]),
    "names": lambda fits, v: csi.likelihood_ratio(fits["one"], fits["wide"], names=v),
    "groups": lambda fits, v: csi.multigroup(
        fits["one"].model, fits["survey"], "firm", groups=[v, v]
    ),
}  # fmt: skip
SENSIBLE = {
    "max_iter": ["1" + "0" * 400], "max_iter after": ["1" + "0" * 400], "minimum": ["-1"],
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
def test_junk_is_refused(fits, what):
    for value in JUNK:
        if repr(value) in SENSIBLE.get(what, ()):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(CsiError):
                CALLS[what](fits, value)


@pytest.mark.parametrize(
    ("reliability", "message"),
    [
        ({"Quality": 0.8}, "reliability names Quality, which has several items.*one item: Value"),
        ({"Valeu": 0.8}, "reliability names 'Valeu', which is no construct.* mean 'Value'"),
        (0, "reliability is 0: nothing would be left of the item"),
        (1.2, "reliability is 1.2. Give a number from 0 up to 1, such as 0.8"),
    ],
)
def test_reliability_is_that_of_single_items(fits, reliability, message):
    with pytest.raises(OptionError, match=message):
        csi.fit(fits["one"].model, fits["survey"], csi.CBSEM(reliability=reliability))


def test_one_operator_is_no_list_of_letters(fits):
    """``"~~"`` once was read as ``"~"`` and ``"~"``."""
    one, listed = (fits["one"].modification_indices(operators=o) for o in ("~~", ["~~"]))
    pd.testing.assert_frame_equal(one, listed)
    assert set(one["operator"]) == {"~~"}
