"""Inputs nobody thought of: csi answers with a result or with an error of its own.

Every input is drawn from its number, so ``run(number)`` repeats it. Three things must hold: what
is raised is a CsiError; what is warned of is a CsiWarning; and a fit holds finite numbers only,
or says in its problems or in a warning that it does not.
"""

import contextlib
import copy
import datetime
import json
import os
import tempfile
import warnings
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import csi
from csi.errors import CsiError, CsiWarning

QUICK = int(os.environ.get("CSI_FUZZ_QUICK", "300"))
LONG = int(os.environ.get("CSI_FUZZ_LONG", "100000"))
ASSESSED = int(os.environ.get("CSI_FUZZ_ASSESSED", "1000"))
SEED = 20
BLOCKS = 10

TEXT = csi.parse("""
    Image        =~ I1 + I2 + I3
    Value        <~ V1 + V2
    Satisfaction =~ S1 + S2 + S3
    Loyalty      =~ L1 + L2
    Value        ~  Image
    Satisfaction ~  Image + Value
    Loyalty      ~  Satisfaction + Value
""")
ITEMS = TEXT.indicators
NAMES = [
    "满意度", "😀", "سؤال", "a b", "a\u202eb", "a\x00b", "x" * 3000, "", " ", "a\u00a0", "1", "é",
    "e\u0301", '"', "=cmd()", "<script>", "a~b", "a\nb", "\ud800", "Image", "__import__('os')", "&",
]  # fmt: skip
VALUES = [
    None, True, False, 0, 1, -1, 2, 10, 0.5, np.nan, np.inf, -np.inf, 1e308, -1e-308, 10**400,
    "", "x", "7", "listwise", "pairwise", "mean", "path", "A", "B", "unit", "raise", "return",
    "frequency", "leading_number", "I1", "group", "w", b"x", [], {}, (), (1, 10), (10, 1), (1, 1),
    ("a", "b"), [98, 99], [None], [[1]], {"I1": (1, 10)}, {"I1": 5}, {"I1": "B"}, {"Value": "A"},
    {"Value": 3}, {1: 2}, {"I1": [99]}, {"x": None}, object(), print, int, np.array([1.0, 2.0]),
    np.float64(3), np.int8(3), np.array("x"), datetime.date(2020, 1, 1), 3j, Decimal("1.5"),
    pd.Series([1.0]), pd.NA, pd.NaT, range(3), {1, 2}, "\ud800", "a" * 5000, csi.PLS, csi.PLS(),
]  # fmt: skip
CELLS = [
    None, np.nan, np.inf, 1e200, 1e-310, "7", "7 - very", "7,5", "７", "", True, 10**400, b"7", 3j,
    Decimal("7"), pd.NA, pd.NaT, datetime.datetime(2020, 1, 1), [1], {}, object(), np.str_("7"),
    np.bool_(True), 99, -1, 7, 7.5, np.float32(3), np.datetime64("NaT"), '{"ImportId":"Q"}', (1, 2),
]  # fmt: skip


def pick(rng, values):
    return values[int(rng.integers(len(values)))]


def answers(rng, n):
    """Whole numbers from 1 to 10 with a common factor."""
    common = rng.normal(size=(n, 1))
    return np.clip(np.round(6 + 2 * common + 1.5 * rng.normal(size=(n, len(ITEMS)))), 1, 10)


def column(rng, values):
    """One column turned into something else."""
    n, kind, small = len(values), int(rng.integers(16)), np.clip(values, 0, 99)
    holes = rng.random(n) < rng.random()
    return [
        lambda: np.where(holes, np.nan, values),
        lambda: pd.array(np.where(holes, np.nan, values)).astype("Float64"),
        lambda: small.astype(pick(rng, ["int8", "uint64", "float32", "complex128"])),
        lambda: values > 5,
        lambda: np.full(n, pick(rng, [0.0, 5.0, np.nan, 1e-300])),
        lambda: values.astype(str),
        lambda: [pick(rng, CELLS) if hole else v for hole, v in zip(holes, values, strict=True)],
        lambda: pd.Categorical([str(v) for v in values], ordered=bool(rng.integers(2))),
        lambda: pd.Categorical(values, ordered=bool(rng.integers(2))),
        lambda: pd.to_datetime(np.clip(values, 0, 1e4), unit="D"),
        lambda: values * 10.0 ** int(rng.integers(-120, 120)),
        lambda: values + 10.0 ** int(rng.integers(0, 20)),
        lambda: np.where(holes, pick(rng, [99, -99, np.inf, 11, 0]), values),
        lambda: -values,
        lambda: pd.array(np.where(holes, np.nan, np.round(small)), dtype="Int64"),
        lambda: pd.arrays.SparseArray(np.where(holes, 0.0, values)),
    ][kind]()  # fmt: skip


def survey_frame(rng):
    """A dataframe of some library with some columns spoiled."""
    n = pick(rng, [0, 1, 2, 9, 10, 11, 12, 15, 20, 40, 60])
    values = answers(rng, n)
    if rng.random() < 0.2:
        values[:, int(rng.integers(10))] = values @ rng.normal(size=10)
    if rng.random() < 0.3:
        values[rng.random(values.shape) < rng.random()] = np.nan
    frame = pd.DataFrame(values, columns=list(ITEMS))
    frame["group"] = np.arange(n) % pick(rng, [1, 2, 3, 50])
    frame["w"] = rng.integers(0, 4, n).astype(float)
    for _ in range(pick(rng, [0, 1, 1, 2, 5])):
        name = pick(rng, [*ITEMS, "group", "w"])
        spoiled = column(rng, np.nan_to_num(frame[name].to_numpy(dtype=float, na_value=0)))
        frame[name] = pd.Series(spoiled, index=frame.index)
        if not pd.api.types.is_float_dtype(frame[name]):
            break
    if rng.random() < 0.2:
        old, new = pick(rng, ITEMS), pick(rng, [*NAMES, *ITEMS, 5, None, ("a", "b")])
        frame.columns = pd.Index([new if c == old else c for c in frame.columns], dtype=object)
    if rng.random() < 0.1:
        frame = frame.set_axis(frame.iloc[:, 0].to_numpy(), axis=0)
    return as_library(rng, frame)


def as_library(rng, frame):
    library = pick(rng, ["pandas", "pandas", "polars", "pyarrow"])
    try:
        if library == "polars":
            return pl.from_pandas(frame)
        if library == "pyarrow":
            return pa.Table.from_pandas(frame, preserve_index=False)
    except Exception:  # these libraries refuse some of our columns
        return frame
    return frame


def declared(rng):
    """Arguments of csi.survey that are mostly sensible."""
    sensible = {
        "scale": [(1, 10), None, (0, 100), {"I1": (1, 10)}], "weights": ["w"],
        "missing": ["listwise", "pairwise", "mean"], "missing_codes": [[99], [98, 99, -99]],
        "weight_type": ["sampling", "frequency"], "reverse": [["I1"], ["I1", "V1"], "S1"],
        "allow_out_of_range": [True], "parse": ["leading_number"], "clean_names": [True],
        "ids": ["group"], "strata": ["group"], "clusters": ["group"], "duration": ["w"],
        "labels": [{"7": 7, "x": 1}],
    }  # fmt: skip
    chosen = {name: pick(rng, v) for name, v in sensible.items() if rng.random() < 0.2}
    return {"scale": (1, 10), **chosen} if rng.random() < 0.5 else chosen


def estimator(rng):
    sensible = {
        "scheme": ["path", "factorial", "centroid"], "consistent": [True], "max_iter": [1, 5, 200],
        "standardize": [False], "on_fail": ["return"], "tol": [1e-3, 1e-12],
        "modes": [{"Image": "B"}, {"Value": "A", "Loyalty": "unit"}],
    }  # fmt: skip
    if rng.random() < 0.15:
        return csi.Sums(standardized=bool(rng.integers(2)))
    return csi.PLS(**{k: pick(rng, v) for k, v in sensible.items() if rng.random() < 0.25})


def fuzz_frame(rng):
    data = csi.survey(survey_frame(rng), **declared(rng))
    if rng.random() < 0.2:
        return csi.fit_by(
            TEXT, data, "group", estimator(rng), min_n=pick(rng, [1, 5, 30]),
            on_bad_group=pick(rng, ["skip", "raise"]),
            missing_group=pick(rng, ["drop", "own group"]),
        )  # fmt: skip
    return csi.fit(TEXT, data, estimator(rng))


def fuzz_names(rng):
    """Strange names in a model and in the data."""
    names = [pick(rng, NAMES) if rng.random() < 0.15 else name for name in ITEMS]
    owners = [pick(rng, NAMES) if rng.random() < 0.1 else name for name in TEXT.names]
    blocks = [names[:3], names[3:5], names[5:8], names[8:]]
    built = csi.model(
        [csi.reflective(o, b) for o, b in zip(owners, blocks, strict=True)],
        [csi.paths(owners[0], owners[1:3]), csi.paths(owners[2], owners[3])],
    )
    frame = pd.DataFrame(answers(rng, 30), columns=pd.Index(names, dtype=object))
    return csi.fit(built, csi.survey(as_library(rng, frame), scale=(1, 10)))


def fuzz_text(rng):
    """A valid model text with some characters changed."""
    text = str(pick(rng, [TEXT, csi.models.acsi(), csi.models.ecsi()]))
    if rng.random() < 0.1:
        text = "".join(chr(int(c)) for c in rng.integers(0, 0x3000, 60))
    for _ in range(pick(rng, [0, 1, 2, 3, 10])):
        at, to = sorted(int(i) for i in rng.integers(0, len(text) + 1, 2))
        to = min(to, at + pick(rng, [0, 0, 1, 3, 40]))
        piece = pick(rng, [*'~=<>+*:|#;\n"().,0 x', "=~", "~~", ":=", "1e999*", text[:50], *NAMES])
        text = text[:at] + piece + text[to:]
    model = csi.parse(text)
    assert csi.parse(str(model)) == model
    names = model.indicators
    corr = np.full((len(names), len(names)), 0.4) + 0.6 * np.eye(len(names))
    return csi.fit(model, csi.Moments.from_correlation(corr, names, n=100))


def fuzz_option(rng):
    """Arguments of any kind whatever."""
    value, other = pick(rng, VALUES), pick(rng, VALUES)
    frame = pd.DataFrame(answers(rng, 20), columns=list(ITEMS)).assign(group=1, w=1.0)
    corr = 0.5 + 0.5 * np.eye(len(ITEMS))
    in_survey = pick(
        rng,
        ["scale", "missing_codes", "missing", "weights", "weight_type", "clusters", "strata",
         "reverse", "labels", "parse", "codebook", "ids", "unique_ids", "duration", "clean_names"],
    )  # fmt: skip
    in_pls = pick(rng, ["scheme", "modes", "consistent", "standardize", "tol", "max_iter"])
    in_by = pick(rng, ["by", "min_n", "missing_group", "on_bad_group", "estimator"])
    calls = [
        lambda: csi.fit(TEXT, csi.survey(frame, **{in_survey: value})),
        lambda: csi.fit(TEXT, csi.survey(frame, **{in_survey: value})),
        lambda: csi.fit(TEXT, frame, csi.PLS(**{in_pls: value})),
        lambda: csi.fit(TEXT, frame, value),
        lambda: csi.fit(TEXT, value),
        lambda: csi.fit(value, frame),
        lambda: csi.fit(TEXT, frame, index_weights=value),
        lambda: csi.fit_by(TEXT, frame, **{"by": "group", "min_n": 5, in_by: value}),
        lambda: csi.Moments.from_correlation(corr, ITEMS, value),
        lambda: csi.Moments.from_correlation(value, other, 10),
        lambda: csi.Moments.from_covariance(corr, ITEMS, 10, means=value),
        lambda: csi.Moments.from_correlation(corr, ITEMS, 10, sds=value),
        lambda: csi.reflective(value, other),
        lambda: csi.model([csi.reflective("a", value)], [csi.paths("a", value)]),
        lambda: csi.model(value, other),
        lambda: csi.model([csi.single("a", "x")], [], scale=value, items=other),
        lambda: csi.items("a", value, other),
        lambda: csi.paths(value, other, sign=value),
        lambda: csi.higher_order("a", value, kind=other),
        lambda: csi.parse(value),
        lambda: csi.from_json(value),
        lambda: csi.read_survey(value),
        lambda: csi.survey(frame).take(value),
        lambda: csi.survey(frame).column(value),
        lambda: csi.survey(frame).with_missing(value),
        lambda: csi.price_tolerance(value, other),
        lambda: csi.fit(TEXT, frame, csi.FixedWeights(value)),
        lambda: csi.fit(TEXT, csi.survey(frame, scale=(1, 10))).index(value),
        lambda: csi.fit(TEXT, csi.survey(frame, scale=(1, 10))).score(value),
        lambda: csi.fit(TEXT, csi.survey(frame, scale=(1, 10))).with_index_weights(value),
        lambda: csi.fit(TEXT, csi.survey(frame, scale={"I1": value})),
        lambda: csi.fit(TEXT, csi.survey(frame, missing_codes={"I1": value})),
        lambda: csi.fit(TEXT, csi.survey(frame, weights=[value] * 20)),
    ]  # fmt: skip
    return pick(rng, calls)()


def fuzz_matrix(rng):
    """Matrices that may or may not come from data."""
    p = len(ITEMS)
    matrix = np.corrcoef(answers(rng, 40).T)
    for _ in range(pick(rng, [0, 1, 2])):
        i, j = (int(x) for x in rng.integers(0, p, 2))
        matrix[i, j] = matrix[j, i] = pick(
            rng, [0, 1, -1, 0.99, 1e-320, 1e300, np.nan, np.inf, rng.normal()]
        )
    if rng.random() < 0.3:
        factors = rng.normal(size=(p, int(rng.integers(1, p))))
        matrix = factors @ factors.T
    with np.errstate(over="ignore", invalid="ignore"):
        matrix *= 10.0 ** pick(rng, [0, 0, 0, 9, -9, 150, -150, 300, -320])
    names = pick(rng, [ITEMS, ITEMS, ITEMS[::-1], ITEMS[:9], [*ITEMS[:9], "x"]])
    n = pick(rng, [100, 10, 3, 2, 1.5, 0, np.nan, 1e300])
    means = pick(rng, [None, np.full(p, 5.0), np.full(p, 1e300)])
    if rng.random() < 0.5:
        moments = csi.Moments.from_covariance(matrix, names, n, means)
    else:
        sds = pick(rng, [None, np.ones(p), np.full(p, 1e-200), np.full(p, 1e200)])
        moments = csi.Moments.from_correlation(matrix, names, n, means, sds)
    return csi.fit(TEXT, moments, estimator(rng))


def stored():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(answers(rng, 60), columns=list(ITEMS))
    return csi.to_json(csi.fit(TEXT, csi.survey(frame, scale=(1, 10))))


STORED = stored()
JSON_VALUES = [None, True, 0, -1, 1e400, 3.5, "", "x", [], {}, [[]], [None], {"a": 1}, "\ud800"]


def fuzz_stored(rng):
    """A stored fit with something changed."""
    if rng.random() < 0.4:
        text = STORED
        for _ in range(pick(rng, [1, 2, 5])):
            at = int(rng.integers(len(text)))
            text = text[:at] + pick(rng, [*'{}[],:"0-e.\\', "null", "NaN", "1e999", "\x00"]) + text[
                at + pick(rng, [0, 1, 5]) :
            ]  # fmt: skip
        return csi.from_json(text)
    tree = json.loads(STORED)
    for _ in range(pick(rng, [1, 1, 3])):
        damage(rng, tree)
    return csi.from_json(json.dumps(tree))


def damage(rng, tree):
    """Change, drop or double one entry somewhere in a tree of JSON."""
    node = tree
    for _ in range(10):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = pick(rng, keys)
        if isinstance(node[key], dict | list) and node[key] and rng.random() < 0.75:
            node = node[key]
            continue
        if rng.random() < 0.25:
            del node[key]
        elif isinstance(node, list) and rng.random() < 0.3:
            node.append(copy.deepcopy(node[key]))
        else:
            node[key] = copy.deepcopy(pick(rng, JSON_VALUES))
        return


def fuzz_file(rng):
    """A text file with some bytes changed."""
    frame = pd.DataFrame(answers(rng, 20), columns=list(ITEMS))
    content = frame.to_csv(index=False, sep=pick(rng, [",", ";", "\t"])).encode(
        pick(rng, ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
    )
    if rng.random() < 0.1:
        content = rng.bytes(pick(rng, [0, 1, 10, 500]))
    for _ in range(pick(rng, [0, 1, 3, 20])):
        at = int(rng.integers(len(content) + 1))
        piece = pick(
            rng, [b'"', b"\x00", b"\xff", b",", b"\n", b"\r", b";", b"9e999", b"nan", b" "]
        )
        content = content[:at] + piece + content[at + pick(rng, [0, 1, 1, 30]) :]
    with tempfile.TemporaryDirectory() as folder:
        suffix = pick(rng, [".csv"] * 9 + [".tsv", ".txt", ".xlsx", ".sav", ".dta", ".parquet"])
        path = Path(folder, "answers" + suffix)
        path.write_bytes(content)
        return csi.fit(TEXT, csi.read_survey(path, scale=(1, 10)))


KINDS = [
    fuzz_frame, fuzz_frame, fuzz_frame, fuzz_names, fuzz_text, fuzz_option, fuzz_option,
    fuzz_matrix, fuzz_stored, fuzz_file,
]  # fmt: skip


def run(number):
    """Make input `number` and return what became of it."""
    rng = np.random.default_rng([SEED, number])
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("error")
        warnings.simplefilter("always", CsiWarning)
        try:
            result = KINDS[number % len(KINDS)](rng)
            fits = list(result.values()) if isinstance(result, csi.Fits) else [result]
            for fit in fits:
                if isinstance(fit, csi.Fit):
                    check(fit, given)
        except CsiError as refusal:
            return type(refusal).__name__
    return "result"


def check(fit, given):
    """Every number is finite, or the fit says that something is wrong."""
    tables = [fit.paths, fit.weights, fit.loadings, fit.r2, fit.effects]
    if fit.has_indices:
        tables += [fit.indices, fit.impacts]
    finite = all(np.isfinite(t.select_dtypes("number").to_numpy()).all() for t in tables)
    assert finite or fit.problems or given
    assert str(fit.summary())


def run_many(numbers):
    outcomes = Counter()
    for number in numbers:
        try:
            outcomes[run(number)] += 1
        except BaseException as problem:
            kind = KINDS[number % len(KINDS)].__name__
            problem.add_note(f"Repeat with: from test_fuzz import run; run({number})  # {kind}")
            raise
    return outcomes


def test_quick():
    outcomes = run_many(range(QUICK))
    assert outcomes["result"] > QUICK / 10
    assert len(outcomes) > 3


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_long(block):
    outcomes = run_many(range(block * LONG // BLOCKS, (block + 1) * LONG // BLOCKS))
    assert outcomes["result"] > LONG / BLOCKS / 10


# assessments


def random_model(rng):
    """One to five constructs of mixed kinds, sometimes one of higher order, each led to."""
    kinds = [csi.reflective, csi.reflective, csi.composite]
    blocks = [
        pick(rng, kinds)(f"C{j}", csi.items(f"C{j}_", 1, int(rng.integers(1, 6))))
        for j in range(int(rng.integers(1, 6)))
    ]
    names = [block.name for block in blocks]
    if len(blocks) > 2 and rng.random() < 0.25:
        parts = int(rng.integers(2, len(blocks)))
        kind = pick(rng, ["reflective", "composite"])
        blocks.append(csi.higher_order("H", names[:parts], kind=kind))
        names = pick(rng, [["H", *names[parts:]], [*names[parts:], "H"]])
    paths = [
        csi.paths(names[i], names[j], sign=pick(rng, ["+", "-", "?"]))
        for j in range(len(names))
        for i in range(j)
        if i == j - 1 or rng.random() < 0.5
    ]
    return csi.model(blocks, paths, scale=pick(rng, [(1, 10), (1, 10), None]))


def random_answers(rng, model):
    """Few or many answers with a common factor, coarse or fine, spoiled in some way."""
    n, p = pick(rng, [10, 11, 12, 15, 20, 30, 50, 80, 150]), len(model.indicators)
    steps, noise = pick(rng, [1, 2, 5, 10, 10, 10, 100]), pick(rng, [0.01, 1.5, 1.5, 4])
    x = 6 + pick(rng, [0, 2, 2, 6]) * rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, p))
    x = np.clip(np.round(x / 10 * steps) / steps * 10, 1, 10)
    one, other = rng.integers(p, size=2)
    spoil = rng.random()
    if spoil < 0.1:
        x[:, one] = np.where(np.arange(n) == 0, 6, 5)
    elif spoil < 0.2:
        x[:, one] = x[:, other]
    elif spoil < 0.3:
        x[5:] = x[0]
    elif spoil < 0.4:
        x[:, one] = 11 - x[:, one]
    missing = rng.random(x.shape) < pick(rng, [0, 0, 0.01, 0.05, 0.3])
    return pd.DataFrame(np.where(missing, np.nan, x), columns=list(model.indicators))


def random_design(rng, frame):
    """What may be declared of the respondents."""
    n, declared = len(frame), {"missing": pick(rng, ["listwise", "mean", "pairwise"])}
    if rng.random() < 0.2:
        frame["w"], declared["weights"] = rng.integers(0, 4, n) * 1.0, "w"
        declared["weight_type"] = pick(rng, ["sampling", "frequency"])
    if rng.random() < 0.15:
        frame["k"], declared["clusters"] = np.arange(n) // pick(rng, [1, 2, 5, n // 2]), "k"
    if rng.random() < 0.15:
        frame["s"], declared["strata"] = np.arange(n) // (n // 2), "s"
    return csi.survey(frame, allow_out_of_range=True, **declared)


def random_fit(rng):
    """Fit a random model, to respondents or to their correlations."""
    how = [
        None, csi.PLS("centroid"), csi.PLS("factorial"), csi.PLS(consistent=True), csi.Sums(),
        csi.PLS(max_iter=1, on_fail="return"), csi.PLS(modes={"C0": "B"}),
    ]  # fmt: skip
    model, estimator = random_model(rng), pick(rng, how)
    fit = csi.fit(model, random_design(rng, random_answers(rng, model)), estimator)
    if rng.random() < 0.15:
        moments = csi.Moments.from_correlation(fit.moments.corr, fit.moments.columns, n=fit.n)
        return csi.fit(model, moments, estimator)
    return fit


PARTS = [
    "admissibility", "reliability", "indicators", "unidimensionality", "tetrads", "htmt",
    "validity", "cross_loadings", "vif", "full_collinearity", "r2", "f2", "q2", "mediation",
    "nonlinearity", "endogeneity", "fit_indices", "residuals", "not_computed",
]  # fmt: skip


def asked(fit, rng):
    """What may be asked of a fit besides an assessment."""
    return [
        lambda: csi.blindfold(fit, pick(rng, [5, 7, 8])),
        lambda: csi.common_method(fit).summary(),
        lambda: csi.redundancy_analysis(fit),
        lambda: csi.compare_models({"one": fit}),
        lambda: csi.importance_performance(fit).items,
        lambda: csi.necessary_conditions(fit, scores="standardized", n_perm=20, rng=1).bottlenecks,
        lambda: csi.tetrads(fit, fit.model.names, n_boot=100, borrow=True, rng=1).constructs,
        lambda: csi.predict(fit, 5, 2, technique="earliest", benchmark="all", rng=1).constructs,
        lambda: csi.cvpat(fit, folds=pick(rng, [2, 9]), repeats=1, rng=1).table,
        lambda: csi.report(fit, assessment=csi.assess(fit, n_boot=0, folds=2, repeats=1, rng=1)),
        lambda: csi.mediation(fit, pick(rng, VALUES), pick(rng, VALUES)),
        lambda: csi.endogeneity(fit, method="regression", instruments={"C0": pick(rng, VALUES)}),
        lambda: csi.predict(fit, pick(rng, VALUES), 1, technique=pick(rng, VALUES)),
        lambda: csi.necessary_conditions(fit, pick(rng, VALUES), causes=pick(rng, VALUES)),
        lambda: csi.tetrads(fit, pick(rng, VALUES), n_boot=100),
        lambda: csi.blindfold(fit, pick(rng, VALUES)),
        lambda: csi.compare_models({"one": fit, "two": pick(rng, VALUES)}),
        lambda: csi.common_method(fit, pick(rng, VALUES), pick(rng, VALUES)),
        lambda: csi.redundancy_analysis(fit, "C0", pick(rng, VALUES), pick(rng, VALUES)),
        lambda: csi.assess(fit, pick(rng, VALUES), folds=pick(rng, VALUES)),
    ]


def assess(number):
    """Assess random fit `number` and ask more of it; return what became of it."""
    rng = np.random.default_rng([SEED, 1, number])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", CsiWarning)
        try:
            fit = random_fit(rng)
        except CsiError as refusal:
            return type(refusal).__name__
        check_assessment(csi.assess(fit, n_boot=100, folds=3, repeats=1, rng=1))
        for ask in asked(fit, rng):
            with contextlib.suppress(CsiError):
                ask()
    return "assessment"


def check_assessment(assessment):
    """Each rule has a number or a reason, and so has each estimate."""
    table = assessment.table
    missing = table["verdict"] == "not computed"
    assert (table.loc[missing, "todo"] != "").all()
    assert table.loc[~missing, "value"].notna().all()
    for name in PARTS:
        part = getattr(assessment, name)
        if {"estimate", "why"} <= set(part.columns):
            assert (part["estimate"].notna() | (part["why"] != "")).all(), name
    assert str(assessment)
    assert assessment._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_assessments(block):
    outcomes = Counter()
    for number in range(block * ASSESSED // BLOCKS, (block + 1) * ASSESSED // BLOCKS):
        try:
            outcomes[assess(number)] += 1
        except BaseException as problem:
            problem.add_note(f"Repeat with: from test_fuzz import assess; assess({number})")
            raise
    assert outcomes["assessment"] > ASSESSED / BLOCKS / 3
