"""Information criteria, against cSEM (golden file) and, live, the Python package seminr."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import peers
import pytest
from numpy.testing import assert_allclose

import csi
from csi import items, paths, reflective
from csi.assessment.selection import CRITERIA, compare_models, criteria

GOLDEN = json.loads((Path(__file__).parent / "golden" / "assessment_fit.json").read_text())
CASES = [case for case in GOLDEN["fits"] if "criteria" in case]


def rivals(reputation):
    """Leave out what leads to loyalty, one path at a time."""
    left_out = ("COMP -> CUSL", "LIKE -> CUSL")
    return {"all": reputation} | {
        name: replace(reputation, paths=tuple(p for p in reputation.paths if str(p) != name))
        for name in left_out
    }


@pytest.fixture(scope="module")
def complete(corp_rep, reputation):
    return corp_rep[list(reputation.indicators)].replace(-99, np.nan).dropna()


@pytest.fixture(scope="module")
def fits(complete, reputation):
    estimator = csi.PLS(tol=1e-12)
    return {name: csi.fit(m, complete, estimator) for name, m in rivals(reputation).items()}


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['study']}, {c['mode']}")
def test_criteria_are_those_of_csem(case):
    fit = peers.fitted(f"pls_{case['study']}", case["mode"], case["scheme"])
    ours = compare_models({"model": fit}).set_index("construct")
    expected = pd.DataFrame(case["criteria"])
    for name in CRITERIA:
        known = ours[name].notna()
        # cSEM divides by the negative residual variance of an R2 above 1
        assert known.all() or name in ("gm", "cp")
        assert (ours.loc[~known, "why"] != "").all()
        assert_allclose(ours.loc[known, name], expected.loc[ours.index[known], name], rtol=1e-9)
    assert_allclose(ours["r2"], fit.r2["r2"])
    assert_allclose(ours["r2_adjusted"], fit.r2["r2_adjusted"])


def test_criteria_and_weights_are_those_of_seminr(fits, complete):
    seminr = pytest.importorskip("seminr")
    table = compare_models(fits, "CUSL")
    theirs = {"aic": [], "bic": []}
    for fit in fits.values():
        known = seminr.it_criteria(estimated_by_seminr(seminr, fit.model, complete))
        at = list(known.cols).index("CUSL")
        theirs["aic"].append(float(known.values[list(known.rows).index("AIC"), at]))
        theirs["bic"].append(float(known.values[list(known.rows).index("BIC"), at]))
    for name, values in theirs.items():
        # seminr stops at 1e-7
        assert_allclose(table[name], values, atol=1e-4)
        weights = seminr.compute_itcriteria_weights(table[name].tolist())
        assert_allclose(table[f"{name}_weight"], weights)
    assert table["model"].tolist() == list(fits)


def estimated_by_seminr(seminr, model, frame):
    from seminr.estimate.data import Dataset

    measured = seminr.constructs(
        *(
            seminr.composite(c.name, list(c.indicators), weights=seminr.mode_A)
            if len(c.indicators) > 1
            else seminr.composite(c.name, seminr.single_item(c.indicators[0]))
            for c in model.constructs
        )
    )
    related = seminr.relationships(*(seminr.paths(p.source, p.target) for p in model.paths))
    data = Dataset(values=frame.to_numpy(dtype=float), columns=tuple(frame.columns))
    return seminr.estimate_pls(data, measured, related)


def test_a_row_for_each_construct_and_model(fits):
    table = compare_models(fits)
    assert table["construct"].tolist() == ["CUSA"] * 3 + ["CUSL"] * 3
    assert_allclose(table.groupby("construct")[["aic_weight", "bic_weight"]].sum(), 1)
    assert table.query("construct == 'CUSL'")["k"].tolist() == [4, 3, 3]
    pd.testing.assert_frame_equal(
        compare_models(fits, "CUSL"), table.query("construct == 'CUSL'").reset_index(drop=True)
    )


def test_the_model_behind_the_data_is_found():
    """Of x -> y and x, z -> y, where z is noise, BIC prefers the first by about log(n) - 1."""
    blocks = [reflective(name, items(name, 1, 3)) for name in "xyz"]
    small = csi.model(blocks, [paths("x", ["y", "z"])])
    large = csi.model(blocks, [paths("x", ["y", "z"]), paths("z", "y")])
    rng, better = np.random.default_rng(1), 0
    for _ in range(15):
        x = rng.standard_normal(300)
        factors = {"x": x, "y": 0.6 * x + 0.8 * rng.standard_normal(300)}
        factors["z"] = 0.4 * x + rng.standard_normal(300)
        frame = pd.DataFrame(
            {
                f"{name}{i}": eta + 0.6 * rng.standard_normal(300)
                for name, eta in factors.items()
                for i in (1, 2, 3)
            }
        )
        table = compare_models({"s": csi.fit(small, frame), "l": csi.fit(large, frame)}, "y")
        better += table["bic_weight"][0] > 0.5
    assert better >= 12


def test_what_is_not_defined_is_missing():
    impossible = criteria(1.02, 3, 100, 0.5)
    assert all(math.isnan(value) for value in impossible.values())
    few = criteria(0.5, 4, 6, 0.6)
    assert [name for name, value in few.items() if math.isnan(value)] == ["aicc", "hqc"]
    beyond = criteria(0.5, 4, 60, 1.1)
    assert [name for name, value in beyond.items() if math.isnan(value)] == ["gm", "cp"]


def test_models_that_cannot_be_compared_are_refused(fits, complete, reputation):
    some = csi.fit(reputation, complete[:200])
    with pytest.raises(csi.OptionError, match=r"\d+ and 200 respondents"):
        compare_models({"a": fits["all"], "b": some})
    shuffled = complete.assign(cusa=complete["cusa"].to_numpy()[::-1])
    with pytest.raises(csi.OptionError, match="other answers"):
        compare_models({"a": fits["all"], "b": csi.fit(reputation, shuffled)})
    shorter = [
        replace(c, indicators=c.indicators[:2]) if c.name == "CUSL" else c
        for c in reputation.constructs
    ]
    other = csi.fit(replace(reputation, constructs=tuple(shorter)), complete)
    with pytest.raises(csi.OptionError, match=r"measured differently .*cusl_3"):
        compare_models({"a": fits["all"], "b": other}, "CUSL")
    with pytest.raises(csi.OptionError, match="No path leads to 'COMP'"):
        compare_models(fits, "COMP")
    with pytest.raises(csi.OptionError, match="no construct 'Loyalty'"):
        compare_models(fits, "Loyalty")
    for wrong in ({}, fits["all"], {"a": 1}):
        with pytest.raises(csi.CsiError, match="compare_models takes"):
            compare_models(wrong)
