"""The Chinese of the sections on covariance structures and of their settings."""

from __future__ import annotations

from itertools import product

OF_REPORTS: dict[str, str] = {
    "Overall fit": "整体拟合",
    "Parameters": "参数",
    "Where the model misses": "模型的不足之处",
    "Measures of overall fit": "整体拟合指标",
    "There are no measures of overall fit": "没有整体拟合指标",
    "The parameters have no standard errors": "参数没有标准误",
    "There are no standardised residuals": "没有标准化残差",
    "There are no modification indices": "没有修正指数",
    "Limits are conventions of the literature, not proofs.": "各界限是文献中的惯例，并非证明。",
    "The second column holds the test corrected for answers that are not normal, and the robust or scaled indices that go with it.": (  # noqa: E501 - a key
        "第二列为针对非正态作答校正的检验，以及与之相应的稳健或校正指数。"
    ),
    "These numbers are about the paths, against the covariances of the constructs. The second column holds the test that heeds that these were estimated, and the indices that go with it.": (  # noqa: E501 - a key
        "这些数值针对路径，以结构变量的协方差为准。第二列为考虑到这些协方差亦为估计所得的检验，"
        "以及与之相应的指数。"
    ),
    "The model has no degrees of freedom, so that nothing about it can be tested.": (
        "模型没有自由度，无从检验。"
    ),
    "Chi-square is {chi2} with {df} degrees of freedom (p {p}): the answers do not contradict the model.": (  # noqa: E501 - a key
        "卡方为 {chi2}，自由度 {df}（p {p}）：作答与模型不相矛盾。"
    ),
    "Chi-square is {chi2} with {df} degrees of freedom (p {p}): the model does not reproduce the answers exactly.": (  # noqa: E501 - a key
        "卡方为 {chi2}，自由度 {df}（p {p}）：模型未能完全再现作答。"
    ),
    "With so many respondents small differences are enough for that; read how large they are.": (
        "受访者如此之多，微小的差异即会如此，请看差异有多大。"
    ),
    "By CFI ({cfi}) and RMSEA ({rmsea}) the fit is good.": (
        "按 CFI（{cfi}）与 RMSEA（{rmsea}），拟合良好。"
    ),
    "By CFI ({cfi}) or RMSEA ({rmsea}) the fit is acceptable at best.": (
        "按 CFI（{cfi}）或 RMSEA（{rmsea}），拟合至多尚可。"
    ),
    "By CFI ({cfi}) or RMSEA ({rmsea}) the fit is poor.": (
        "按 CFI（{cfi}）或 RMSEA（{rmsea}），拟合较差。"
    ),
    "Chi-square": "卡方",
    "Degrees of freedom": "自由度",
    "p": "p",
    "Scaling factor": "校正系数",
    "RMSEA, lower 90% limit": "RMSEA 的 90% 下限",
    "RMSEA, upper 90% limit": "RMSEA 的 90% 上限",
    "p of a close fit (RMSEA at most 0.05)": "近似拟合的 p（RMSEA 不超过 0.05）",
    "Log-likelihood": "对数似然",
    "AIC": "AIC",
    "BIC": "BIC",
    "smaller is better, among models of the same answers": "同一数据的模型之间，越小越好",
    "Numbers without a standard error are fixed; p values are two-sided, of the hypothesis that a number is zero.": (  # noqa: E501 - a key
        "没有标准误的数值是固定的；p 值为双侧，检验该数值是否为零。"
    ),
    "Standardised numbers give constructs and items a variance of one.": (
        "标准化值使结构变量和题项的方差均为 1。"
    ),
    "Weights": "权重",
    "Variances, of explained variables what is left of them": "方差（被解释变量为残差方差）",
    "Covariances": "协方差",
    "Intercepts and means": "截距与均值",
    "Thresholds": "阈值",
    "Scales of latent responses": "潜在反应的尺度",
    "Defined quantities": "定义的量",
    "The model reproduces all covariances of the items.": "模型完全再现题项的协方差。",
    "The largest standardised residuals": "最大的标准化残差",
    "Standardised residuals are about normal with variance one if the model holds; above 2.58 in size they are significant at 1 percent.": (  # noqa: E501 - a key
        "若模型成立，标准化残差近似服从方差为 1 的正态分布；绝对值大于 2.58 即在 1% 水平上显著。"
    ),
    "The largest modification indices": "最大的修正指数",
    "Freeing no single parameter would improve the fit significantly.": (
        "放开任何单个参数都不会显著改善拟合。"
    ),
    "A modification index is the fall of chi-square if this parameter were free; beside it the value it would take. Free one only where theory has a reason for it, and look at other answers before you believe it.": (  # noqa: E501 - a key
        "修正指数是放开该参数后卡方的下降量，其旁为该参数的预期值。仅在理论有依据时放开一个，"
        "并用另外的数据验证后再采信。"
    ),
    "loading": "载荷",
    "covariance": "协方差",
    "regression": "路径",
    "Standardised solution": "标准化解",
    "Standardised residuals of the items": "题项的标准化残差",
    "Modification indices": "修正指数",
    "Intervals of parameters": "参数的置信区间",
    "Intervals of standardised parameters": "标准化参数的置信区间",
    "Reliability by the model": "模型信度",
    "There are no indices: a variance behind {constructs} is negative, so that the weights of its items mean nothing.": (  # noqa: E501 - a key
        "没有指数：{constructs}背后的方差为负，题项权重没有意义。"
    ),
    # how it was estimated
    "The measurement of the constructs was fitted first, and the paths between them after it (Rosseel and Loh 2022), by {how}.": (  # noqa: E501 - a key
        "先拟合结构变量的测量，再拟合其间的路径（Rosseel 与 Loh，2022），方法为{how}。"
    ),
    "Standard errors come from the {information} information.": (
        "标准误由{information}信息矩阵求得。"
    ),
    "Standard errors are robust to answers that are not normal (Satorra and Bentler 1994), with the {information} information.": (  # noqa: E501 - a key
        "标准误对非正态作答稳健（Satorra 与 Bentler，1994），采用{information}信息矩阵。"
    ),
    "Standard errors are robust to answers that are not normal (Huber-White sandwich, with the {information} information).": (  # noqa: E501 - a key
        "标准误对非正态作答稳健（Huber–White 夹心估计，采用{information}信息矩阵）。"
    ),
    "Standard errors come from the cross products of the scores.": "标准误由得分的叉积求得。",
    "Standard errors of the paths heed that the measurement was estimated.": (
        "路径的标准误考虑了测量部分亦为估计所得。"
    ),
    "Standard errors of the paths heed that the measurement was estimated, and are robust to answers that are not normal.": (  # noqa: E501 - a key
        "路径的标准误考虑了测量部分亦为估计所得，且对非正态作答稳健。"
    ),
    "Standard errors of the paths take the measurement as known.": (
        "路径的标准误视测量部分为已知。"
    ),
    "They heed how respondents were drawn: {drawn}.": "标准误考虑了受访者的抽取方式：{drawn}。",
    "The test of the model is the chi-square test of its discrepancy.": (
        "模型检验为其差异的卡方检验。"
    ),
    "The test of the model is scaled (Satorra and Bentler 1994).": (
        "模型检验经校正（Satorra 与 Bentler，1994）。"
    ),
    "The test of the model is adjusted by mean and variance (Satorra and Bentler 1994).": (
        "模型检验经均值与方差校正（Satorra 与 Bentler，1994）。"
    ),
    "The test of the model is scaled and shifted (Asparouhov and Muthen 2010).": (
        "模型检验经缩放与平移（Asparouhov 与 Muthén，2010）。"
    ),
    "The test of the model is scaled (Yuan and Bentler 2000).": (
        "模型检验经校正（Yuan 与 Bentler，2000）。"
    ),
    "The test of the model is scaled (Yuan and Bentler 2000, as Mplus computes it).": (
        "模型检验经校正（Yuan 与 Bentler，2000，按 Mplus 的算法）。"
    ),
    "The test of the model is that of its residuals, free of distribution (Browne 1984).": (
        "模型检验为残差检验，不依赖分布（Browne，1984）。"
    ),
    "The test of the model is that of its residuals, for normal answers (Browne 1984).": (
        "模型检验为残差检验，假定作答正态（Browne，1984）。"
    ),
    "Each construct has the scale of its first item.": "各结构变量取其首个题项的尺度。",
    "Each construct has a variance of one.": "各结构变量的方差为 1。",
    "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage; Savalei and Bentler 2009).": (  # noqa: E501 - a key
        "先由全部已有作答估计均值与协方差，再据此拟合模型（两阶段法；Savalei 与 Bentler，2009）。"
    ),
    "Means and covariances were estimated from all answers given, and the model was fitted to them (two-stage, robust; Savalei and Falk 2014).": (  # noqa: E501 - a key
        "先由全部已有作答估计均值与协方差，再据此拟合模型（稳健两阶段法；Savalei 与 Falk，2014）。"
    ),
    "Missing answers were replaced by the mean of the item.": "缺失作答以该题项的均值填补。",
    "The search ended after {count} iterations where the scaled gradient is {gradient}, the Newton decrement {decrement} and the Hessian positive definite.": (  # noqa: E501 - a key
        "搜索经 {count} 次迭代结束，此处尺度化梯度为 {gradient}，牛顿减量为 {decrement}，"
        "海森矩阵正定。"
    ),
    "The search has NOT settled after {count} iterations: the scaled gradient is {gradient}, the Newton decrement {decrement}.": (  # noqa: E501 - a key
        "搜索经 {count} 次迭代仍未收敛：尺度化梯度为 {gradient}，牛顿减量为 {decrement}。"
    ),
    "The search {ended}.": "搜索{ended}。",
    "version of semopy": "semopy 版本",
    "solver": "求解器",
    "semopy said": "semopy 的说明",
    "discrepancy": "差异函数",
    "standard errors": "标准误",
    "test": "模型检验",
    "information": "信息矩阵",
    "likelihood": "似然",
    "parameters": "参数",
    "scaling": "结构变量的尺度",
    "ordered items": "有序题项",
    "parametrization": "参数化",
    "mean structure": "均值结构",
    "missing answers in the likelihood": "似然中的缺失作答",
    "patterns of answers": "作答模式",
    "measurement": "测量部分",
    "mapping of items to constructs": "题项到结构变量的映射",
    "error variances at zero": "为零的误差方差",
    "errors taken off": "扣除的误差",
    "maximum likelihood": "极大似然",
    "generalised least squares": "广义最小二乘",
    "unweighted least squares": "未加权最小二乘",
    "weighted least squares (distribution-free)": "加权最小二乘（不依赖分布）",
    "diagonally weighted least squares": "对角加权最小二乘",
    "maximum likelihood in both steps": "两步均为极大似然",
    "expected": "期望",
    "observed": "观测",
    "normal": "正态",
    "first item of each construct": "各结构变量的首个题项",
    "constructs of variance one": "结构变量方差为 1",
    "full-information maximum likelihood": "完全信息极大似然",
    "two-stage, normal answers": "两阶段法（正态作答）",
    "two-stage, robust": "两阶段法（稳健）",
    "fiml": "完全信息极大似然（FIML）",
    "all constructs together": "全部结构变量一并",
    "sampling weights": "抽样权重",
    "clusters": "群",
    "strata": "层",
}

_DRAWN = {"sampling weights": "抽样权重", "clusters": "群", "strata": "层"}
_HEEDED = [
    [name for name, kept in zip(_DRAWN, which, strict=True) if kept]
    for which in product((True, False), repeat=len(_DRAWN))
]
_REFUSED = {
    "Modification indices are": "修正指数",
    "Standardised residuals are": "标准化残差",
    "Measures of overall fit are": "整体拟合指标",
}

SETTINGS: tuple[tuple[str, str], ...] = (
    (r"covariance structure, (\w+)", r"协方差结构，\1"),
    (r"covariance structure, (\w+), by semopy", r"协方差结构，\1（由 semopy 求解）"),
    (r"structural after measurement, local", "先测量后结构（局部）"),
    (r"structural after measurement, global", "先测量后结构（整体）"),
    (r"(\d+), (\d+) degrees of freedom", r"\1 个，自由度 \2"),
    (r"(\d+), (\d+) degrees of freedom of the structure", r"\1 个，结构部分自由度 \2"),
    (r"(\d+) blocks", r"\1 个区块"),
    *(
        (
            rf"(\S+), heeding {', '.join(names)}",
            rf"\1，考虑{'、'.join(_DRAWN[name] for name in names)}",
        )
        for names in _HEEDED
        if names
    ),
    (r"(\S+) of their covariances", r"其协方差的 \1 倍"),
    (r"(\d+) of (\d+): (.+) and (\d+) more", r"\2 个题项中的 \1 个：\3 等"),
    (r"(\d+) of (\d+): (.+)", r"\2 个题项中的 \1 个：\3"),
    (r"(\d+); every two items answered by (\S+) at least", r"\1 种；任两题项至少有 \2 作答"),
    (
        r"settled after (\d+) iterations in (\d+) searches \(scaled gradient (\S+)\)",
        r"经 \1 次迭代（\2 次搜索）收敛（尺度化梯度 \3）",
    ),
    *(
        (rf"{english} known for a joint search only, .+", f"{told}仅适用于一次性估计的模型")
        for english, told in _REFUSED.items()
    ),
    *(
        (rf"{english} of all groups together, .+", f"{told}属于各组的联合拟合，而非单个组")
        for english, told in _REFUSED.items()
    ),
)
"""Patterns of settings, and of reasons why a part is missing."""
