"""Missing answers that cannot be fitted as they are (situations 14-19 under missing="fiml")."""

import numpy as np
import pandas as pd
import pytest

import csi
from csi import DataError, DataQualityWarning, EstimationError, OptionError

pytestmark = pytest.mark.filterwarnings("ignore::csi.PrecisionWarning")  # of small samples


@pytest.fixture(scope="session")
def model():
    """One construct behind all five items, as the answers were made."""
    return csi.parse("Satisfaction =~ S1 + S2 + S3 + L1 + L2")


@pytest.fixture
def fiml(fit):
    """Fit with every answer there is."""

    def fit_one(frame, estimator=None, **declared):
        return fit(frame, estimator or csi.CBSEM(), missing="fiml", **declared)

    return fit_one


@pytest.fixture
def spoilt(frame):
    """Some answers missing."""
    return frame.mask(np.random.default_rng(5).random(frame.shape) < 0.1)


def test_014_item_without_answers(fiml, frame):
    frame["S1"] = np.nan
    with pytest.raises(DataError, match=r"S1 has no answer: all 200 are missing\. Leave it out"):
        fiml(frame)


def test_015_respondents_without_answers_are_dropped_and_counted(fiml, spoilt):
    spoilt.loc[:4] = np.nan
    audit = fiml(spoilt).audit.set_index("step")["count"]
    assert audit["dropped: no answer at all"] == 5
    assert audit["respondents used"] == 195


def test_016_item_missing_for_most(fiml, frame):
    frame.loc[:119, "S1"] = np.nan
    with pytest.warns(DataQualityWarning, match=r"S1 is missing for 60% of the respondents"):
        fiml(frame)


def test_017_no_complete_respondent_is_no_obstacle(fiml, frame):
    answers = frame.to_numpy(copy=True)
    answers[np.arange(200), np.arange(200) % 5] = np.nan
    assert fiml(pd.DataFrame(answers, columns=frame.columns)).convergence.converged


def test_018_items_never_answered_together(fiml, frame):
    frame.loc[:99, "S1"] = np.nan
    frame.loc[100:, "L1"] = np.nan
    with pytest.raises(DataError, match=r"never answered by the same respondent: S1 with L1\. "):
        fiml(frame)


def test_018_too_few_answers_of_one_item(fiml, frame):
    frame.loc[5:, "S1"] = np.nan
    with pytest.raises(DataError, match=r"Only 5 respondents answered S1; .* Leave S1 out"):
        fiml(frame)


def test_018_item_constant_among_those_who_answered_another(fiml, frame):
    """Pairs have no correlation then; the likelihood has a maximum all the same."""
    frame.loc[:99, "S1"] = 5.0
    frame.loc[100:, "L1"] = np.nan
    assert fiml(frame).convergence.converged


def test_018_items_that_determine_each_other(fiml, frame):
    frame["S3"] = frame["S1"]
    frame.loc[:9, "S3"] = np.nan
    with pytest.raises(EstimationError, match=r"allow that S1, S3 determine each other exactly"):
        fiml(frame)


def test_019_item_constant_among_the_answers(fiml, spoilt):
    spoilt["S1"] = spoilt["S1"].where(spoilt["S1"].isna(), 5.0)
    with pytest.raises(DataError, match=r"S1 is always 5\. A constant item"):
        fiml(spoilt)


def test_011_fewer_respondents_than_items(fiml, spoilt):
    model = csi.parse("A =~ " + " + ".join(f"x{i}" for i in range(12)))
    few = pd.DataFrame(np.random.default_rng(1).normal(size=(11, 12)), columns=model.indicators)
    few.iloc[0, 0] = np.nan
    with pytest.raises((DataError, EstimationError), match=r"12 items"):
        csi.fit(model, csi.survey(few, missing="fiml"), csi.CBSEM())


def test_estimators_that_have_no_likelihood(fiml, model, spoilt):
    with pytest.raises(
        OptionError, match=r"likelihood .* PLS has not.*'pairwise' or 'mean', or fi"
    ):
        fiml(spoilt, csi.PLS())
    with pytest.raises(OptionError, match=r"PLS has not"):
        csi.fit_by(model, csi.survey(spoilt.assign(firm="a"), missing="fiml"), "firm")


def test_moments_of_pairs_have_no_likelihood(fit, spoilt):
    with pytest.raises(OptionError, match=r"CBSEM cannot do with missing='pairwise'.*'fiml'"):
        fit(spoilt, csi.CBSEM(), missing="pairwise")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "GLS"}, r"GLS needs complete answers, .*'ML'.*robust-two-stage.*listwise"),
        ({"method": "MLR", "missing": "two-stage"}, r"MLR needs complete answers"),
        ({"errors": "robust.sem"}, r"errors='robust.sem' needs complete .*: standard, robust\.hu"),
        ({"test": "satorra.bentler"}, r"test='satorra.bentler' needs .*: standard, yuan\.bentler"),
        ({"missing": "robust-two-stage", "test": "standard"}, r"there are: satorra\.bentler"),
    ],
)
def test_settings_that_need_complete_answers(fiml, spoilt, options, message):
    with pytest.raises(OptionError, match=message):
        fiml(spoilt, csi.CBSEM(**options))


def test_unknown_ways():
    with pytest.raises(OptionError, match=r"'two.stage'. Known: .* Did you mean 'two-stage'\?"):
        csi.CBSEM(missing="two.stage")
    for wrong in (3, ["age", 3]):
        with pytest.raises(OptionError, match=r"auxiliary is .* Name columns of the survey"):
            csi.CBSEM(auxiliary=wrong)
    with pytest.raises(OptionError, match=r"auxiliary names a column twice"):
        csi.CBSEM(auxiliary=["age", "age"])


def test_auxiliary_variables_that_cannot_be_used(fiml, fit, model, spoilt):
    with pytest.raises(OptionError, match=r"S1 belongs to the model, so it cannot be an auxil"):
        fiml(spoilt, csi.CBSEM(auxiliary="S1"))
    with pytest.raises(DataError, match=r"Missing column: age"):
        fiml(spoilt, csi.CBSEM(auxiliary="age"))
    spoilt["age"] = np.arange(200.0)
    with pytest.raises(OptionError, match=r"age would tell of .* missing='listwise' keeps none"):
        fit(spoilt, csi.CBSEM(auxiliary="age"), missing="listwise")
    moments = csi.Moments.from_rows(spoilt.drop(columns="age").to_numpy(), tuple(spoilt)[:5])
    with pytest.raises(OptionError, match=r"The moments lack the auxiliary variables age"):
        csi.fit(model, moments, csi.CBSEM(auxiliary="age"))


def test_auxiliary_variables_need_no_scale_of_the_items(fiml, spoilt):
    spoilt["age"] = np.arange(200.0)
    assert fiml(spoilt, csi.CBSEM(auxiliary="age"), scale=(1, 10)).convergence.converged
