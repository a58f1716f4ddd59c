"""The Chinese of what reports and pictures say of loyalty curves."""

from __future__ import annotations

from itertools import product

OF_CURVES: dict[str, str] = {
    "Loyalty curve": "忠诚度曲线",
    "insensitive zone from {low} to {high}": "质量不敏感区：{low} 至 {high} 分",
    "certified insensitive zone from {low} to {high}": "经认证的质量不敏感区：{low} 至 {high} 分",
    "no evidence of an insensitive zone": "没有证据表明存在质量不敏感区",
    "{verdict} ({p})": "{verdict}（{p}）",
    "satisfaction is too narrowly spread to look for a zone": (
        "满意度分布过窄，无法寻找质量不敏感区"
    ),
    "True score of {cause} (0-100)": "{cause}的真实得分（0 至 100）",
    "{effect} (0-100)": "{effect}（0 至 100）",
    "{effect} (share of customers)": "{effect}（顾客比例）",
    "{effect} (mean count)": "{effect}（平均次数）",
    "Slope: {effect} per point of {cause}": "斜率：{cause}每提高 1 分{effect}的变化",
    "Slope: log odds of {effect} per point of {cause}": (
        "斜率：{cause}每提高 1 分{effect}对数优势的变化"
    ),
    "curve": "曲线",
    "slope": "斜率",
    "{level} at each score": "逐点 {level} 区间",
    "{level} for the whole": "整体 {level} 区间",
    "observed, with measurement error": "观测得分（含测量误差）",
    "respondents (size: how many)": "受访者均值（大小为人数）",
    "zone; bars: its edges, {level}": "不敏感区；横线为两端的 {level} 区间",
    "margin of an insensitive slope": "不敏感斜率的界限",
    "{effect} as {cause} rises: {verdict}.": "{effect}随{cause}的变化：{verdict}。",
    "{effect} as {cause} rises: {verdict} (see Loyalty curve).": (
        "{effect}随{cause}的变化：{verdict}（见“忠诚度曲线”一节）。"
    ),
    "{effect} against {cause} without measurement error. The dark band holds the curve with {level} at each score, the light one as a whole. Nothing is shown outside {low} to {high}, where {share} of the customers are.": (  # noqa: E501 - a key
        "{effect}与去除测量误差后的{cause}的关系。深色带和浅色带分别为逐点和整条曲线的 {level} "
        "区间。图中只显示 {low} 至 {high} 分，{share} 的顾客在此范围内。"
    ),
    "{effect} against {cause}; measurement error was not corrected. The dark band holds the curve with {level} at each score, the light one as a whole. Nothing is shown outside {low} to {high}, where {share} of the customers are.": (  # noqa: E501 - a key
        "{effect}与{cause}的关系；未校正测量误差。深色带和浅色带分别为逐点和整条曲线的 {level} "
        "区间。图中只显示 {low} 至 {high} 分，{share} 的顾客在此范围内。"
    ),
    "Dots are the means of those with the same or neighbouring observed scores, larger the more there are.": (  # noqa: E501 - a key
        "圆点为观测得分相同或相邻者的均值，人数越多圆点越大。"
    ),
    "The dashed line is the curve through them, which measurement error has bent.": (
        "虚线为通过这些圆点的曲线，受测量误差影响而变形。"
    ),
    "The zone is shaded; bars on the axis are the {level} limits of its edges.": (
        "阴影为不敏感区；横轴上的横线为其两端的 {level} 区间。"
    ),
    "Edges of the zone": "不敏感区的两端",
    "The curve at some scores, with its slope there": "若干得分处的曲线及其斜率",
    "The flattest stretch inside the curve lies between {low} and {high}; without evidence it may be chance, and its edges and slopes are not shown.": (  # noqa: E501 - a key
        "曲线中部最平缓的一段位于 {low} 与 {high} 之间；由于没有证据，它可能只是偶然，"
        "因此不列出其两端和斜率。"
    ),
    "The same question under other settings": "其他设置下的结果",
    "A verdict that changes with them is a weak one. A zone that only the raw axis shows is made by the distribution of {cause}.": (  # noqa: E501 - a key
        "随设置而改变的结论是不牢靠的。仅在未校正的得分上出现的不敏感区，是由{cause}的分布造成的。"
    ),
    "Answers from one interview share errors that no calibration removes, and a curve is no proof of cause: what customers would do if they were more satisfied was not tried.": (  # noqa: E501 - a key
        "同一次访问中的作答存在共同误差，任何校准都无法消除；曲线也不能证明因果关系："
        "提高满意度之后顾客会如何，并未经过试验。"
    ),
    "How the curve was made": "曲线的估计方法",
    "zone begins": "不敏感区起点",
    "zone ends": "不敏感区终点",
    "slope below": "以下的斜率",
    "slope in the zone": "不敏感区内的斜率",
    "slope above": "以上的斜率",
    "average slope": "平均斜率",
    "ratio": "区内斜率与平均斜率之比",
    "detected": "发现不敏感区",
    "certified": "已认证不敏感",
    "no evidence": "没有证据",
    "no support": "分布不足以判断",
    "as asked": "原设置",
    "raw axis": "未校正的得分",
    "wider window": "较宽的范围",
    "test of a zone": "不敏感区的检验",
    "{method}, {draws} draws for each null hypothesis": "{method}，每个零假设抽取 {draws} 次",
    "reliability of the score": "得分的信度",
    "{value} ({source})": "{value}（{source}）",
    "window": "考察范围",
    "{low} to {high}; {share} of the customers are beyond each end": (
        "{low} 至 {high}；两端之外各有 {share} 的顾客"
    ),
    "margin": "界限",
    "confidence level": "置信水平",
    "outcome": "结果变量",
    "points": "0 至 100 分",
    "share": "比例",
    "count": "次数",
    "scale of the outcome": "结果变量的尺度",
    "logit": "logit",
    "direction": "方向",
    "falling": "随满意度下降",
    "monotone": "单调",
    "respondents left out": "未使用的受访者",
    "Zone": "不敏感区",
    "Curve on raw scores": "未校正得分的曲线",
    "Means by score": "各得分的均值",
    "Sensitivity": "敏感性分析",
    "Curve settings": "曲线的设置",
    "as stated": "用户给定",
    "one item: taken as it is, measurement error not corrected": (
        "单题项：按原样使用，未校正测量误差"
    ),
    "of its items, one common factor": "由题项按单因子估计",
    "of its items; so high that scores are taken as they are": (
        "由题项估计；信度很高，得分按原样使用"
    ),
    "Nothing is said of scores beyond.": "对此范围之外的得分不作任何结论。",
    "No curve with a flatter stretch inside fits better than one without.": (
        "中间带有平缓段的曲线，拟合并不优于没有平缓段的曲线。"
    ),
    "This does not show that there is no zone.": "这并不表示不存在不敏感区。",
}

_POWER = (
    r"This does not show that there is no zone: one of 20 points would be found with probability "
    r"(?P<power>\S+) here"
)
_POWER_ZH = r"这并不表示不存在不敏感区：在本样本中，宽 20 分的不敏感区被发现的概率为 \g<power>"
_NOTHING = ("", "")
_NEEDED = (r"; (?P<n>\S+) respondents make that 80%", r"；\g<n> 名受访者可使其达到 80%")
_ENOUGH = (
    r", more than the usual 80%, for which (?P<n>\S+) respondents are enough",
    r"，高于通常要求的 80%（\g<n> 名受访者即可达到）",
)
_NARROWEST = (
    r"; the narrowest zone found with 80% has (?P<wide>\S+) points",
    r"；能以 80% 的概率发现的最窄不敏感区为 \g<wide> 分",
)

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        r"(\S+)% of the true scores lie between (\S+) and (\S+): too narrow for a zone with a "
        r"stretch on either side of it\.",
        r"\1% 的真实得分介于 \2 与 \3 之间：范围过窄，容不下一个不敏感区及其两侧。",
    ),
    (
        r"Loyalty barely answers to satisfaction between (\S+) \((\S+) to (\S+)\) and (\S+) "
        r"\((\S+) to (\S+)\) points: the slope there is (\S+) of the average \((p [=<] \S+)\)\.",
        r"满意度在 \1（\2 至 \3）与 \4（\5 至 \6）分之间时，忠诚度几乎不随之变化：该段斜率为"
        r"平均斜率的 \7（\8）。",
    ),
    (
        r"Its upper limit, (\S+), is below the margin of (\S+)\.",
        r"其上限 \1 低于界限 \2。",
    ),
    (
        r"A curve without a zone explains the answers as well \((p [=<] \S+)\)\.",
        r"没有不敏感区的曲线同样能解释这些作答（\1）。",
    ),
    (
        r"The curve has a flatter stretch, but its slope is (\S+) of the average; more than (\S+) "
        r"is not called insensitive\.",
        r"曲线中部有较平缓的一段，但其斜率为平均斜率的 \1；超过 \2 不称为不敏感。",
    ),
    *(
        (
            _POWER + "".join(english for english, _ in said) + r"\.",
            _POWER_ZH + "".join(chinese for _, chinese in said) + "。",
        )
        for said in product((_NOTHING, _NEEDED, _ENOUGH), (_NOTHING, _NARROWEST))
    ),
    (r"reliability ([+-]\S+)", r"信度 \1"),
    (r"method (\w+)", r"检验方法 \1"),
)
