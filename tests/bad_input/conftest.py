"""A small model with good answers, which each test spoils in one way."""

import numpy as np
import pandas as pd
import pytest

import csi

N = 200


@pytest.fixture(scope="session")
def model():
    """Satisfaction (three items) drives loyalty (two items)."""
    return csi.parse("""
        Satisfaction =~ S1 + S2 + S3
        Loyalty      =~ L1 + L2
        Loyalty      ~  Satisfaction
    """)


@pytest.fixture
def frame(model):
    """Whole numbers from 1 to 10 with a common factor, none missing."""
    rng = np.random.default_rng(1)
    common = rng.normal(size=(N, 1))
    noise = rng.normal(size=(N, len(model.indicators)))
    answers = np.clip(np.round(6 + 2 * common + 1.5 * noise), 1, 10)
    return pd.DataFrame(answers, columns=list(model.indicators))


@pytest.fixture
def fit(model):
    """Fit the model to a dataframe with what is declared about it."""

    def fit_one(frame, estimator=None, **declared):
        return csi.fit(model, csi.survey(frame, **declared), estimator)

    return fit_one


@pytest.fixture
def corr(frame):
    """Correlations of the five items."""
    return np.corrcoef(frame.to_numpy().T)
