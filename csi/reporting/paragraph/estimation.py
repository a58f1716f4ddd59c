"""What a methods section says of the model and of its estimation."""

from __future__ import annotations

from collections.abc import Sequence

from csi.covariance_fit import CovarianceFit
from csi.estimators.pls import PLS
from csi.estimators.sums import FixedWeights, Sums
from csi.reporting.paragraph.references import named_in, of_csi
from csi.reporting.paragraph.sentences import Sentence, Writer, count, tiny
from csi.reporting.paragraph.structures import structure
from csi.results import Fit
from csi.storage import made_with, versions

_SCHEMES = {
    "path": "path weighting", "factorial": "factor weighting", "centroid": "centroid weighting",
}  # fmt: skip
_SPELT = {"python": "Python", "numpy": "NumPy", "scipy": "SciPy", "pandas": "pandas"}


def estimation(write: Writer, fits: Sequence[Fit]) -> list[Sentence]:
    """Return how one fit, or fits of the same model to several groups, were made."""
    fit = fits[0]
    if isinstance(fit, CovarianceFit):
        how = structure(write, fit)
    elif isinstance(fit.estimator, PLS):
        how = _pls(write, fits, fit.estimator)
    else:
        how = _composites(write, fit)
    return [_model(write, fit), *how]


def software(write: Writer, fit: Fit | None = None) -> Sentence:
    """Return the programs, and their versions unless the file of the fit names none."""
    known = versions() if fit is None else made_with(fit)
    if "csi" not in known:
        return write("Computations were done with csi ({cited}).", of_csi(""))
    own = known.pop("csi")
    others = write.row([f"{_SPELT.get(name, name)} {number}" for name, number in known.items()])
    phrase = "Computations were done with csi {version} ({cited}), {others}."
    return write(phrase, of_csi(own), version=own, others=others)


def labels(write: Writer, fit: Fit, names: Sequence[str]) -> str:
    """Return what constructs are called, in a row."""
    return write.row([fit.model.label(name, write.say.language) for name in names])


def _model(write: Writer, fit: Fit) -> Sentence:
    """Return name, source and size of the model."""
    model, cited = fit.model, named_in(fit.model.citation)
    values = {
        "title": write.say.known(model.title),
        "source": model.citation.removesuffix("."),
        "constructs": write.counted(len(model.names), "1 construct", "{count} constructs"),
        "items": write.counted(len(model.indicators), "1 item", "{count} items"),
        "paths": write.counted(len(model.paths), "1 path", "{count} paths"),
    }
    if not model.title:
        return write("The model has {constructs}, {items} and {paths}.", **values)
    if cited:
        phrase = "The model ({title}; {cited}) has {constructs}, {items} and {paths}."
    elif model.citation:
        phrase = "The model ({title}; source: {source}) has {constructs}, {items} and {paths}."
    else:
        phrase = "The model ({title}) has {constructs}, {items} and {paths}."
    return write(phrase, *cited, **values)


def _pls(write: Writer, fits: Sequence[Fit], pls: PLS) -> list[Sentence]:
    fit = fits[0]
    phrase = "It was estimated by partial least squares path modelling (PLS; {cited})."
    kept = "Inner weights followed the {scheme} scheme; items were standardised to mean 0 and variance 1 (divisor n - 1)."  # noqa: E501 - a key
    if not pls.standardize:
        kept = "Inner weights followed the {scheme} scheme; items had mean 0 and kept their own units (divisor n - 1)."  # noqa: E501 - a key
    return [
        write(phrase, "tenenhaus2005"),
        *_modes(write, fit, pls),
        write(kept, scheme=write.say(_SCHEMES[pls.scheme])),
        write("Each construct points along the sum of its items."),
        _stopping(write, fits, pls),
        *_stages(write, fit),
        *_corrected(write, fit, pls),
    ]


def _modes(write: Writer, fit: Fit, pls: PLS) -> list[Sentence]:
    """Return how the items of each construct were weighted."""
    phrases = {
        "A": "Outer weights were estimated in Mode A (correlation weights) for {names}.",
        "B": "Outer weights were estimated in Mode B (regression weights) for {names}.",
        "unit": "Standardised items were weighted equally for {names}.",
        "single": "Single items measured {names}.",
    }
    chosen = zip(fit.model.constructs, pls.modes_of(fit.model), strict=True)
    of = {c.name: "single" if c.kind == "single" else mode for c, mode in chosen}
    by_mode = {mode: [name for name, own in of.items() if own == mode] for mode in phrases}
    if len(by_mode["single"]) == 1:
        phrases["single"] = "A single item measured {names}."
    return [
        write(phrases[mode], names=labels(write, fit, names))
        for mode, names in by_mode.items()
        if names
    ]


def _stopping(write: Writer, fits: Sequence[Fit], pls: PLS) -> Sentence:
    """Return when the iteration was to stop, and when it did."""
    ended = [fit.convergence for fit in fits]
    rounds = sorted({each.iterations for each in ended})
    took = write.counted(rounds[0], "1 iteration", "{count} iterations")
    if len(rounds) > 1:
        took = write.say("{low} to {high} iterations", low=rounds[0], high=rounds[-1])
    values = {"tol": tiny(pls.tol), "most": count(pls.max_iter), "took": took}
    if all(each.converged for each in ended):
        phrase = "The iteration stopped when no outer weight changed by more than {tol} (at most {most} iterations), after {took}."  # noqa: E501 - a key
        return write(phrase, **values)
    change = f"{max(each.change for each in ended):.1e}"
    phrase = "The iteration has NOT converged: after {took} (at most {most}) an outer weight still changed by {change}, more than {tol}."  # noqa: E501 - a key
    return write(phrase, **values, change=change)


def _stages(write: Writer, fit: Fit) -> list[Sentence]:
    higher = [c.name for c in fit.model.constructs if c.higher_order]
    if not higher:
        return []
    phrase = "Higher-order constructs ({names}) were estimated by the disjoint two-stage approach ({cited})."  # noqa: E501 - a key
    return [write(phrase, "becker2023", names=labels(write, fit, higher))]


def _corrected(write: Writer, fit: Fit, pls: PLS) -> list[Sentence]:
    """Return which constructs were corrected for attenuation, if any was asked to be."""
    if not pls.consistent:
        return []
    able = zip(fit.model.names, pls.has_rho_a(fit.model), strict=True)
    names = [name for name, corrected in able if corrected]
    if not names:
        return [write("Consistent PLS (PLSc) was asked for, but no construct can be corrected.")]
    phrase = "Paths and loadings of {names} were corrected for attenuation by rho_A (consistent PLS, PLSc; {cited})."  # noqa: E501 - a key
    return [write(phrase, "dijkstra2015", names=labels(write, fit, names))]


def _composites(write: Writer, fit: Fit) -> list[Sentence]:
    """Return what is known of estimators other than PLS."""
    estimator = fit.estimator
    if isinstance(estimator, Sums | FixedWeights):
        given = (
            "weights that were given" if isinstance(estimator, FixedWeights) else "equal weights"
        )
        unit = "standardised items" if estimator.standardized else "answers as they are"
        phrase = "Constructs are composites with {given} of {unit}, so that nothing was iterated; paths are regressions between them."  # noqa: E501 - a key
        return [write(phrase, given=write.say(given), unit=write.say(unit))]
    name = fit.estimates.settings.get("estimator", type(estimator).__name__)
    return [write("It was estimated by {name}.", name=write.say.known(name))]
