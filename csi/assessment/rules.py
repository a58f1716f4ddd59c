"""The rules a model is judged by: what is asked, how much is enough, who says so, what to do.

`RULES` holds every rule by its key. A rule says nothing about a single fit, so its
texts can be translated as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Area = Literal[
    "Admissibility", "Measurement", "Discriminant validity", "Collinearity", "Structure",
    "Overall fit", "Prediction",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One criterion of an assessment.

    Attributes
    ----------
    key : str
        Its name in code.
    area : str
        What it is about.
    criterion : str
        What is looked at.
    rule : str
        When it is passed, in words.
    source : str
        Who says so.
    todo : str
        What to do if it is not passed.
    """

    key: str
    area: Area
    criterion: str
    rule: str
    source: str
    todo: str


BOOK = "Hair et al. (2021), doi:10.1007/978-3-030-80519-7"
OWN = "convention of csi (no published limit)"
HAIR = "Hair et al. (2019), doi:10.1108/EBR-11-2018-0203"
BENITEZ = "Benitez et al. (2020), doi:10.1016/j.im.2019.05.003"
DIJKSTRA = "Dijkstra and Henseler (2015), doi:10.1016/j.csda.2014.07.008"
SHMUELI = "Shmueli et al. (2019), doi:10.1108/EJM-02-2019-0189"
SHARMA = "Sharma et al. (2023), doi:10.1108/EJM-08-2020-0636"

CHEN = "Chen et al. (2001), doi:10.1177/0049124101029004003"
HU = "Hu and Bentler (1999), doi:10.1080/10705519909540118"
LOOK = (
    "Read the largest standardised residuals: a path, a cross-loading or a construct may be "
    "missing, or two questions share a wording."
)

EXACT = "at most the critical value of the bootstrap test at 5 percent"
MISFIT = (
    "The model does not reproduce the correlations. Composites of reflective items always miss "
    "them somewhat: test csi.PLS(consistent=True). With many respondents small misfit is enough, "
    "so read SRMR and the largest residuals as well (assessment.residuals)."
)

RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "convergence", "Admissibility", "Convergence",
            "the iteration has settled",
            "Tenenhaus et al. (2005), doi:10.1016/j.csda.2004.03.005",
            "Raise max_iter or try another scheme; do not use the numbers before it settles.",
        ),
        Rule(
            "loadings", "Admissibility", "Loadings within 1",
            "no loading above 1 in size", BENITEZ,
            "Drop the item or merge it with its double; without the correction for attenuation "
            "(consistent=False) loadings cannot exceed 1.",
        ),
        Rule(
            "reliability", "Admissibility", "Reliability within 0 and 1",
            "rho_A above 0 and at most 1", BENITEZ,
            "Look for reversed or unrelated items; measure the construct with more items, or fit "
            "without the correction for attenuation.",
        ),
        Rule(
            "r2", "Admissibility", "R2 within 1",
            "no R2 above 1", BENITEZ,
            "The predictors are too much alike once corrected for attenuation: merge constructs "
            "that correlate near 1, or fit without the correction.",
        ),
        Rule(
            "paths", "Admissibility", "Path coefficients within 1",
            "no path above 1 in size", BENITEZ,
            "Merge predictors that cannot be told apart, or leave one of them out.",
        ),
        Rule(
            "construct_corr", "Admissibility", "Construct correlations (smallest eigenvalue)",
            "positive semidefinite, none above 1", BENITEZ,
            "Merge constructs that correlate near 1, use more respondents, or fit without the "
            "correction for attenuation.",
        ),
        Rule(
            "implied", "Admissibility", "Model-implied correlations (smallest eigenvalue)",
            "positive semidefinite", BENITEZ,
            "Look for loadings above 1 and for constructs that correlate near 1.",
        ),
        Rule(
            "orientation", "Admissibility", "Direction of constructs",
            "the strongest item of each construct points with it",
            "Tenenhaus et al. (2005), doi:10.1016/j.csda.2004.03.005",
            "Read the questions; declare items scored the other way round with reverse=[...].",
        ),
        Rule(
            "signs", "Admissibility", "Expected signs",
            "each path has the sign the model expects, or its interval includes zero",
            "Fornell et al. (1996), doi:10.1177/002224299606000403",
            "Look for reversed items and near-collinear predictors first; else the theory is in "
            "doubt for these customers.",
        ),
        Rule(
            "standard_errors", "Admissibility", "Standard errors of paths",
            "none above 10 times the usual one; above 100 times is explosive", OWN,
            "The predictors of this construct can hardly be told apart: merge them or leave one "
            "out.",
        ),
        Rule(
            "heywood", "Admissibility", "Variances (Heywood cases)",
            "no variance of an error or a construct below zero", CHEN,
            "If the interval of the variance includes zero, chance may have made it: more "
            "respondents or items, or fix it at zero. If not, the model is wrong for this item: "
            "look for a second construct behind it. No index is computed from it.",
        ),
        Rule(
            "condition", "Admissibility", "Condition number of the information",
            "at most 1,000,000, parameters in units of their curvature; above it doubtful", OWN,
            "Some parameters can move together and the fit hardly changes: merge constructs that "
            "are alike, fit fewer paths, and do not read these parameters one by one.",
        ),
        Rule(
            "respondents", "Admissibility", "Respondents for each parameter",
            "at least 5",
            "Bentler and Chou (1987), doi:10.1177/0049124187016001004",
            "Standard errors and tests are rough: use a bootstrap, more respondents or a simpler "
            "model.",
        ),
        Rule(
            "resamples", "Admissibility", "Resamples that failed or are inadmissible",
            "below 1 percent; above 20 percent intervals mean nothing", OWN,
            "Read the reasons in boot.failures; use more respondents or a simpler model.",
        ),
        Rule(
            "direction", "Measurement", "Items along with their block",
            "each item correlates positively with the rest of its block, on average",
            "Tenenhaus et al. (2005), doi:10.1016/j.csda.2004.03.005",
            "Read the question: if it is asked the other way round declare reverse=[...]; else "
            "leave the item out.",
        ),
        Rule(
            "indicator", "Measurement", "Indicator loadings",
            "at least 0.708; between 0.40 and 0.708 doubtful", BOOK,
            "Below 0.40 leave the item out; between, leave it out if reliability and AVE gain and "
            "no facet of the construct is lost.",
        ),
        Rule(
            "rho_c", "Measurement", "Composite reliability rho_C",
            "at least 0.70; between 0.60 and 0.70 only for exploration; above 0.95 items repeat "
            "one another", HAIR,
            "Leave out items that do not belong, or ask more questions; above 0.95 drop questions "
            "that say the same.",
        ),
        Rule(
            "rho_a", "Measurement", "Reliability rho_A",
            "at least 0.70; between 0.60 and 0.70 only for exploration", HAIR,
            "Leave out items that do not belong, or ask more questions.",
        ),
        Rule(
            "alpha", "Measurement", "Cronbach's alpha",
            "at least 0.70; between 0.60 and 0.70 only for exploration; a lower bound",
            "Nunnally and Bernstein (1994), ISBN 0-07-047849-X",
            "If it is negative, look for items asked the other way round; else read it beside "
            "rho_A and rho_C, which do not assume equal loadings.",
        ),
        Rule(
            "ave", "Measurement", "Average variance extracted",
            "at least 0.50; between 0.40 and 0.50 doubtful",
            "Fornell and Larcker (1981), doi:10.1177/002224378101800104",
            "Leave out the items with the lowest loadings, or split the construct.",
        ),
        Rule(
            "unidimensional", "Measurement", "Second eigenvalue of a block",
            "below 1", "Tenenhaus et al. (2005), doi:10.1016/j.csda.2004.03.005",
            "The items measure more than one thing: split the construct or drop items.",
        ),
        Rule(
            "tetrads", "Measurement", "Vanishing tetrads of reflective blocks",
            "not rejected at 5 percent",
            "Gudergan et al. (2008), doi:10.1016/j.jbusres.2008.01.012",
            "The items may form the construct instead of reflecting it, measure two things, "
            "or share "
            "a wording: read the questions, and think about composite() for it.",
        ),
        Rule(
            "weight", "Measurement", "Weights of composites (Mode B)",
            "the interval excludes zero, or the loading is at least 0.50", HAIR,
            "Leave the item out unless theory needs it.",
        ),
        Rule(
            "item_vif", "Collinearity", "VIF of items in composites (Mode B)",
            "at most 3.3; up to 5 doubtful",
            "Diamantopoulos and Siguaw (2006), doi:10.1111/j.1467-8551.2006.00500.x",
            "Drop or merge items that say the same, or weigh them in Mode A.",
        ),
        Rule(
            "path_vif", "Collinearity", "VIF of predictors",
            "at most 3; up to 5 doubtful", HAIR,
            "Merge predictors that overlap, or model them as parts of a higher-order construct.",
        ),
        Rule(
            "full_vif", "Collinearity", "Full collinearity (common method)",
            "at most 3.3, up to 5 doubtful; 5 and 10 for PLSc", "Kock (2015), "
            "doi:10.4018/ijec.2015100101",
            "Constructs overlap or share the method of measurement: check HTMT, and adjust with a "
            "marker variable.",
        ),
        Rule(
            "htmt", "Discriminant validity", "HTMT",
            "below 0.85, and its one-sided 95 percent limit below 0.90; from 0.90 failed",
            "Henseler, Ringle and Sarstedt (2015), doi:10.1007/s11747-014-0403-8",
            "Mend unreliable constructs first; then drop items that answer for the other "
            "construct, "
            "or merge the two.",
        ),
        Rule(
            "htmt2", "Discriminant validity", "HTMT2",
            "below 0.85, and its one-sided 95 percent limit below 0.90; from 0.90 failed",
            "Roemer, Schuberth and Henseler (2021), doi:10.1108/IMDS-02-2021-0082",
            "Mend unreliable constructs first; then drop items that answer for the other "
            "construct, "
            "or merge the two.",
        ),
        Rule(
            "fornell_larcker", "Discriminant validity",
            "Fornell-Larcker (root of AVE less correlation)",
            "the root of the AVE of both constructs exceeds their correlation",
            "Fornell and Larcker (1981), doi:10.1177/002224378101800104",
            "Read HTMT, which finds what this criterion misses; drop items with low loadings.",
        ),
        Rule(
            "cross_loadings", "Discriminant validity", "Cross-loadings (own less strongest other)",
            "each item loads highest on its own construct",
            "Chin (1998), in Marcoulides (ed.), Modern Methods for Business Research",
            "Move the item or leave it out.",
        ),
        Rule(
            "explained", "Structure", "Explained variance R2",
            "at least 0.10 (0.25 weak, 0.50 moderate, 0.75 substantial)",
            "Falk and Miller (1992), ISBN 0-9622628-4-6",
            "A predictor that matters may be missing from the model.",
        ),
        Rule(
            "effect", "Structure", "Effect size f2",
            "at least 0.02", "Cohen (1988), ISBN 0-8058-0283-5",
            "This path adds next to nothing: think of a simpler model.",
        ),
        Rule(
            "significance", "Structure", "Path coefficients",
            "the interval excludes zero", HAIR,
            "These data do not show this path: do not build on it.",
        ),
        Rule(
            "curvature", "Structure", "Straightness of paths",
            "no curvature at 5 percent, adjusted for the number of paths",
            "Ramsey (1969), doi:10.1111/j.2517-6161.1969.tb00796.x",
            "One slope does not describe this path: look at its curve before saying what one more "
            "point brings.",
        ),
        Rule(
            "endogeneity", "Structure", "Endogeneity (Gaussian copula)",
            "no copula term significant at 5 percent, adjusted for the number of paths; "
            "finds little "
            "among a few hundred respondents",
            "Hult et al. (2018), doi:10.1509/jim.17.0151",
            "A bent path looks the same, so see whether paths are straight first; else a common "
            "cause may be missing: add it, or use an instrument.",
        ),
        Rule(
            "srmr_saturated", "Overall fit", "SRMR of the saturated model",
            "at most 0.08; up to 0.10 doubtful",
            "Henseler et al. (2014), doi:10.1177/1094428114526928",
            "Measurement itself misses the correlations, whatever the paths: look for items that "
            "belong elsewhere; in Mode A part of it comes from the method.",
        ),
        Rule(
            "srmr", "Overall fit", "SRMR",
            "at most 0.08; up to 0.10 doubtful",
            "Hu and Bentler (1999), doi:10.1080/10705519909540118",
            "Read the largest residuals (assessment.residuals): a path, a cross-loading or a "
            "construct may be missing; in Mode A part of it comes from the method.",
        ),
        Rule(
            "chi2", "Overall fit", "Chi-square test of exact fit (p)",
            "not rejected at 5 percent",
            "Joreskog (1969), doi:10.1007/BF02289343",
            "The model misses something. With many respondents it always does, so look at how "
            "much: RMSEA, SRMR and the largest residuals.",
        ),
        Rule(
            "cfi", "Overall fit", "CFI",
            "at least 0.95; between 0.90 and 0.95 doubtful", HU,
            LOOK,
        ),
        Rule(
            "tli", "Overall fit", "TLI",
            "at least 0.95; between 0.90 and 0.95 doubtful", HU,
            LOOK,
        ),
        Rule(
            "rmsea", "Overall fit", "RMSEA",
            "at most 0.06; up to 0.08 reasonable and up to 0.10 mediocre, both doubtful; read its "
            "90 percent limits",
            "Hu and Bentler (1999), doi:10.1080/10705519909540118; Browne and Cudeck (1992), "
            "doi:10.1177/0049124192021002005; MacCallum et al. (1996), "
            "doi:10.1037/1082-989X.1.2.130",
            LOOK,
        ),
        Rule(
            "residual_z", "Overall fit", "Standardised residuals",
            "none above 2.58 in size",
            "Joreskog and Sorbom (1993), LISREL 8, ISBN 0-89498-033-5",
            "These two items go together more or less than the model says; one pair in a hundred "
            "does so by chance. Look for a path, a cross-loading or a shared wording.",
        ),
        Rule(
            "modification", "Overall fit", "Largest modification index",
            "at most 10.83, which chance exceeds once in a thousand; convention of csi",
            "Sorbom (1989), doi:10.1007/BF02294623",
            "Freeing this parameter would improve the fit. Do so only where theory has a reason "
            "for it, one at a time, and look at other answers before you believe it.",
        ),
        Rule(
            "exact_srmr", "Overall fit", "Exact fit: SRMR",
            EXACT, DIJKSTRA, MISFIT,
        ),
        Rule(
            "exact_d_uls", "Overall fit", "Exact fit: d_ULS",
            EXACT, DIJKSTRA, MISFIT,
        ),
        Rule(
            "exact_d_g", "Overall fit", "Exact fit: d_G",
            EXACT, DIJKSTRA, MISFIT,
        ),
        Rule(
            "nfi", "Overall fit", "NFI",
            "at least 0.90; between 0.80 and 0.90 doubtful", "Bentler and Bonett (1980), "
            "doi:10.1037/0033-2909.88.3.588",
            "Read it after SRMR and the exact-fit test; it tends to fall with many items and does "
            "not punish needless paths.",
        ),
        Rule(
            "rms_theta", "Overall fit", "RMS_theta",
            "at most 0.12 for reflective models; up to 0.14 doubtful",
            "Henseler et al. (2014), doi:10.1177/1094428114526928",
            "What constructs leave of their items still goes together: the items share something "
            "beyond them.",
        ),
        Rule(
            "q2", "Prediction", "Q2_predict",
            "above 0 for every item of an endogenous construct", SHMUELI,
            "The model predicts this item no better than its mean.",
        ),
        Rule(
            "power", "Prediction", "Items predicted better than by a linear model",
            "at least half of all items, and of those of each construct with several", SHMUELI,
            "Predictive power is low: look for curves, missing paths, or items that do not belong.",
        ),
        Rule(
            "cvpat_mean", "Prediction", "CVPAT against the item means",
            "smaller loss, significant at 5 percent", SHARMA,
            "The model predicts no better than the means: do not use it for prediction.",
        ),
        Rule(
            "cvpat_lm", "Prediction", "CVPAT against the linear model",
            "loss not significantly larger; significantly smaller speaks for high power", SHARMA,
            "Regressions of the items predict better: the model leaves something out.",
        ),
    )
}  # fmt: skip
