"""The Chinese of the rules of an assessment, by their English; sources stay as they are cited."""

from __future__ import annotations

_AREAS = {
    "Admissibility": "可接受性",
    "Measurement": "测量模型",
    "Discriminant validity": "区分效度",
    "Collinearity": "共线性",
    "Structure": "结构模型",
    "Overall fit": "整体拟合",
    "Prediction": "预测力",
}

_WORDS = {
    "passed": "通过",
    "doubtful": "存疑",
    "failed": "未通过",
    "not computed": "未计算",
}

_CRITERIA = {
    "Convergence": "迭代收敛",
    "Loadings within 1": "载荷不超过 1",
    "Reliability within 0 and 1": "信度介于 0 与 1 之间",
    "R2 within 1": "R² 不超过 1",
    "Path coefficients within 1": "路径系数不超过 1",
    "Construct correlations (smallest eigenvalue)": "结构变量相关矩阵（最小特征值）",
    "Model-implied correlations (smallest eigenvalue)": "模型隐含相关矩阵（最小特征值）",
    "Direction of constructs": "结构变量的方向",
    "Expected signs": "预期符号",
    "Standard errors of paths": "路径系数的标准误",
    "Resamples that failed or are inadmissible": "失败或不可接受的重抽样",
    "Items along with their block": "题项与所属题项组同向",
    "Indicator loadings": "题项载荷",
    "Composite reliability rho_C": "组合信度 rho_C",
    "Reliability rho_A": "信度 rho_A",
    "Cronbach's alpha": "Cronbach's α 系数",
    "Average variance extracted": "平均方差提取量（AVE）",
    "Second eigenvalue of a block": "题项组的第二特征值",
    "Vanishing tetrads of reflective blocks": "反映型题项组的四分差检验（CTA）",
    "Weights of composites (Mode B)": "组合变量的权重（模式 B）",
    "VIF of items in composites (Mode B)": "组合变量题项的方差膨胀因子（模式 B）",
    "VIF of predictors": "预测变量的方差膨胀因子",
    "Full collinearity (common method)": "全共线性 VIF（共同方法偏差）",
    "HTMT": "异质—单质比（HTMT）",
    "HTMT2": "异质—单质比（HTMT2）",
    "Fornell-Larcker (root of AVE less correlation)": "Fornell–Larcker 准则（AVE 平方根减相关）",
    "Cross-loadings (own less strongest other)": "交叉载荷（自身载荷减最高的其他载荷）",
    "Explained variance R2": "解释方差 R²",
    "Effect size f2": "效应量 f²",
    "Path coefficients": "路径系数",
    "Straightness of paths": "路径的线性",
    "Endogeneity (Gaussian copula)": "内生性（高斯 Copula）",
    "SRMR of the saturated model": "饱和模型的 SRMR",
    "SRMR": "标准化残差均方根（SRMR）",
    "Exact fit: SRMR": "精确拟合检验：SRMR",
    "Exact fit: d_ULS": "精确拟合检验：d_ULS",
    "Exact fit: d_G": "精确拟合检验：d_G",
    "NFI": "规范拟合指数（NFI）",
    "RMS_theta": "外部残差协方差均方根（RMS_theta）",
    "Q2_predict": "预测相关性 Q²_predict",
    "Items predicted better than by a linear model": "预测优于线性模型的题项",
    "CVPAT against the item means": "CVPAT：与题项均值比较",
    "CVPAT against the linear model": "CVPAT：与线性模型比较",
}

_ENOUGH = {
    "the iteration has settled": "迭代已收敛",
    "no loading above 1 in size": "载荷的绝对值均不大于 1",
    "rho_A above 0 and at most 1": "rho_A 大于 0 且不大于 1",
    "no R2 above 1": "R² 均不大于 1",
    "no path above 1 in size": "路径系数的绝对值均不大于 1",
    "positive semidefinite, none above 1": "矩阵半正定，且相关系数均不大于 1",
    "positive semidefinite": "矩阵半正定",
    "the strongest item of each construct points with it": "各结构变量载荷最高的题项与其同向",
    "each path has the sign the model expects, or its interval includes zero": (
        "各路径的符号与模型预期一致，或其置信区间包含 0"
    ),
    "none above 10 times the usual one; above 100 times is explosive": (
        "均不超过通常标准误的 10 倍；超过 100 倍即为异常膨胀"
    ),
    "below 1 percent; above 20 percent intervals mean nothing": (
        "低于 1%；高于 20% 时置信区间没有意义"
    ),
    "each item correlates positively with the rest of its block, on average": (
        "各题项与同一题项组其余题项的平均相关为正"
    ),
    "at least 0.708; between 0.40 and 0.708 doubtful": "不低于 0.708；0.40 至 0.708 之间存疑",
    "at least 0.70; between 0.60 and 0.70 only for exploration; above 0.95 items repeat one another": (  # noqa: E501 - a key
        "不低于 0.70；0.60 至 0.70 仅适用于探索性研究；高于 0.95 说明题项相互重复"
    ),
    "at least 0.70; between 0.60 and 0.70 only for exploration": (
        "不低于 0.70；0.60 至 0.70 仅适用于探索性研究"
    ),
    "at least 0.70; between 0.60 and 0.70 only for exploration; a lower bound": (
        "不低于 0.70；0.60 至 0.70 仅适用于探索性研究；该系数是信度的下界"
    ),
    "at least 0.50; between 0.40 and 0.50 doubtful": "不低于 0.50；0.40 至 0.50 存疑",
    "below 1": "小于 1",
    "not rejected at 5 percent": "在 5% 水平上未被拒绝",
    "the interval excludes zero, or the loading is at least 0.50": (
        "置信区间不包含 0，或载荷不低于 0.50"
    ),
    "at most 3.3; up to 5 doubtful": "不超过 3.3；3.3 至 5 存疑",
    "at most 3; up to 5 doubtful": "不超过 3；3 至 5 存疑",
    "at most 3.3, up to 5 doubtful; 5 and 10 for PLSc": (
        "不超过 3.3，3.3 至 5 存疑；PLSc 下为 5 和 10"
    ),
    "below 0.85, and its one-sided 95 percent limit below 0.90; from 0.90 failed": (
        "低于 0.85，且单侧 95% 置信上限低于 0.90；达到 0.90 为未通过"
    ),
    "the root of the AVE of both constructs exceeds their correlation": (
        "两个结构变量的 AVE 平方根均大于二者的相关系数"
    ),
    "each item loads highest on its own construct": "各题项在所属结构变量上的载荷最高",
    "at least 0.10 (0.25 weak, 0.50 moderate, 0.75 substantial)": (
        "不低于 0.10（0.25 较弱，0.50 中等，0.75 较强）"
    ),
    "at least 0.02": "不低于 0.02",
    "the interval excludes zero": "置信区间不包含 0",
    "no curvature at 5 percent, adjusted for the number of paths": (
        "按路径数校正后，在 5% 水平上不存在弯曲"
    ),
    "no copula term significant at 5 percent, adjusted for the number of paths; finds little among a few hundred respondents": (  # noqa: E501 - a key
        "按路径条数校正后，Copula 项在 5% 水平上均不显著；受访者只有几百人时检出力很低"
    ),
    "at most 0.08; up to 0.10 doubtful": "不超过 0.08；0.08 至 0.10 存疑",
    "at most the critical value of the bootstrap test at 5 percent": (
        "不超过自助法检验在 5% 水平上的临界值"
    ),
    "at least 0.90; between 0.80 and 0.90 doubtful": "不低于 0.90；0.80 至 0.90 存疑",
    "at most 0.12 for reflective models; up to 0.14 doubtful": (
        "不超过 0.12（适用于反映型模型）；0.12 至 0.14 存疑"
    ),
    "above 0 for every item of an endogenous construct": "内生结构变量的各题项均大于 0",
    "at least half of all items, and of those of each construct with several": (
        "全部题项中至少一半，且每个多题项结构变量的题项中至少一半"
    ),
    "smaller loss, significant at 5 percent": "损失更小，且在 5% 水平上显著",
    "loss not significantly larger; significantly smaller speaks for high power": (
        "损失未显著高于线性模型；显著更低则表明预测力强"
    ),
}

_TODO = {
    "Raise max_iter or try another scheme; do not use the numbers before it settles.": (
        "增大 max_iter 或改用其他内部加权方案；收敛之前不要使用这些数值。"
    ),
    "Drop the item or merge it with its double; without the correction for attenuation (consistent=False) loadings cannot exceed 1.": (  # noqa: E501 - a key
        "删去该题项，或与其重复的题项合并；不作衰减修正（consistent=False）时载荷不会超过 1。"
    ),
    "Look for reversed or unrelated items; measure the construct with more items, or fit without the correction for attenuation.": (  # noqa: E501 - a key
        "检查是否有反向或无关的题项；为该结构变量增加题项，或不作衰减修正重新拟合。"
    ),
    "The predictors are too much alike once corrected for attenuation: merge constructs that correlate near 1, or fit without the correction.": (  # noqa: E501 - a key
        "经衰减修正后预测变量过于相似：合并相关接近 1 的结构变量，或不作衰减修正重新拟合。"
    ),
    "Merge predictors that cannot be told apart, or leave one of them out.": (
        "合并无法区分的预测变量，或去掉其中之一。"
    ),
    "Merge constructs that correlate near 1, use more respondents, or fit without the correction for attenuation.": (  # noqa: E501 - a key
        "合并相关接近 1 的结构变量，增加受访者，或不作衰减修正重新拟合。"
    ),
    "Look for loadings above 1 and for constructs that correlate near 1.": (
        "检查是否有大于 1 的载荷，以及相关接近 1 的结构变量。"
    ),
    "Read the questions; declare items scored the other way round with reverse=[...].": (
        "核对题目；以 reverse=[...] 声明反向计分的题项。"
    ),
    "Look for reversed items and near-collinear predictors first; else the theory is in doubt for these customers.": (  # noqa: E501 - a key
        "先检查反向题项和近似共线的预测变量；若均无问题，则理论对这些顾客是否成立值得怀疑。"
    ),
    "The predictors of this construct can hardly be told apart: merge them or leave one out.": (
        "该结构变量的各预测变量几乎无法区分：将其合并，或去掉其中之一。"
    ),
    "Read the reasons in boot.failures; use more respondents or a simpler model.": (
        "查看 boot.failures 中的原因；增加受访者，或采用更简单的模型。"
    ),
    "Read the question: if it is asked the other way round declare reverse=[...]; else leave the item out.": (  # noqa: E501 - a key
        "请查看题目：若为反向提问，用 reverse=[...] 声明；否则删去该题项。"
    ),
    "Below 0.40 leave the item out; between, leave it out if reliability and AVE gain and no facet of the construct is lost.": (  # noqa: E501 - a key
        "载荷低于 0.40 的题项应删去；介于 0.40 与 0.708 之间的，若删去后信度和 AVE 提高且"
        "不损失结构变量内涵，则可删去。"
    ),
    "Leave out items that do not belong, or ask more questions; above 0.95 drop questions that say the same.": (  # noqa: E501 - a key
        "删去不属于该结构变量的题项，或增加题目；高于 0.95 时删去内容重复的题目。"
    ),
    "Leave out items that do not belong, or ask more questions.": (
        "删去不属于该结构变量的题项，或增加题目。"
    ),
    "If it is negative, look for items asked the other way round; else read it beside rho_A and rho_C, which do not assume equal loadings.": (  # noqa: E501 - a key
        "若为负值，请查找反向提问的题项；否则结合 rho_A 和 rho_C 解读，二者不要求各题项载荷相等。"
    ),
    "Leave out the items with the lowest loadings, or split the construct.": (
        "删去载荷最低的题项，或拆分该结构变量。"
    ),
    "The items measure more than one thing: split the construct or drop items.": (
        "这些题项测量的不止一个维度：拆分该结构变量，或删去题项。"
    ),
    "The items may form the construct instead of reflecting it, measure two things, or share a wording: read the questions, and think about composite() for it.": (  # noqa: E501 - a key
        "题项可能是构成而非反映该结构变量，也可能测量了两种内容，或措辞相近：请查看题目，"
        "并考虑对其使用 composite()。"
    ),
    "Leave the item out unless theory needs it.": "除非理论上必要，否则删去该题项。",
    "Drop or merge items that say the same, or weigh them in Mode A.": (
        "删去或合并内容重复的题项，或改用模式 A 加权。"
    ),
    "Merge predictors that overlap, or model them as parts of a higher-order construct.": (
        "合并相互重叠的预测变量，或将其设为高阶结构变量的组成部分。"
    ),
    "Constructs overlap or share the method of measurement: check HTMT, and adjust with a marker variable.": (  # noqa: E501 - a key
        "结构变量相互重叠，或存在共同的测量方法效应：检查 HTMT，并用标记变量校正。"
    ),
    "Mend unreliable constructs first; then drop items that answer for the other construct, or merge the two.": (  # noqa: E501 - a key
        "先改进信度不足的结构变量；再删去反映另一结构变量的题项，或将两者合并。"
    ),
    "Read HTMT, which finds what this criterion misses; drop items with low loadings.": (
        "查看 HTMT，它能发现本准则遗漏的问题；删去载荷低的题项。"
    ),
    "Move the item or leave it out.": "将该题项移至另一结构变量，或删去。",
    "A predictor that matters may be missing from the model.": "模型可能遗漏了重要的预测变量。",
    "This path adds next to nothing: think of a simpler model.": (
        "该路径几乎没有额外贡献：考虑更简单的模型。"
    ),
    "These data do not show this path: do not build on it.": (
        "现有数据不支持该路径：不要以此为依据。"
    ),
    "One slope does not describe this path: look at its curve before saying what one more point brings.": (  # noqa: E501 - a key
        "单一斜率不足以描述该路径：在断言“提高 1 分带来多少”之前，请先查看其曲线。"
    ),
    "A bent path looks the same, so see whether paths are straight first; else a common cause may be missing: add it, or use an instrument.": (  # noqa: E501 - a key
        "弯曲的路径也会有同样的表现，因此应先查看路径是否为直线；否则可能遗漏了共同原因："
        "将其加入模型，或使用工具变量。"
    ),
    "Measurement itself misses the correlations, whatever the paths: look for items that belong elsewhere; in Mode A part of it comes from the method.": (  # noqa: E501 - a key
        "无论路径如何，测量模型本身未能再现相关：请查找应归入其他结构变量的题项；在模式 A"
        " 下，部分偏差源于方法本身。"
    ),
    "Read the largest residuals (assessment.residuals): a path, a cross-loading or a construct may be missing; in Mode A part of it comes from the method.": (  # noqa: E501 - a key
        "查看最大的残差（assessment.residuals）：模型可能缺少某条路径、某个交叉载荷或某个"
        "结构变量；在模式 A 下，部分偏差源于方法本身。"
    ),
    "The model does not reproduce the correlations. Composites of reflective items always miss them somewhat: test csi.PLS(consistent=True). With many respondents small misfit is enough, so read SRMR and the largest residuals as well (assessment.residuals).": (  # noqa: E501 - a key
        "模型未能再现观测到的相关。由反映型题项合成的组合变量总会有所偏离：请检验 "
        "csi.PLS(consistent=True)。受访者很多时，轻微的失拟即可导致拒绝，因此还应查看 "
        "SRMR 和最大的残差（assessment.residuals）。"
    ),
    "Read it after SRMR and the exact-fit test; it tends to fall with many items and does not punish needless paths.": (  # noqa: E501 - a key
        "先看 SRMR 和精确拟合检验；题项多时该指标往往偏低，且不惩罚多余的路径。"
    ),
    "What constructs leave of their items still goes together: the items share something beyond them.": (  # noqa: E501 - a key
        "结构变量未解释的部分仍相互关联：题项之间还有结构变量之外的共同内容。"
    ),
    "The model predicts this item no better than its mean.": "模型对该题项的预测并不优于其均值。",
    "Predictive power is low: look for curves, missing paths, or items that do not belong.": (
        "预测力低：检查是否存在非线性关系、遗漏的路径，或不属于该结构变量的题项。"
    ),
    "The model predicts no better than the means: do not use it for prediction.": (
        "模型的预测并不优于均值：不要用于预测。"
    ),
    "Regressions of the items predict better: the model leaves something out.": (
        "题项之间的回归预测更准：模型有所遗漏。"
    ),
}

OF_RULES: dict[str, str] = {**_AREAS, **_WORDS, **_CRITERIA, **_ENOUGH, **_TODO}
"""Chinese of areas, verdicts, criteria, rules and remedies."""

REASONS: tuple[tuple[str, str], ...] = (
    (r"no bootstrap was given", "未提供自助重抽样"),
    (r"no resample could be estimated", "所有重抽样均无法估计"),
    (r"resamples failed", "重抽样失败"),
    (r"needs resamples", "需要重抽样"),
    (r"no resample gives limits", "没有重抽样能给出区间"),
    (r"no resamples were asked for \(n_boot=0\)", "未要求重抽样（n_boot=0）"),
    (r"needs the respondents, and the fit holds none", "需要受访者的数据，而拟合结果中没有"),
    (
        r"(?:Regressions of scores need|.+ needs rows:) the respondents.*",
        "需要受访者的数据，而拟合结果中没有",
    ),
    (
        r"the estimator takes one sample at a time; give boot=csi\.bootstrap\(fit\)",
        "该估计方法每次只处理一个样本；请给出 boot=csi.bootstrap(fit)",
    ),
    (r"single item", "单题项"),
    (r"composite: its indicators form it and need not agree", "组合变量：由题项构成，题项不必一致"),
    (r"composite: its items need not load highest on it", "组合变量：题项的载荷不必以其为最高"),
    (r"(.+) is a composite, whose items need not agree", r"\1 是组合变量，其题项不必一致"),
    (r"a composite: nothing says that its tetrads vanish", "组合变量：其四分差不必为零"),
    (r"its parts are constructs, not items", "其组成部分是结构变量而非题项"),
    (r"(.+) is of higher order", r"\1 是高阶结构变量"),
    (r"part of (.+)", r"\1 的组成部分"),
    (r"(.+) is a part of (.+)", r"\1 是 \2 的组成部分"),
    (r"higher order: rho_A is defined for items", "高阶结构变量：rho_A 仅对题项有定义"),
    (r"rho_A is defined for PLS in Mode A", "rho_A 仅对模式 A 的 PLS 有定义"),
    (
        r"rho_A is defined for reflective constructs in Mode A only",
        "rho_A 仅对模式 A 的反映型结构变量有定义",
    ),
    (r"needs the standard deviations of the items", "需要题项的标准差"),
    (
        r"(.+) and (.+) correlate (\S+), and the means need positive correlations",
        r"\1 与 \2 的相关为 \3，而几何平均要求相关为正",
    ),
    (r"undefined in (\d+) of (\d+) resamples", r"\2 次重抽样中有 \1 次无定义"),
    (r"limits of HTMT2 need a bootstrap", "HTMT2 的置信限需要自助重抽样"),
    (
        r"takes long with more than ([\d,]+) respondents; use csi\.endogeneity\(fit\)",
        r"受访者超过 \1 人时计算较慢；请使用 csi.endogeneity(fit)",
    ),
    (r"one item, and a tetrad needs four", "只有 1 个题项，而四分差需要 4 个"),
    (
        r"(\d+) items, and a tetrad needs four; csi\.tetrads\(fit, borrow=True\) takes the others "
        r"from a neighbour",
        r"只有 \1 个题项，而四分差需要 4 个；"
        r"csi.tetrads(fit, borrow=True) 可借用相邻结构变量的题项",
    ),
    (r"with items of (.+)", r"借用 \1 的题项"),
    (r"too few sampling units for the joint test", "抽样单位过少，无法作联合检验"),
    (r"the model expects no signs", "模型未设定预期符号"),
    (r"the model holds no paths", "模型中没有路径"),
    (
        r"the correlations are singular: some variable follows from the others",
        "相关矩阵奇异：某个变量可由其他变量推出",
    ),
    (
        r"the correlations are not positive semidefinite, so no VIF exists",
        "相关矩阵非半正定，方差膨胀因子不存在",
    ),
    (r"(\d+) different values cannot show a bend", r"只有 \1 个不同取值，无法判断是否弯曲"),
    (r"regressors are collinear", "自变量共线"),
    (
        r"(\d+) respondents are too few for (\d+) coefficients",
        r"\1 名受访者不足以估计 \2 个系数",
    ),
    (
        r"(\d+) clusters are too few for (\d+) coefficients with robust errors",
        r"\1 个群不足以用稳健标准误估计 \2 个系数",
    ),
    (r"(.+) has (\d+) different scores and is not continuous", r"\1 只有 \2 个不同得分，并非连续"),
    (
        r"scores of (.+) cannot be told from normal ones \(p = (\S+)\)",
        r"\1 的得分与正态分布无显著差异（p = \2）",
    ),
    (
        r"the copula term of (.+) repeats the predictors \(VIF (\S+)\)",
        r"\1 的 Copula 项与预测变量重复（VIF \2）",
    ),
    (
        r"(?:Exact fit cannot be tested: it is )?not defined for models with higher-order "
        r"constructs(?:\. .+)?",
        "对含高阶结构变量的模型无定义",
    ),
    (
        r"Exact fit cannot be tested: the estimates are inadmissible or have not settled\. .+",
        "估计值不可接受或尚未收敛，无法检验精确拟合",
    ),
    (
        r"Exact fit cannot be tested: answers are missing and were used in pairs\. .+",
        "缺失作答采用了成对删除，无法检验精确拟合；请改用成列删除或均值填补",
    ),
    (
        r"Exact fit cannot be tested: the correlations of the items are singular\. .+",
        "题项的相关矩阵奇异，无法检验精确拟合",
    ),
    (
        r"Exact fit cannot be tested: the estimator takes one sample at a time\. .+",
        "该估计方法每次只处理一个样本，无法检验精确拟合",
    ),
    (r"(\d+) of (\d+) folds failed: (.+)", r"\2 折中有 \1 折失败：\3"),
    (
        r"(\d+) of (\d+) resamples failed or are inadmissible: (.+)",
        r"\2 次重抽样中有 \1 次失败或不可接受：\3",
    ),
    (
        r"no linear model: its predictors are collinear, or as many as training rows",
        "没有线性模型：其预测变量共线，或与训练样本一样多",
    ),
    (
        r"the observed or implied correlations are not positive definite",
        "观测或隐含的相关矩阵非正定",
    ),
    (r"the model leaves no degrees of freedom", "模型没有剩余自由度"),
    (r"the items do not correlate", "题项互不相关"),
    (r"all items belong to one composite", "所有题项属于同一个组合变量"),
    (r"no construct has several items", "没有多题项的结构变量"),
)
"""Patterns of the reasons why something was not computed."""
