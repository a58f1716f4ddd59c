"""Women and men among the customers of a Spanish bank, against cSEM and seminr for R.

Source      Sanchez (2013), PLS Path Modeling with R; 148 women and 102 men.
Oracle      cSEM 0.6.1.9000 (one fit for each group), seminr 2.3.4 (estimate_pls_mga).
Settings    Mode A, path weighting, answers standardised within each group.
Input here  sums and products of the answers of each group, whole numbers.
"""

import pandas as pd
import pytest
from numpy.testing import assert_allclose
from peers import golden, group_moments, model, quantities

import csi

NAME = "groups_satisfaction"


@pytest.fixture(params=["female", "male"])
def group(request):
    return request.param


@pytest.fixture
def ours(group):
    fit = csi.fit(model(NAME), group_moments(NAME, group), csi.PLS(tol=1e-13))
    return quantities(fit)


@pytest.mark.parametrize("quantity", ["paths", "r2", "weights"])
def test_estimates_of_csem(ours, group, quantity):
    theirs = pd.Series(golden(NAME)["estimates"][group][quantity])
    assert_allclose(ours[quantity].loc[theirs.index], theirs, rtol=0, atol=1e-12)


def test_paths_of_seminr(ours, group):
    """It stopped at 1e-7."""
    stored = golden(NAME)["mga"]
    theirs = pd.DataFrame(stored["paths"], index=stored["columns"]).loc[group]
    assert_allclose(ours["paths"].loc[theirs.index], theirs, rtol=0, atol=1e-8)
