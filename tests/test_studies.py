"""Bundled studies, against what was printed and what other software made of them.

Source      ECSI mobile-phone study: Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005),
            CSDA 48, 159-205; rows in the R package semPLS.
Oracle      SmartPLS 2.0.M3, path weighting; its output files are in
            tests/SmartPLS/results/ecsi of semPLS (commit 96f0d593).
Tolerance   one unit of the last decimal printed, 1e-8.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import csi
from csi import studies

SMARTPLS_PATHS = {
    "Image -> Expectation": 0.50491393,
    "Expectation -> Quality": 0.55674896,
    "Expectation -> Value": 0.04998839,
    "Quality -> Value": 0.55830438,
    "Image -> Satisfaction": 0.1787395,
    "Expectation -> Satisfaction": 0.06252287,
    "Quality -> Satisfaction": 0.51202394,
    "Value -> Satisfaction": 0.1947651,
    "Satisfaction -> Complaints": 0.52806625,
    "Image -> Loyalty": 0.19575534,
    "Satisfaction -> Loyalty": 0.48547762,
    "Complaints -> Loyalty": 0.06692607,
}


def test_the_ecsi_study_reproduces_smartpls():
    fit = csi.fit(csi.models.ecsi_mobile(), studies.moments("ecsi-mobi"), csi.PLS(tol=1e-10))
    ours = {f"{row.source} -> {row.target}": row.estimate for row in fit.paths.itertuples()}
    assert ours.keys() == SMARTPLS_PATHS.keys()
    assert_allclose(
        [ours[name] for name in SMARTPLS_PATHS], list(SMARTPLS_PATHS.values()), atol=1e-8
    )


def test_the_moments_are_in_the_units_of_the_questionnaire():
    moments = studies.moments("ecsi-mobi")
    assert moments.units == "raw"
    assert moments.n == 250
    at = moments.columns.index("CUSA1")
    assert moments.mean[at] == pytest.approx(7.988, abs=1e-12)
    assert moments.sd[at] == pytest.approx(1.2336708536317138, rel=1e-12)
    sums = moments.mean * 250
    assert_allclose(sums, np.round(sums), atol=1e-9)


def test_the_catalogue_lists_every_study_with_its_source():
    table = studies.catalogue()
    assert list(table.columns) == ["name", "title", "n", "items", "citation"]
    assert table["name"].is_unique
    for row in table.itertuples():
        moments = studies.moments(row.name)
        assert (moments.n, len(moments.columns)) == (row.n, row.items)
        assert "doi:" in row.citation


@pytest.mark.parametrize("name", ["ecsi-moby", "demo", None, ["ecsi-mobi"]])
def test_unknown_studies_are_refused(name):
    with pytest.raises(csi.OptionError, match="There is no study"):
        studies.moments(name)


def test_a_near_name_is_proposed():
    with pytest.raises(csi.OptionError, match="Did you mean 'ecsi-mobi'"):
        studies.moments("ecsi_mobi")
