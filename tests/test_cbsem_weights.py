"""Covariance structures of respondents who were weighted, or drawn in clusters and strata.

Oracle      lavaan 0.6-14: sampling weights, clusters, both; see golden/lavaan/README.md.
            It adds a mean structure where there are clusters, so `means` is given here.
Frequencies are compared with the same rows written out, strata with the errors of means
that `csi.Moments` computes in another way.
"""

import numpy as np
import pytest
from lavaan_studies import expected_parameters, rows
from lavaan_studies import fit as figures
from numpy.testing import assert_allclose

import csi
from csi.core.sem.gamma import fourth_moments

CASES = {
    "weights_MLR": ({"weights": "wt"}, False),
    "cluster_MLR": ({"clusters": "clus"}, True),
    "weights_cluster": ({"weights": "wt", "clusters": "clus"}, True),
}
CORE = csi.parse(figures("weights_clusters", "weights_MLR")["model"])
OTHER_NAMES = {"rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0"}
NOT_SHOWN = {"scaling.factor.h0", "scaling.factor.h1"}


def survey(**declared):
    table = rows("mobi_wt").assign(region=lambda t: (t["clus"] - 1) // 10)
    return csi.survey(table[[*CORE.indicators, *declared.values()]], scale=(1, 10), **declared)


@pytest.mark.parametrize("method", ["ML", "MLR"])
@pytest.mark.parametrize("name", CASES)
def test_weights_and_clusters_agree_with_lavaan(name, method):
    declared, means = CASES[name]
    entry = figures("weights_clusters", name)
    fit = csi.fit(CORE, survey(**declared), csi.CBSEM(method, means=means))
    expected = expected_parameters(entry)
    ours = {tuple(row[:3]): row for row in fit.parameters.itertuples(index=False)}
    assert len(ours) == len(expected)
    table = [ours[key] for key in zip(*(expected[c] for c in ("lhs", "op", "rhs")), strict=True)]
    assert_allclose([row.estimate for row in table], expected["est"], atol=1e-7)
    assert_allclose([row.se for row in table], expected["se"], atol=1e-7)
    known = {k: v for k, v in entry["fit"].items() if k not in OTHER_NAMES | NOT_SHOWN}
    assert_allclose(
        fit.fit_measures["value"][list(known)], list(known.values()), rtol=1e-6, atol=1e-6
    )


def test_what_errors_heed_is_told():
    shown = csi.fit(CORE, survey(weights="wt", clusters="clus"), csi.CBSEM()).settings
    value = dict(zip(shown["setting"], shown["value"], strict=True))
    assert value["standard errors"] == "robust.huber, heeding sampling weights, clusters"
    assert value["test"] == "yuan.bentler.mplus"
    least = csi.fit(CORE, survey(clusters="clus"), csi.CBSEM("GLS")).solution.choices
    assert (least.errors, least.test) == ("robust.sem", "satorra.bentler")


def test_errors_that_heed_nothing_are_warned_of():
    with pytest.warns(csi.DataQualityWarning, match="simple random sample.* sampling weights"):
        fit = csi.fit(CORE, survey(weights="wt"), csi.CBSEM(errors="standard"))
    assert fit.solution.choices.errors == "standard"
    table = rows("mobi_wt")
    batches = [(table[list(CORE.indicators)], table["wt"].to_numpy())]
    moments = csi.Moments.from_batches(batches, CORE.indicators)
    with pytest.warns(csi.DataQualityWarning, match=r"weights differ: .* \(Kish\)"):
        csi.fit(CORE, moments, csi.CBSEM())


@pytest.mark.parametrize("method", ["ML", "MLR", "MLM", "ULSMV", "DWLS"])
@pytest.mark.parametrize("strata", [False, True], ids=["", "strata"])
def test_frequencies_count_rows(method, strata):
    table = rows("mobi_wt").assign(region=lambda t: (t["clus"] - 1) // 10)
    times = np.round(2 * table["wt"]).astype(int) - 1
    assert times.min() == 0
    columns = [*CORE.indicators, *(["region"] if strata else [])]
    written = table.loc[np.repeat(table.index, times), columns].reset_index(drop=True)
    declared = {"strata": "region"} if strata else {}
    counted = csi.survey(
        table.assign(times=times)[[*columns, "times"]], scale=(1, 10), weights="times",
        weight_type="frequency", **declared,
    )  # fmt: skip
    one, other = (
        csi.fit(CORE, data, csi.CBSEM(method))
        for data in (counted, csi.survey(written, scale=(1, 10), **declared))
    )
    assert one.n == other.n == times.sum()
    for column in ("estimate", "se"):
        assert_allclose(one.parameters[column], other.parameters[column], rtol=1e-8)
    assert_allclose(one.fit_measures["value"], other.fit_measures["value"], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("chunk", [None, 7])
def test_means_have_the_errors_of_the_design(chunk):
    data = survey(weights="wt", clusters="clus", strata="region")
    moments = csi.fit(CORE, data, csi.CBSEM()).moments
    design = moments.design
    found = fourth_moments(
        moments.rows, moments.weights, design.clusters, strata=design.strata, chunk=chunk
    )
    p = len(CORE.indicators)
    assert_allclose(found.gamma(means=True)[:p, :p] / moments.n, moments.mean_cov, rtol=1e-12)


def test_strata_with_missing_answers_are_refused():
    table = rows("mobi_wt").assign(region=lambda t: (t["clus"] - 1) // 10)
    table.loc[:20, "CUSA1"] = np.nan
    columns = [*CORE.indicators, "region", "clus"]
    known = {"missing": "fiml", "scale": (1, 10)}
    data = csi.survey(table[columns], strata="region", clusters="clus", **known)
    with pytest.raises(csi.OptionError, match="do not heed strata where answers are missing"):
        csi.fit(CORE, data, csi.CBSEM())
    data = csi.survey(table[columns], clusters="clus", **known)
    with pytest.raises(csi.OptionError, match="simple random sample, but there are clusters"):
        csi.fit(CORE, data, csi.CBSEM(missing="two-stage"))
    fit = csi.fit(CORE, data, csi.CBSEM())
    assert fit.solution.choices.errors == "robust.huber"
