"""The Chinese of what reports say of published tables and of specification curves."""

from __future__ import annotations

from csi.reporting.chinese_published_words import READINGS

OF_PUBLISHED: dict[str, str] = {
    **READINGS,
    "A published table": "已发表的表格",
    "Verdict: {verdict}.": "结论：{verdict}。",
    "Of {total} printed numbers {agreeing} agree to every printed digit with the best of {tried} settings that were tried.": (  # noqa: E501 - a key
        "共试 {tried} 种设定，按其中最吻合的一种，{total} 个文献数值中有 {agreeing} 个逐位一致。"
    ),
    "The estimates of this report were made with other settings than these.": (
        "本报告的估计所用的设定与此不同。"
    ),
    "Settings that reproduce the table": "再现该表格的设定",
    "Settings that come nearest to the table": "最接近该表格的设定",
    "{quantity}, read as": "含义：{quantity}",
    "digits": "尾数处理",
    "cut off, not rounded": "截断而非四舍五入",
    "signs turned round": "符号反向的结构变量",
    "What the table leaves open": "该表格无法区分的选择",
    "These choices give the same printed digits.": "以下各选择得出的各位数字相同。",
    "Numbers that are not reproduced": "未能再现的数值",
    "The table, printed and computed": "表格：文献数值与计算值",
    "A slip is told where one explains the printed number. Numbers of csi have one decimal more than the table.": (  # noqa: E501 - a key
        "若某种笔误可以解释文献数值，则予以列出。csi 的数值比表格多一位小数。"
    ),
    "Numbers of csi have one decimal more than the table.": "csi 的数值比表格多一位小数。",
    "The correlations were printed with {decimals} decimals; numbers agree if correlations that would be printed alike may give them.": (  # noqa: E501 - a key
        "相关系数只给出 {decimals} 位小数；若舍入后相同的相关系数可以得出该数值，即视为一致。"
    ),
    "No setting that was tried reproduces this table. Other data, another model, or a program that does something else are behind it.": (  # noqa: E501 - a key
        "所试设定均不能再现该表格：其背后可能是另外的数据、另外的模型，或另有算法的程序。"
    ),
    "No setting that comes near the table reproduces: {names}.": (
        "所有接近该表格的设定都不能再现：{names}。"
    ),
    "Settings that could not be fitted: {count}.": "有 {count} 种设定无法拟合。",
    "{quantity} of {label}": "{label}的{quantity}",
    "reproduced": "已再现",
    "not reproduced": "未能再现",
    "the number of {label}": "误用{label}的数值",
    "other reading or signs": "其他含义或符号",
    "{name}: {value}": "{name}：{value}",
    " or ": "或",
    "B for {names}, A otherwise": "{names}用模式 B，其余用模式 A",
    "A for {names}, B otherwise": "{names}用模式 A，其余用模式 B",
    # what there is to choose
    "inner weighting scheme": "内部加权方案",
    "correction for attenuation": "衰减校正",
    "units of the items": "题项的单位",
    "end of the iteration": "迭代的终止",
    "information matrix": "信息矩阵",
    "scaling of the constructs": "结构变量的尺度",
    "model": "模型",
    # specification curves
    "Specification curve": "设定曲线",
    "Specification curve: {number}": "设定曲线：{number}",
    "The standardised effect {ends}": "标准化效应“{ends}”",
    "The standardised total effect {ends}": "标准化总效应“{ends}”",
    "The index of {ends}": "{ends}的指数",
    "The impact {ends} (points per point)": "影响“{ends}”（每提高 1 分变动的分数）",
    "The explained variance of {ends}": "{ends}的 R²",
    "Standardised effect": "标准化效应",
    "Standardised total effect": "标准化总效应",
    "Index (0-100)": "指数（0 至 100）",
    "Points per point": "每提高 1 分变动的分数",
    "{number} was computed under {count} specifications: the median is {median}, the estimates lie between {low} and {high}, and {share} of them have the sign of the median.": (  # noqa: E501 - a key
        "在 {count} 种设定下计算了{number}：中位数为 {median}，估计值介于 {low} 与 {high} 之间，"
        "其中 {share} 与中位数同号。"
    ),
    "{failed} of the specifications could not be estimated.": "其中 {failed} 种设定无法估计。",
    "Inadmissible estimates: {count}.": "有 {count} 个估计值不可接受。",
    "{apart} of {count} intervals at the {level} level leave out zero.": (
        "{count} 个 {level} 区间中有 {apart} 个不含零。"
    ),
    "{number} was computed under {count} specifications: the median is {median}, and the estimates lie between {low} and {high}.": (  # noqa: E501 - a key
        "在 {count} 种设定下计算了{number}：中位数为 {median}，估计值介于 {low} 与 {high} 之间。"
    ),
    "{kind}, {ends}": "{kind}（{ends}）",
    "Of all choices, that of the {choice} moves it most: two specifications that differ in nothing else lie {distance} apart (median).": (  # noqa: E501 - a key
        "影响最大的是{choice}：仅此不同的两种设定相差 {distance}（中位数）。"
    ),
    "{number} under every specification, from the lowest estimate to the highest, with {level} limits where there are any; below, the choices behind each of them.": (  # noqa: E501 - a key
        "{number}在各种设定下的估计值，由低到高排列，并给出 {level} 区间（如有）；"
        "下方为各设定所作的选择。"
    ),
    "The dashed line is the median.": "虚线为中位数。",
    "Shaded is what csi.fit(model, data) does.": "阴影处为 csi.fit(model, data) 的做法。",
    "Hollow marks are inadmissible estimates.": "空心标记为不可接受的估计值。",
    "Crosses at the foot could not be estimated.": "底部的叉号为无法估计的设定。",
    "Marks with a dark rim at the edge stand for estimates beyond the picture.": (
        "边缘的深色空心标记表示超出图示范围的估计值。"
    ),
    "Estimates by choice": "按选择列出的估计值",
    "Range of medians is how far the medians of the choices lie apart, with the company each keeps; alone is the median distance of two specifications that differ in this choice and in nothing else.": (  # noqa: E501 - a key
        "“中位数之差”为各选项中位数的差距（未排除与之同时出现的其他选择）；“单独作用”为仅在该选择上"
        "不同的两种设定之间差距的中位数。"
    ),
    "Not combined, as it cannot be: {names}.": "无法组合、因而未计算：{names}。",
    "{estimator} with {missing}": "{estimator}＋{missing}",
    # pages of reproduced studies
    "{count} published studies beside csi": "{count} 项已发表的研究与 csi 的对照",
    "Printed numbers": "文献数值",
    "Agree to every printed digit": "逐位一致",
    "Tables reproduced": "已再现的表格",
    "Agreement": "吻合程度",
    "All tables": "全部表格",
    "Printed tables beside csi": "文献表格与 csi 的对照",
    "Study": "研究",
    "Studies": "各项研究",
    "A table is called reproduced if each of its numbers, printed with as many decimals, is the number that was printed.": (  # noqa: E501 - a key
        "只有表格中的每个数值按同样位数给出时都与文献逐位相同，才称为已再现。"
    ),
    "Where it comes from": "来源",
    "Source of the numbers: {source}": "数值来源：{source}",
    "Program: {program}": "软件：{program}",
    "Licence of the figures: {licence}": "数值的许可：{licence}",
    "Note: {note}": "说明：{note}",
    "Study: {citation}": "研究：{citation}",
    "Also: {citation}": "另见：{citation}",
    "Moments ({n} respondents): {provenance}": "矩（{n} 名受访者）：{provenance}",
    "Licence: {licence}": "许可：{licence}",
    "{agreeing} of {total}": "{total} 个中的 {agreeing} 个",
    # sheets of workbooks
    "Published table": "已发表的表格",
    "Settings tried": "试过的设定",
    "Left open": "无法区分的选择",
    "Specifications": "各种设定",
    "Specifications by choice": "按选择列出的设定",
    "how limits were found": "区间的求法",
    "converged": "收敛",
    "admissible": "可接受",
    "number of warnings": "警告数",
    "warnings": "警告",
    "kind of estimator": "估计方法的类别",
    "default of csi": "csi 的默认做法",
    "rounded": "四舍五入",
    # methods paragraphs
    "A published table was audited with csi.audit: {total} of its numbers were compared with those of {tried} settings, of which the nearest ({settings}) reproduces {agreeing} to every printed digit.": (  # noqa: E501 - a key
        "采用 csi.audit 核查了一份已发表的表格：将其中 {total} 个数值与 {tried} 种设定的结果"
        "相比较，最接近的设定（{settings}）逐位再现了 {agreeing} 个。"
    ),
    "{number} was computed under {count} specifications (specification curve; {cited}), crossing every choice of {choices} that can be combined.": (  # noqa: E501 - a key
        "在 {count} 种设定下计算了{number}（设定曲线；{cited}），"
        "设定由{choices}的各种可行组合构成。"
    ),
    "The median estimate is {median} and the range {low} to {high}; {share} of the estimates have the sign of the median.": (  # noqa: E501 - a key
        "估计值的中位数为 {median}，范围为 {low} 至 {high}；{share} 的估计值与中位数同号。"
    ),
    "The median estimate is {median} and the range {low} to {high}.": (
        "估计值的中位数为 {median}，范围为 {low} 至 {high}。"
    ),
    "Limits at the {level} level are percentiles of {number} resamples of each specification (seed {seed}).": (  # noqa: E501 - a key
        "{level} 区间为各设定 {number} 次重抽样的百分位区间（随机种子 {seed}）。"
    ),
    "Limits of covariance structures ({count} of them) come from the delta method.": (
        "{count} 个协方差结构的区间由 delta 法求得。"
    ),
}

SENTENCES: tuple[tuple[str, str], ...] = (
    (r"reproduced but for (\d+) numbers?", r"除 \1 个数值外已再现"),
    (r"reproduced to every printed digit", r"逐位再现"),
    (
        r"(\d+) of (\d+) to every digit, the rest within one of the last",
        r"\2 个中有 \1 个逐位一致，其余仅差末位 1 个单位",
    ),
    (r"not reproduced: (\d+) of (\d+) to every digit", r"未能再现：\2 个中有 \1 个逐位一致"),
    (
        r"Resamples need respondents, and moments were given\.",
        r"重抽样需要受访者的作答，而给定的只有矩。",
    ),
    (
        r"Resamples of this structure are estimated one by one, which is left to "
        r"csi\.bootstrap\(fit\)\.",
        r"该结构的重抽样须逐次估计，请另用 csi.bootstrap(fit)。",
    ),
    (r"The number is not defined for these estimates\.", r"由这些估计值无法定义该数值。"),
    (r"bootstrap, percentile", r"自助法，百分位"),
    (r"delta method, (\S+) errors", r"delta 法，\1 标准误"),
)
"""Verdicts and limits, which are composed where they are found."""
