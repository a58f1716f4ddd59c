"""Whether a solution is possible at all, and whether it hangs by a thread.

Software that only looks for loadings above one and indefinite matrices calls
solutions admissible whose paths are 2.6 and -1.7. The checks here look as well at
paths, R2, the collinearity of predictors, expected signs and standard errors.

References
----------
Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). Regression diagnostics. Wiley.
doi:10.1002/0471725153
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csi.admissibility import EXPLOSIVE, LARGE, large_errors, usual_error
from csi.assessment import covariance_checks
from csi.assessment.covariance_measurement import path_limits
from csi.assessment.inputs import check_boot, check_fit
from csi.assessment.solution_checks import (
    Answer,
    Check,
    collinear,
    construct_corr,
    convergence,
    heywood,
    implied,
    loadings,
    paths,
    r2,
    reliability,
    sign_of_construct,
)
from csi.covariance_fit import CovarianceFit
from csi.errors import listing
from csi.resampling.inference import Inference
from csi.results import Fit
from csi.spec import Path


def admissibility(fit: Fit, boot: Inference | None = None) -> pd.DataFrame:
    """Check whether the solution of a fit is possible, and whether it can be relied on.

    Parameters
    ----------
    fit : Fit
        The fit.
    boot : Bootstrap, optional
        Its bootstrap: without it standard errors are not looked at, and a sign
        against expectation is only doubtful.

    Returns
    -------
    DataFrame
        One row for each check: check, about, value, limit, admissible (``"yes"``,
        ``"doubtful"``, ``"no"`` or ``"not computed"``), sentence, why.

        ========================  ====================================================
        convergence               last change of a weight; not above the tolerance
        loadings                  largest loading in size; not above 1
        construct_corr            smallest eigenvalue; not below 0
        implied                   the same of the indicator correlations that the
                                  model implies
        reliability               rho_A furthest outside 0 to 1; doubtful where it was
                                  not used to correct anything
        r2                        largest R2; not above 1
        paths                     largest path in size; above 1 it is doubtful, and
                                  inadmissible if its predictors are collinear
        heywood                   smallest error variance of a reflective item, or
                                  residual of a construct; not below 0
        sign_of_construct         loading of the strongest item of a block; not below 0
        signs                     smallest path in its expected direction; below 0 it
                                  is doubtful, inadmissible if its interval excludes 0
        standard_errors           largest standard error of a path, as a multiple of
                                  the median, or of 1 / sqrt(n) if less; above 10
                                  doubtful, above 100 explosive
        collinear                 largest variance inflation among the predictors of a
                                  construct; not above 10
        ========================  ====================================================

    Raises
    ------
    OptionError
        If ``boot`` is the bootstrap of another model.

    Notes
    -----
    Of a covariance structure the reliabilities and loadings are not looked at, but
    every variance (``heywood``, in shares of the variance of its variable), the
    matrices of constructs, items and errors, standard errors by its own information,
    and two checks more: ``condition``, the condition number of the scaled information,
    doubtful above 1e6, and ``respondents`` a parameter, doubtful below 5.

    ``verify`` of cSEM looks at convergence, loadings, reliabilities and the two
    matrices; seminr checks nothing.

    References
    ----------
    Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). Regression diagnostics.
    Wiley. doi:10.1002/0471725153

    Examples
    --------
    >>> import csi
    >>> from csi.assessment.admissibility import admissibility
    >>> fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    >>> table = admissibility(fit)
    >>> table.loc["paths", "sentence"]
    'The largest path is Satisfaction -> Loyalty, 0.711.'
    >>> table.loc["standard_errors", "why"]
    'no bootstrap was given'
    """
    check_fit("admissibility", fit)
    check_boot(fit, boot)
    found = _of_structure(fit, boot) if isinstance(fit, CovarianceFit) else _of_pls(fit, boot)
    return pd.DataFrame([asdict(each) for each in found], index=[each.check for each in found])


def _of_pls(fit: Fit, boot: Inference | None) -> list[Check]:
    possible = (
        convergence, loadings, construct_corr, implied, reliability, r2, paths, heywood,
        sign_of_construct,
    )  # fmt: skip
    found = [check(fit) for check in possible]
    return [*found, _signs(fit, boot), _standard_errors(fit, boot), collinear(fit)]


def _of_structure(fit: CovarianceFit, boot: Inference | None) -> list[Check]:
    possible = [check(fit) for check in covariance_checks.POSSIBLE]
    certain = [check(fit) for check in covariance_checks.CERTAIN]
    return [*possible, _signs(fit, boot), *certain]


def _signs(fit: Fit, boot: Inference | None) -> Check:
    """Signs against expectation, and whether chance may have made them."""
    expected = [k for k, path in enumerate(fit.model.paths) if path.expected_sign != "?"]
    if not expected:
        return Check("signs", "", np.nan, 0.0, "not computed", "", "the model expects no signs")
    estimate = fit.paths["estimate"].to_numpy(np.float64)
    turned = {k: estimate[k] * _direction(fit.model.paths[k]) for k in expected}
    worst = min(turned, key=turned.__getitem__)
    about, value = str(fit.model.paths[worst]), float(turned[worst])
    against = [k for k in expected if turned[k] < 0]
    if not against:
        fine = "Every path has the sign the model expects."
        return Check("signs", about, value, 0.0, "yes", fine)
    chance = _by_chance(fit, boot)
    known = boot is not None or isinstance(fit, CovarianceFit)
    told = [
        f"{fit.model.paths[k]} ({estimate[k]:.3f}, expected {fit.model.paths[k].expected_sign}"
        f"{'; its interval includes 0' if known and chance[k] else ''})"
        for k in against
    ]
    text = f"Against the expected sign: {listing(told, 20)}."
    text += "".join(_complaints(fit, [fit.model.paths[k] for k in against]))
    why = "" if known else "no bootstrap was given to tell chance from a sign"
    answer: Answer = "doubtful" if chance[against].all() else "no"
    return Check("signs", about, value, 0.0, answer, text, why)


def _direction(path: Path) -> int:
    return -1 if path.expected_sign == "-" else 1


def _by_chance(fit: Fit, boot: Inference | None) -> NDArray[np.bool_]:
    """Which paths may be zero; all of them if nothing is known of their error."""
    table = boot.paths if boot is not None else None
    if boot is None and isinstance(fit, CovarianceFit):
        table = path_limits(fit, 0.95)
    if table is None:
        return np.ones(len(fit.model.paths), dtype=bool)
    lower, upper = (table[end].to_numpy(np.float64) for end in ("lower", "upper"))
    certain: NDArray[np.bool_] = (lower > 0) | (upper < 0)
    return ~certain


def _complaints(fit: Fit, against: list[Path]) -> Iterator[str]:
    """Recall what is measured, where a path of complaints has the other sign."""
    ends = " ".join(map(str, against)).casefold()
    if fit.model.complaint_type is None or "complain" not in ends:
        return
    if fit.model.complaint_type == "incidence":
        yield " The model counts complaints, so more is worse; was their handling rated instead?"
    else:
        yield " The model takes complaints as rated handling, so more is better; were they counted?"


def _standard_errors(fit: Fit, boot: Inference | None) -> Check:
    """Whether resamples say anything of the paths."""
    if boot is None:
        why = "no bootstrap was given"
        return Check("standard_errors", "", np.nan, EXPLOSIVE, "not computed", "", why)
    n, se = fit.moments.effective_n, boot.paths["se"].to_numpy(np.float64)
    usual = usual_error(se, n)
    if not usual > 0:
        nothing = np.isnan(usual)
        why = "no resample could be estimated" if nothing else "paths are alike in all resamples"
        return Check("standard_errors", "", np.nan, EXPLOSIVE, "not computed", "", why)
    worst = int(np.nan_to_num(se).argmax())
    about, times = str(fit.model.paths[worst]), float(se[worst] / usual)
    answer: Answer = "no" if times > EXPLOSIVE else "doubtful" if times > LARGE else "yes"
    fine = f"The largest standard error of a path is that of {about}, {se[worst]:.3f}."
    text = " ".join(large_errors(fit.model, fit.estimates, se, n, LARGE)) or fine
    return Check("standard_errors", about, times, EXPLOSIVE, answer, text)
