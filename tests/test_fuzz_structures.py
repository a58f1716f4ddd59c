"""Random covariance structures of random answers: a fit, or an error of csi's own.

Every case is drawn from its number, so ``run(number)`` repeats it. What is raised is a CsiError,
what is warned of is a CsiWarning, estimates are finite, and other numbers are finite or the fit
says in its problems what is wrong.
"""

import contextlib
import os
import signal
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from test_fuzz import pick

import csi
from csi.errors import CsiError, CsiWarning

QUICK = int(os.environ.get("CSI_FUZZ_STRUCTURES_QUICK", "30"))
LONG = int(os.environ.get("CSI_FUZZ_STRUCTURES", "2000"))
BLOCKS = 10
SEED = 21


FORMULAS = [
    ("double := 2*b", "b"), ("u := b/l; b > 0", "bl"), ("b == l", "bl"), ("b < 0.1", "b"),
    ("b == 0.2", "b"), ("l > 0; l < 1", "l"), ("b^2 == 0.04", "b"), ("exp(b) < 0", "b"),
    ("c := log(b); d := sqrt(c)", "b"), ("l == 0", "l"), ("b > l; b < l", "bl"),
    ("z := 1/(b - b)", "b"),
    ("b == 2; b == 3", "b"), ("b == b", "b"), ("l > -1; 2*l > -2", "l"), ("abs(b) == 0", "b"),
]  # fmt: skip


def chance(rng, share):
    return rng.random() < share


def random_text(rng):
    """A model text: constructs with a few items each, paths, and some of the language."""
    sizes = rng.choice([1, 2, 3, 3, 4, 4], int(rng.integers(1, 5)))
    names = [f"C{j}" for j in range(len(sizes))]
    blocks = {n: [f"{n.lower()}{i}" for i in range(s)] for n, s in zip(names, sizes, strict=True)}
    lines = [measured(rng, name, items) for name, items in blocks.items()]
    if len(names) > 2 and chance(rng, 0.1):
        lines.append(f"H =~ {' + '.join(names[:-1])}")
        names = ["H", names[-1]]
    lines += paths(rng, names)
    items = [item for block in blocks.values() for item in block]
    for _ in range(pick(rng, [0, 0, 0, 0, 1, 1, 2])):
        lines.append(statement(rng, names, items))
    text = "\n".join(lines)
    known = [formula for formula in FORMULAS if all(f"{a}*" in text for a in formula[1])]
    if known and chance(rng, 0.6):
        text += "\n" + pick(rng, known)[0]
    return text


def measured(rng, name, items):
    operator = pick(rng, ["=~"] * 14 + ["<~"])
    labels = pick(rng, [("",)] * 12 + [("", "l*"), ("", "", "1*"), ("NA*",), ("", "start(0.7)*")])
    terms = [f"{labels[i % len(labels)]}{item}" for i, item in enumerate(items)]
    return f"{name} {operator} {' + '.join(terms)}"


def paths(rng, names):
    marks = ["", "", "", "", "b*", "0*", "0.3*", "start(9)*", "-1*"]
    found = [
        f"{names[j]} ~ {pick(rng, marks)}{names[i]}"
        for j in range(len(names))
        for i in range(j)
        if i == j - 1 or chance(rng, 0.4)
    ]
    if len(names) > 1 and chance(rng, 0.06):
        found.append(f"{names[-1]} ~ {names[0]}:{pick(rng, names[:-1])}")
    if chance(rng, 0.1):
        found.append(f"{names[-1]} ~ {pick(rng, ['', 'b*'])}x")
    return found


def statement(rng, names, items):
    one, other = pick(rng, items), pick(rng, items)
    return pick(
        rng,
        [
            f"{one} ~~ {other}", f"{one} ~~ 0*{one}", f"{one} ~~ e*{one}; {other} ~~ e*{other}",
            f"{names[0]} ~~ {names[-1]}", f"{names[0]} ~~ 1*{names[0]}", f"{one} ~ 1",
            f"{names[0]} ~ 1", f"{names[0]} =~ {other}", f"{one} ~ {other}", f"{one} | t1",
            f"{one} | 0*t1", f"{one} ~*~ 1*{one}", f"{names[-1]} ~~ 0*{names[-1]}",
            f"{one} ~~ -1*{one}", f"{one} ~~ {other}; {names[0]} ~~ {other}",
            f"{names[0]} ~~ c(v, w)*{names[0]}", f"{names[0]} =~ c(1, 2)*{one}",
        ],
    )  # fmt: skip


def random_answers(rng, columns):
    """Answers with a common factor, few or many, coarse or fine, spoiled in some way."""
    n, p = pick(rng, [5, 12, 40, 80, 150, 150, 300, 300, 300]), len(columns)
    common = pick(rng, [0, 0.3, 1, 1, 1, 1, 5]) * rng.normal(size=(n, 1))
    signs = pick(rng, [np.ones(p), np.ones(p), np.ones(p), rng.choice([-1, 1], p)])
    own = pick(rng, [0.01, 1, 1, 1, 3]) * rng.normal(size=(n, p))
    grown = rng.normal(size=(n, 1)) * np.linspace(0, 1, p)
    x = signs * common + own + grown
    steps = pick(rng, [0, 0, 1, 3, 5, 10])
    if steps:
        x = np.clip(np.round(x + steps / 2), 0, steps) + 1
    x = spoiled(rng, x) * 10.0 ** pick(rng, [0, 0, 0, 0, 0, 0, 0, 6, -6, 20])
    missing = rng.random(x.shape) < pick(rng, [0, 0, 0, 0, 0, 0.01, 0.1, 0.3])
    return pd.DataFrame(np.where(missing, np.nan, x), columns=list(columns))


def spoiled(rng, x):
    one, other, third = rng.integers(x.shape[1], size=3)
    kind = rng.random()
    if kind < 0.02:
        x[:, one] = 3
    elif kind < 0.04:
        x[:, one] = x[:, other]
    elif kind < 0.06:
        x[:, one] = x[:, other] + x[:, third]
    elif kind < 0.08:
        x[:, one] = np.arange(len(x)) == 0
    elif kind < 0.1:
        x[len(x) // 3 :] = x[0]
    elif kind < 0.13:
        x[:, one] += 1e7
    elif kind < 0.16:
        x[:, one] = x[:, other] + 1e-4 * x[:, one]
    return x


def declared(rng, frame, estimator):
    """What may be declared of the respondents."""
    n = len(frame)
    options = {"missing": pick(rng, ["listwise", "listwise", "fiml", "fiml", "mean"])}
    if isinstance(estimator, csi.SAM) or estimator.ordered:
        options["missing"] = "listwise"
    elif estimator.auxiliary:
        options["missing"] = "fiml"
    if chance(rng, 0.15):
        frame["w"], options["weights"] = rng.integers(0, 4, n) * 1.0, "w"
        options["weight_type"] = pick(rng, ["sampling", "frequency"])
    if chance(rng, 0.1):
        frame["k"], options["clusters"] = np.arange(n) // pick(rng, [1, 2, 5, n // 2]), "k"
    if chance(rng, 0.1):
        frame["s"], options["strata"] = np.arange(n) // (n // 2), "s"
    if chance(rng, 0.3):
        frame["g"] = np.where(np.arange(n) < pick(rng, [1, n // 2, n // 3]), "one", "two")
    else:
        frame["g"] = np.arange(n) % pick(rng, [1, 2, 2, 3])
    return csi.survey(frame, **options)


METHODS = [
    "ML", "ML", "ML", "MLR", "MLM", "MLMV", "MLMVS", "MLF", "GLS", "ULS", "ULSM", "ULSMV",
    "WLS", "DWLS", "WLSMV",
]  # fmt: skip
SETTINGS = {
    "likelihood": ["wishart"], "information": ["observed", "expected"], "means": [True],
    "scaling": ["variance"], "reliability": [0.8], "fixed_x": [False],
    "errors": ["standard", "robust.sem", "robust.huber", "first.order"],
    "test": ["satorra.bentler", "yuan.bentler", "browne.residual.adf", "browne.residual.nt"],
    "correlated_outcomes": [False], "orthogonal": [True], "ordered": [True, True, ["c00"]],
    "missing": ["two-stage", "robust-two-stage"], "parametrization": ["theta"],
    "products": ["all"], "centring": ["mean", "residual"], "on_fail": ["return"] * 3,
    "max_iter": [1, 3], "auxiliary": [["x"]],
}  # fmt: skip


def random_estimator(rng):
    if chance(rng, 0.1):
        return csi.SAM(
            pick(rng, ["local", "global"]), pick(rng, ["ML", "GLS", "ULS"]),
            pick(rng, ["apart", "joint"]), pick(rng, ["twostep", "robust", "naive"]),
        )  # fmt: skip
    chosen = {name: pick(rng, v) for name, v in SETTINGS.items() if chance(rng, 0.05)}
    if chance(rng, 0.12):
        chosen |= {"ordered": True, "method": pick(rng, METHODS[-6:])}
    elif "ordered" in chosen:
        chosen["method"] = pick(rng, METHODS[-6:])
    elif "likelihood" in chosen:
        chosen["method"] = pick(rng, METHODS[:6])
    return csi.CBSEM(**{"method": pick(rng, METHODS), **chosen})


def random_fit(rng):
    """Fit a random structure to random answers, or to their moments, or to groups."""
    model = csi.parse(random_text(rng))
    frame = random_answers(rng, model.indicators)
    if "x" not in frame:
        frame["x"] = rng.normal(size=len(frame))
    estimator = random_estimator(rng)
    survey = declared(rng, frame, estimator)
    if chance(rng, 0.2):
        words = ["loadings", "intercepts", "residuals", "means", "regressions", "thresholds"]
        return csi.multigroup(
            model,
            survey,
            "g",
            estimator,
            equal=pick(rng, [[], words[:1], words[:1], words[:2], words]),
        )
    if chance(rng, 0.1):
        moments = csi.Moments.from_covariance(
            np.cov(frame[list(model.indicators)].to_numpy().T), model.indicators, len(frame)
        )
        return csi.fit(model, moments, estimator)
    return csi.fit(model, survey, estimator)


def asked(rng, fit):
    """What may be asked of a fit of one group or of several."""
    both = [
        fit.summary, lambda: fit.parameters, lambda: fit.defined,
        lambda: fit.standardized("lv"), lambda: fit.fit_measures, lambda: fit.vcov,
        fit.modification_indices, fit.score_test, lambda: fit.wald("b == 0"),
    ]  # fmt: skip
    if isinstance(fit, csi.MultigroupFit):
        return [
            *both, lambda: fit.latent_means, lambda: fit.contributions,
            lambda: fit.residual_measures, lambda: csi.likelihood_ratio(fit, fit),
            lambda: csi.to_json(fit),
        ]  # fmt: skip
    kinds = ["raw", "correlation", "normalized", "standardized"]
    ways = ["regression", "bartlett", "ten_berge"]
    one = [
        *both, lambda: fit.paths, lambda: fit.weights, lambda: fit.effects, lambda: fit.r2,
        lambda: fit.indices, lambda: fit.impacts, lambda: fit.scores, lambda: fit.loadings,
        lambda: fit.reliability, lambda: fit.item_r2, lambda: fit.residual_summary,
        lambda: fit.residuals(pick(rng, kinds)), lambda: fit.residual_means(pick(rng, kinds)),
        lambda: fit.factor_scores(pick(rng, ways)), lambda: fit.score_quality(pick(rng, ways)),
        lambda: csi.from_json(csi.to_json(fit)), lambda: csi.likelihood_ratio(fit, fit),
        lambda: fit.simple_slopes(fit.model.names[-1], "C0", pick(rng, [None, "C1"])),
    ]  # fmt: skip
    if chance(rng, 0.3):
        one += [
            lambda: csi.report(fit),
            lambda: csi.assess(fit, n_boot=0, folds=2, repeats=1, rng=1),
            lambda: csi.bollen_stine(fit, n_boot=100, rng=1),
            lambda: csi.bootstrap(fit, n_boot=100, rng=1).paths,
        ]  # fmt: skip
    return one


def run(number, seconds=120):
    """Make case `number` and return what became of it."""
    rng = np.random.default_rng([SEED, number])
    with warnings.catch_warnings(), within(seconds):
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CsiWarning)
        try:
            fit = random_fit(rng)
        except CsiError as refusal:
            return type(refusal).__name__
        if fit.convergence.converged:
            check(fit)
        for ask in asked(rng, fit):
            with contextlib.suppress(CsiError):
                ask()
    return "fit" if fit.convergence.converged else "not settled"


@contextlib.contextmanager
def within(seconds):
    """Stop what takes longer."""

    def stop(*_):
        raise TimeoutError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(fit):
    """Estimates are finite; so are errors and tests, or the fit says what is wrong."""
    table = fit.parameters
    assert np.isfinite(table.loc[table["operator"] != ":=", "estimate"]).all()
    free = table[table["free"]]
    sure = np.isfinite(free[["se", "std_all"]].to_numpy()).all()
    measures = fit.fit_measures["value"]
    tested = np.isfinite(measures.loc[["chisq", "df", "srmr"]]).all()
    assert (sure and tested) or fit.problems


def run_many(numbers):
    outcomes = Counter()
    for number in numbers:
        try:
            outcomes[run(number)] += 1
        except BaseException as problem:
            problem.add_note(f"Repeat with: from test_fuzz_structures import run; run({number})")
            raise
    return outcomes


def test_quick():
    outcomes = run_many(range(QUICK))
    assert outcomes["fit"] > QUICK / 10
    assert len(outcomes) > 3


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_long(block):
    outcomes = run_many(range(block * LONG // BLOCKS, (block + 1) * LONG // BLOCKS))
    assert outcomes["fit"] > LONG / BLOCKS / 10
