"""Covariance structures fitted in threads, twice or in another order are the same to the bit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import csi

TEXT = "A =~ a1 + p*a2 + q*a3\nB =~ b1 + b2 + b3\nB ~ b*A\ntwice := 2*b"


@pytest.fixture(scope="module")
def fits():
    """Functions that fit: models that differ a little, to data that differ a little."""
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 200, 1))
    eta = np.hstack([np.repeat(a, 3, axis=1), np.repeat(0.6 * a + 0.8 * b, 3, axis=1)])
    rows = np.round(20 + 2 * (eta + 0.8 * rng.standard_normal((200, 6))))
    frame = pd.DataFrame(rows, columns=["a1", "a2", "a3", "b1", "b2", "b3"])
    frame["g"] = np.arange(200) % 2
    models = [csi.parse(TEXT), csi.parse(TEXT.replace("q*", "p*")), csi.parse(f"{TEXT}; b == p")]
    surveys = [csi.survey(data) for data in (frame, 1.0 * frame.assign(a1=3 * frame["a1"]))]
    holes = frame.mask(np.arange(frame.size).reshape(frame.shape) % 29 == 0)
    surveys.append(csi.survey(holes.assign(g=frame["g"]), missing="fiml"))
    estimators = [csi.CBSEM(), csi.CBSEM("MLR", means=True), csi.CBSEM(scaling="variance")]
    return [
        *(
            lambda m=m, s=s, e=e: csi.fit(m, s, e)
            for m in models for s in surveys for e in estimators
        ),
        *(lambda m=m, s=s: csi.multigroup(m, s, "g") for m in models for s in surveys),
        *(lambda m=m: csi.fit(m, surveys[0], csi.CBSEM("DWLS")) for m in models),
        *(lambda m=m: csi.fit(m, surveys[1], csi.SAM()) for m in models[:2]),
    ]  # fmt: skip


def figures(fit):
    found = fit()
    return found.parameters.to_csv(), found.fit_measures.to_csv(), found.solution.theta.tobytes()


def test_four_threads(fits):
    expected = [figures(fit) for fit in fits]
    assert len(set(expected)) == len(fits)
    assert [figures(fit) for fit in reversed(fits)] == expected[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(figures, fits)) == expected
