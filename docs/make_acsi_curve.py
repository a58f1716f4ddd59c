"""Make csi/studies/acsi_2015_curve.json from the public sample of the ACSI.

Run with the file of doi:10.17632/64xkbj2ry5.2, saved as text::

    python docs/make_acsi_curve.py acsi2015.csv

It also prints the figures of tests/test_studies.py, computed from the rows.
"""

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import csi
from csi.core.curve.bins import bin_of

STUDY = Path(__file__).parent.parent / "csi" / "studies" / "acsi_2015_curve.json"

INDUSTRIES = {
    "processed food": 1001,
    "airlines": 3003,
    "internet service providers": 3013,
    "banks": 5001,
}

TOLD = {
    "title": "American Customer Satisfaction Index, sample of 2015: satisfaction by repurchase",
    "citation": (
        "Morgeson, F. V., Hult, G. T. M., Sharma, U. and Fornell, C. (2023). The American Customer "
        "Satisfaction Index (ACSI): a sample dataset and description. Data in Brief 48, 109123. "
        "doi:10.1016/j.dib.2023.109123"
    ),
    "provenance": (
        "Counted from the rows of doi:10.17632/64xkbj2ry5.2 by docs/make_acsi_curve.py. For each "
        "industry the ACSI model was fitted by PLS (path weighting, Mode A) to the respondents who "
        "answered all of its 13 items; 98 and 99 are no answers. The score is the 0-100 index of "
        "SATIS, CONFIRM and IDEAL with the unstandardised weights of that fit, rounded to whole "
        "points; the outcome is REPUR. Shares and covariance of the three items are those of "
        "the same respondents, in points of 0-100, divisor n - 1."
    ),
    "licence": (
        "Counts and moments; no row is included. The licence of the rows is stated at "
        "doi:10.17632/64xkbj2ry5.2."
    ),
    "persons": (
        "A cell counts respondents with one rounded score and one answer. There is no other "
        "column: no firm, age, income or place, nothing that leads to a person, also where a "
        "cell counts one respondent."
    ),
    "cause": "Satisfaction",
    "effect": "Repurchase",
    "scale": [1, 10],
    "items": ["SATIS", "CONFIRM", "IDEAL"],
}


def curve_of(rows: pd.DataFrame, top: int | None = None) -> csi.Curve:
    """Fit the model and the curve to the rows of one industry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", csi.DataQualityWarning)  # incomplete respondents
        survey = csi.survey(rows.reset_index(drop=True), missing_codes=[98, 99])
        fit = csi.fit(csi.models.acsi(), survey)
    return csi.loyalty_curve(fit, "Satisfaction", "Loyalty", rng=1, top=top)


def table_of(curve: csi.Curve) -> dict[str, object]:
    """Count the respondents of a curve."""
    observed, figures = curve.observed, curve.observed.figures
    answer = np.rint(1 + 9 * observed.outcome / 100).astype(int)
    counts = np.zeros((101, 10), dtype=int)
    np.add.at(counts, (bin_of(observed.score), answer - 1), 1)
    there = np.flatnonzero(counts.sum(axis=1))
    return {
        "n": observed.n,
        "counts": {int(score): counts[score].tolist() for score in there},
        "weights": figures.weights.tolist(),
        "answers": [np.rint(part * observed.n).astype(int).tolist() for part in figures.shares],
        "covariance": figures.covariance.tolist(),
    }


def figures_of(curve: csi.Curve) -> list[float]:
    """Return what a curve is made of: reliability, errors of the items, line through the bins."""
    some = curve.bins.weight > 0
    line = np.polyfit(
        curve.bins.x[some], curve.bins.mean[some], 1, w=1 / np.sqrt(curve.bins.variance[some])
    )
    shown = [curve.reliability, *curve.observed.items().error, *line]
    return [float(f"{value:.6g}") for value in shown]


def main(path: str) -> None:
    """Write the study and print what its rows say."""
    rows = pd.read_csv(path)
    parts = {}
    for name, code in INDUSTRIES.items():
        own = rows[rows["INDUSTRY"] == code]
        curve = curve_of(own)
        parts[name] = {"industry": code, "respondents": len(own), **table_of(curve)}
        print(f'    ("{name}", None): {figures_of(curve)},')
        print(f'    ("{name}", 2): {figures_of(curve_of(own, 2))},')
    STUDY.write_text(written({**TOLD, "parts": parts}) + "\n", encoding="utf-8")


def written(study: dict[str, object]) -> str:
    """Return the study as JSON with every list on a line of its own."""
    text = json.dumps(study, indent=1)
    within = re.compile(r"\[[^\[\]]*\]")
    return within.sub(lambda found: json.dumps(json.loads(found[0])), text)


if __name__ == "__main__":
    main(sys.argv[1])
