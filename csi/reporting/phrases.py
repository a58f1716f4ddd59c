"""What a report says, in English and Chinese.

The English sentence is its own key, so that the code that builds a report can be
read. A sentence made elsewhere that is not known stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from csi.errors import OptionError
from csi.reporting.chinese import CHINESE, PATTERNS

LANGUAGES = ("en", "zh")

HEADERS: dict[str, tuple[str, str]] = {
    "about": ("About", "涉及对象"),
    "anchors": ("Scale ends", "量表两端"),
    "area": ("Area", "方面"),
    "as_expected": ("As expected", "是否符合预期"),
    "bias": ("Bias", "偏差"),
    "benchmark": ("Benchmark", "基准"),
    "checked": ("Numbers judged", "检查的数值"),
    "column": ("Column", "列"),
    "construct": ("Construct", "结构变量"),
    "count": ("Count", "数量"),
    "criterion": ("Criterion", "指标"),
    "critical": ("Critical value", "临界值"),
    "difference": ("Difference", "差异"),
    "direct": ("Direct", "直接效应"),
    "driver": ("Driver", "驱动因素"),
    "effect": ("Effect", "效应"),
    "estimate": ("Coefficient", "路径系数"),
    "estimated": ("Estimate", "估计值"),
    "expected_sign": ("Expected sign", "预期符号"),
    "f2": ("f²", "f²"),
    "failed": ("Failed resamples", "失败的重抽样"),
    "flagged": ("Respondents", "受访者数"),
    "group": ("Group", "分组"),
    "implied": ("Implied", "模型隐含"),
    "impact": ("Impact of one point", "每提高1分的影响"),
    "index": ("Index", "指数"),
    "index_weight": ("Index weight", "指数权重"),
    "indicator": ("Item", "题项"),
    "indirect": ("Indirect", "间接效应"),
    "items": ("Items", "题项数"),
    "kind": ("Kind", "类型"),
    "limit": ("Limit", "界限"),
    "loading": ("Loading", "载荷"),
    "mae": ("MAE", "平均绝对误差（MAE）"),
    "mae_lm": ("MAE, linear model", "线性模型的 MAE"),
    "mae_mean": ("MAE, mean", "以均值预测的 MAE"),
    "mean": ("Mean", "均值"),
    "n": ("n", "n"),
    "name": ("Name in the model", "模型中的名称"),
    "observed": ("Observed", "观测值"),
    "other": ("And", "与"),
    "path": ("Path", "路径"),
    "problem": ("Problem", "问题"),
    "q2_predict": ("Q²_predict", "Q²_predict"),
    "r2": ("R²", "R²"),
    "r2_adjusted": ("Adjusted R²", "调整后 R²"),
    "letters": ("Letters", "字母"),
    "lower": ("Lower", "下限"),
    "omega": ("omega", "omega"),
    "p": ("p", "p"),
    "possible_ranks": ("Possible places", "可能的名次"),
    "rank": ("Place", "名次"),
    "rank_high": ("Lowest possible place", "可能的最低名次"),
    "rank_low": ("Highest possible place", "可能的最高名次"),
    "reason": ("Reason", "原因"),
    "reference": ("Source", "出处"),
    "remark": ("Remark", "说明"),
    "rho_a": ("rho_A", "rho_A"),
    "rmse": ("RMSE", "均方根误差（RMSE）"),
    "rmse_lm": ("RMSE, linear model", "线性模型的 RMSE"),
    "rmse_mean": ("RMSE, mean", "以均值预测的 RMSE"),
    "residual": ("Residual", "残差"),
    "route": ("Route", "路线"),
    "rule": ("Rule", "标准"),
    "sd": ("Std. deviation", "标准差"),
    "se": ("Std. error", "标准误"),
    "setting": ("Setting", "设置"),
    "sign": ("Sign of carelessness", "不认真作答迹象"),
    "source": ("From", "自"),
    "step": ("Step", "步骤"),
    "target": ("To", "至"),
    "todo": ("What to do", "应对建议"),
    "total": ("Total", "总效应"),
    "upper": ("Upper", "上限"),
    "value": ("Value", "值"),
    "vaf": ("Share (VAF)", "占比（VAF）"),
    "verdict": ("Verdict", "结论"),
    "vif": ("VIF", "VIF"),
    "weight": ("Outer weight", "外部权重"),
    "ave": ("AVE", "平均方差提取量（AVE）"),
    "alpha": ("alpha", "alpha"),
    "corrected": ("Corrected", "校正后"),
    "decision": ("Decision", "判断"),
    "epc": ("Expected value", "预期值"),
    "formula": ("Formula", "公式"),
    "free": ("Free", "自由"),
    "label": ("Label", "标签"),
    "left": ("Left", "左侧"),
    "measure": ("Measure", "指标"),
    "mi": ("Modification index", "修正指数"),
    "mi_scaled": ("Scaled index", "校正修正指数"),
    "maximal": ("Maximal reliability H", "最大信度 H"),
    "omega_bentler": ("omega (Bentler)", "omega（Bentler）"),
    "omega_mcdonald": ("omega (McDonald)", "omega（McDonald）"),
    "one": ("Of", "变量"),
    "operator": ("Operator", "运算符"),
    "parameter": ("Parameter", "参数"),
    "power": ("Power", "功效"),
    "right": ("Right", "右侧"),
    "sepc_all": ("Expected, standardised", "标准化预期值"),
    "sepc_lv": ("Expected, constructs standardised", "预期值（结构变量标准化）"),
    "sepc_nox": ("Expected, standardised but for observed causes", "标准化预期值（观测原因除外）"),
    "std_all": ("Standardised", "标准化值"),
    "std_lv": ("Constructs standardised", "结构变量标准化值"),
    "threshold": ("Threshold", "阈值"),
    "value_of_measure": ("Value", "值"),
    "variable": ("Variable", "变量"),
    "all_lower": ("Lower, whole curve", "整体下限"),
    "all_upper": ("Upper, whole curve", "整体上限"),
    "loyalty": ("Loyalty", "忠诚度"),
    "quantity": ("Quantity", "量"),
    "ratio": ("Ratio of slopes", "斜率之比"),
    "reliability": ("Reliability", "信度"),
    "satisfaction": ("True satisfaction", "真实满意度"),
    "score": ("Observed score", "观测得分"),
    "slope": ("Slope", "斜率"),
    "slope_all_lower": ("Lower slope, whole curve", "整体斜率下限"),
    "slope_all_upper": ("Upper slope, whole curve", "整体斜率上限"),
    "slope_lower": ("Lower slope", "斜率下限"),
    "slope_upper": ("Upper slope", "斜率上限"),
    "sum_of_weights": ("Sum of weights", "权重之和"),
    "true_score": ("Expected true score", "期望真实得分"),
    "what": ("Other setting", "其他设置"),
    "zone_high": ("Zone ends", "不敏感区终点"),
    "zone_low": ("Zone begins", "不敏感区起点"),
    "z": ("z", "z"),
    "wording": ("Question", "题目"),
    "agreeing": ("Numbers that agree", "一致的数值个数"),
    "agrees": ("Agrees", "一致"),
    "alone": ("Alone", "单独作用"),
    "as_printed": ("Of csi, as printed", "csi 数值（同样位数）"),
    "choice": ("Choice", "选项"),
    "construct_corr": ("Correlation", "结构变量相关"),
    "dimension": ("What is chosen", "选择项"),
    "elsewhere": ("Reproduced with", "可再现该数值的设定"),
    "equally_possible": ("Equally possible", "同样可能"),
    "htmt": ("HTMT", "HTMT"),
    "highest_estimate": ("Highest", "最大值"),
    "largest_difference": ("Largest difference", "最大差异"),
    "lowest_estimate": ("Lowest", "最小值"),
    "mean_units_off": ("Mean distance in last digits", "平均相差末位单位数"),
    "median_estimate": ("Median", "中位数"),
    "meant": ("Number meant", "应为"),
    "named": ("Named", "采用"),
    "number_of": ("Of", "对象"),
    "ours": ("csi", "csi"),
    "printed": ("Printed", "文献数值"),
    "printed_numbers": ("Numbers", "数值个数"),
    "program": ("Program", "软件"),
    "range_of_medians": ("Range of medians", "中位数之差"),
    "raw_weight": ("Weight in own units", "原始单位权重"),
    "rho_c": ("rho_C", "rho_C"),
    "slip": ("Likely slip", "可能的笔误"),
    "specifications": ("Specifications", "设定数"),
    "worst": ("Worst at", "最差之处"),
}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language; calling it with an English phrase returns them.

    Attributes
    ----------
    language : {"en", "zh"}
        The language.
    """

    language: str

    def __post_init__(self) -> None:
        if not isinstance(self.language, str) or self.language not in LANGUAGES:
            raise OptionError(
                f"language is {self.language!r}. Reports are written in: {', '.join(LANGUAGES)}."
            )

    def __call__(self, english: str, **values: object) -> str:
        """Return a phrase with its blanks filled in."""
        phrase = CHINESE[english] if self.language == "zh" else english
        return phrase.format(**values)

    def joined(self, sentences: Iterable[str]) -> str:
        """Return sentences as one paragraph; Chinese sets no blank between them."""
        return (" " if self.language == "en" else "").join(sentences)

    def places(self, low: int, high: int) -> str:
        """Return a range of ranks in words, such as ``2nd to 6th``."""
        if self.language == "zh":
            return f"第 {low} 名" if low == high else f"第 {low} 至 {high} 名"
        return _ordinal(low) if low == high else f"{_ordinal(low)} to {_ordinal(high)}"

    def header(self, column: str) -> str:
        """Return what the column of a table is called."""
        if column not in HEADERS:
            return column
        return HEADERS[column][LANGUAGES.index(self.language)]

    def known(self, text: str) -> str:
        """Return a text made elsewhere in this language if it is known, else as it is."""
        if self.language == "en":
            return text
        if text in CHINESE:
            return CHINESE[text]
        for pattern, chinese in PATTERNS:
            if re.fullmatch(pattern, text):
                return re.sub(pattern, chinese, text)
        return text


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
