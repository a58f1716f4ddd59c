"""The Chinese of what is said of covariance structures: rules, findings, reasons."""

from __future__ import annotations

OF_STRUCTURES: dict[str, str] = {
    "Variances (Heywood cases)": "方差（Heywood 情形）",
    "Condition number of the information": "信息矩阵的条件数",
    "Respondents for each parameter": "每个参数的受访者数",
    "Chi-square test of exact fit (p)": "精确拟合的卡方检验（p）",
    "CFI": "比较拟合指数（CFI）",
    "TLI": "Tucker–Lewis 指数（TLI）",
    "RMSEA": "近似误差均方根（RMSEA）",
    "Standardised residuals": "标准化残差",
    "Largest modification index": "最大的修正指数",
    "at most 10.83, which chance exceeds once in a thousand; convention of csi": (
        "不超过 10.83（偶然超过的概率为千分之一）；csi 的惯例"
    ),
    "Freeing this parameter would improve the fit. Do so only where theory has a reason for it, one at a time, and look at other answers before you believe it.": (  # noqa: E501 - a key
        "释放该参数会改善拟合。仅在理论上有理由时才这样做，每次一个，并用另外的作答检验后再采信。"
    ),
    "no variance of an error or a construct below zero": "误差与结构变量的方差均不小于 0",
    "at most 1,000,000, parameters in units of their curvature; above it doubtful": (
        "参数以其曲率为单位时不超过 1,000,000；超过则存疑"
    ),
    "at least 5": "不少于 5",
    "at least 0.95; between 0.90 and 0.95 doubtful": "不低于 0.95；0.90 至 0.95 存疑",
    "at most 0.06; up to 0.08 reasonable and up to 0.10 mediocre, both doubtful; read its 90 percent limits": (  # noqa: E501 - a key
        "不超过 0.06；0.08 以内尚可，0.10 以内一般，二者均存疑；请看其 90% 置信限"
    ),
    "none above 2.58 in size": "绝对值均不大于 2.58",
    "If the interval of the variance includes zero, chance may have made it: more respondents or items, or fix it at zero. If not, the model is wrong for this item: look for a second construct behind it. No index is computed from it.": (  # noqa: E501 - a key
        "若方差的置信区间包含 0，可能出于偶然：增加受访者或题项，或将其固定为 0。否则模型不适合"
        "该题项：请寻找其背后的另一个结构变量。不据此计算指数。"
    ),
    "Some parameters can move together and the fit hardly changes: merge constructs that are alike, fit fewer paths, and do not read these parameters one by one.": (  # noqa: E501 - a key
        "某些参数可以一起变动而拟合几乎不变：合并相似的结构变量，减少路径，不要逐个解读这些参数。"
    ),
    "Standard errors and tests are rough: use a bootstrap, more respondents or a simpler model.": (
        "标准误与检验较为粗略：请使用自助法、增加受访者或简化模型。"
    ),
    "The model misses something. With many respondents it always does, so look at how much: RMSEA, SRMR and the largest residuals.": (  # noqa: E501 - a key
        "模型遗漏了某些关系。受访者众多时总会如此，请看遗漏多少：RMSEA、SRMR 与最大的残差。"
    ),
    "Read the largest standardised residuals: a path, a cross-loading or a construct may be missing, or two questions share a wording.": (  # noqa: E501 - a key
        "查看最大的标准化残差：可能缺少路径、交叉载荷或结构变量，或两道题措辞相近。"
    ),
    "These two items go together more or less than the model says; one pair in a hundred does so by chance. Look for a path, a cross-loading or a shared wording.": (  # noqa: E501 - a key
        "这两个题项的关联强于或弱于模型所示；每百对中约有一对出于偶然。请寻找路径、交叉载荷或相近的措辞。"
    ),
}

_KINDS = {"error variance": "误差方差", "residual variance": "残差方差", "variance": "方差"}
_CORRELATIONS = {"correlation": "相关系数", "residual correlation": "残差相关系数"}
_MATRICES = {
    "covariances of the constructs": "结构变量的协方差矩阵",
    "covariances of the items that the model implies": "模型隐含的题项协方差矩阵",
    "covariances of the errors": "误差的协方差矩阵",
}
_ENDED = (
    r"after (\d+) iterations \(scaled gradient (\S+), Newton decrement (\S+), Hessian "
    r"(?:NOT )?positive definite\)"
)

SENTENCES: tuple[tuple[str, str], ...] = (
    *(
        (
            rf"The {kind} of (\S+)(?: in group (\d+))? is (\S+)(?: \(standard error (\S+)\))?, "
            rf"below zero: a Heywood case\. {end}",
            rf"\1 的{chinese}为 \3，小于 0（Heywood 情形）：{told}",
        )
        for kind, chinese in _KINDS.items()
        for end, told in (
            (r"It is significantly .*", "显著为负，模型不适合它，请寻找其背后的另一个结构变量。"),
            (r"It is not significantly .*", "并不显著为负，可能出于偶然，可增加受访者或固定为 0。"),
            (r"Fix it .*", "请固定为 0 或修改模型。"),
        )
    ),
    *(
        (
            rf"The {what} of (\S+) and (\S+)(?: in group (\d+))? is (\S+), above 1 in size: .+",
            rf"\1 与 \2 的{chinese}为 \4，绝对值大于 1：二者无法区分，请合并或增加受访者。",
        )
        for what, chinese in _CORRELATIONS.items()
    ),
    *(
        (
            rf"The {what}(?: in group (\d+))? are not positive definite \(smallest eigenvalue "
            r"(\S+), .+; (.+)\): no data can have them\.",
            rf"{chinese}非正定（最小特征值 \2；涉及 \3）：任何数据都不可能如此。",
        )
        for what, chinese in _MATRICES.items()
    ),
    (
        r"Near-collinear predictors of (.+): (.+) \((?:variance|no corr).+\)\. .+",
        r"\1 的预测变量近乎共线：\2，无法区分各自的路径；请合并、去掉其一或改看总效应。",
    ),
    (
        r"R2 of (\S+)(?: in group (\d+))? is (\S+), below 0: .+",
        r"\1 的 R² 为 \3，小于 0：其原因与其余部分相关，请去掉二者的协方差或该路径。",
    ),
    (
        r"The standard error of (.+) is (\S+) standard deviations, (\d+) times the usual: .+",
        r"\1 的标准误为 \2 个标准差，是通常的 \3 倍：请合并相似的结构变量，或去掉其一。",
    ),
    (
        r"(\S+) points the other way than most of its items: it goes with (\S+), but (.+) load "
        r"negatively, .+",
        r"\1 的方向与其多数题项相反：它与 \2 同向，而 \3 的载荷为负，请声明反向题项或调换首题。",
    ),
    (
        r"The parameters are close to not identified \(condition number of the scaled information "
        r"(\S+)\): (.+) can move together .+",
        r"参数近乎无法识别（信息矩阵条件数 \1）：\2 可以一起变动而拟合几乎不变，请勿逐个解读。",
    ),
    (
        r"(\S+) respondents for (\d+) parameters: fewer than (\d+) a parameter, .+",
        r"\1 名受访者对应 \2 个参数，每个参数不足 \3 人：标准误与检验较为粗略。",
    ),
    (
        r"No 0-100 index is computed from (.+): a variance behind it is negative, .+",
        r"未计算 \1 的 0–100 指数：其背后的方差为负，题项权重没有意义。",
    ),
    (rf"settled {_ENDED}", r"经 \1 次迭代收敛（尺度化梯度 \2）"),
    (rf"not settled {_ENDED}", r"经 \1 次迭代仍未收敛（尺度化梯度 \2）"),
    (rf"The search has not settled {_ENDED}\.", r"经 \1 次迭代仍未收敛（尺度化梯度 \2）。"),
)
"""Patterns of findings and settings."""

REASONS: tuple[tuple[str, str], ...] = (
    (
        r"negative error variances of a covariance structure are looked at instead",
        "协方差结构改看误差方差是否为负",
    ),
    (r"no variance is estimated", "没有估计任何方差"),
    (r"the model has no path with a standard error", "模型中没有带标准误的路径"),
    (r"defined for composites, not for covariance structures", "仅对组合变量有定义"),
    (
        r"needs the measurement model: fit it without paths, and read its SRMR",
        "需要测量模型：请去掉路径后拟合，再看其 SRMR",
    ),
    (r"not defined for this method of estimation", "对此估计方法无定义"),
    (r"the model has no parameter left to free", "模型中没有可释放的参数"),
    (r"the model reproduces it exactly", "模型完全再现该值"),
    (
        r"Exact fit cannot be tested: the model was fitted as a covariance structure, .+",
        "模型以协方差结构拟合，它有自己的检验：请看 fit.fit_measures 或 csi.bollen_stine(fit)",
    ),
    (
        r"This is known for complete answers that are not ordered only\. .+",
        "仅对完整且非有序的作答有定义",
    ),
)
"""Patterns of the reasons why something was not computed."""
