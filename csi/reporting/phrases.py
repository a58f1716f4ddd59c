"""What a report says, in English and Chinese.

The English sentence is its own key, so that the code that builds a report can be
read. Sentences made elsewhere, such as problems and settings, are recognised by
their pattern; one that is not known stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from csi.errors import OptionError

LANGUAGES = ("en", "zh")

HEADERS: dict[str, tuple[str, str]] = {
    "anchors": ("Scale ends", "量表两端"),
    "as_expected": ("As expected", "是否符合预期"),
    "column": ("Column", "列"),
    "construct": ("Construct", "结构变量"),
    "count": ("Count", "数量"),
    "direct": ("Direct", "直接效应"),
    "driver": ("Driver", "驱动因素"),
    "estimate": ("Coefficient", "路径系数"),
    "expected_sign": ("Expected sign", "预期符号"),
    "flagged": ("Respondents", "受访者数"),
    "group": ("Group", "分组"),
    "impact": ("Impact of one point", "每提高1分的影响"),
    "index": ("Index", "指数"),
    "index_weight": ("Index weight", "指数权重"),
    "indicator": ("Item", "题项"),
    "indirect": ("Indirect", "间接效应"),
    "items": ("Items", "题项数"),
    "kind": ("Kind", "类型"),
    "loading": ("Loading", "载荷"),
    "mean": ("Mean", "均值"),
    "n": ("n", "n"),
    "name": ("Name in the model", "模型中的名称"),
    "path": ("Path", "路径"),
    "problem": ("Problem", "问题"),
    "r2": ("R²", "R²"),
    "r2_adjusted": ("Adjusted R²", "调整后 R²"),
    "reason": ("Reason", "原因"),
    "remark": ("Remark", "说明"),
    "rho_a": ("rho_A", "rho_A"),
    "sd": ("Std. deviation", "标准差"),
    "se": ("Std. error", "标准误"),
    "setting": ("Setting", "设置"),
    "sign": ("Sign of carelessness", "不认真作答迹象"),
    "source": ("From", "自"),
    "step": ("Step", "步骤"),
    "target": ("To", "至"),
    "total": ("Total", "总效应"),
    "value": ("Value", "值"),
    "weight": ("Outer weight", "外部权重"),
    "wording": ("Question", "题目"),
}

CHINESE: dict[str, str] = {
    "Customer satisfaction report": "顾客满意度报告",
    "Contents": "目录",
    "Problems": "问题",
    "In short": "概要",
    "Indices": "指数",
    "How the constructs hang together": "变量之间的关系",
    "What moves {target}": "影响{target}的因素",
    "By {by}": "按 {by} 分组",
    "The model": "模型",
    "Effects": "效应",
    "The data": "数据",
    "How it was estimated": "估计方法",
    "For the manager": "管理者部分",
    "For the researcher": "研究者部分",
    "Read the results with care: {count} problems were found.": (
        "请谨慎解读结果：共发现 {count} 个问题。"
    ),
    "Read the results with care: a problem was found.": "请谨慎解读结果：发现 1 个问题。",
    "{target}: the index is {index} (standard error {se}, n = {n}) on a scale from 0 to 100.": (
        "{target}指数为 {index}（标准误 {se}，n = {n}），取值范围为 0 至 100。"
    ),
    "The strongest driver is {driver}: one more point of it lifts {target} by {impact} points.": (
        "最强的驱动因素是{driver}：每提高 1 分，{target}提高 {impact} 分。"
    ),
    "The strongest driver is {driver}: one more point of it lowers {target} by {impact} points.": (
        "最强的驱动因素是{driver}：每提高 1 分，{target}降低 {impact} 分。"
    ),
    "The model explains {share} percent of the differences in {target} between respondents.": (
        "模型解释了受访者之间{target}差异的 {share}%。"
    ),
    "Of {count} groups by {by}, {best} has the highest index ({high}) and {worst} the lowest ({low}).": (  # noqa: E501 - a key
        "按 {by} 划分的 {count} 个组中，{best} 的指数最高（{high}），{worst} 最低（{low}）。"
    ),
    "{used} of {read} respondents were used, {dropped} were dropped.": (
        "共读入 {read} 名受访者，使用 {used} 名，剔除 {dropped} 名。"
    ),
    "The model was fitted to {n} respondents; their answers are not part of the fit.": (
        "模型基于 {n} 名受访者的数据拟合；拟合结果中不含其原始作答。"
    ),
    "The iteration converged and no estimate is inadmissible.": (
        "迭代已收敛，未发现不可接受的估计值。"
    ),
    "See the problems above before using these numbers.": "使用这些数字之前请先查看上述问题。",
    "There are no indices, because the means of the items are not known.": (
        "未给出指数，因为题项的均值未知。"
    ),
    "There are no indices, because the standard deviations of the items are not known.": (
        "未给出指数，因为题项的标准差未知。"
    ),
    "There are no indices, because the lowest and highest answers of {items} are not declared.": (
        "未给出指数，因为未声明 {items} 的最低分和最高分。"
    ),
    "Some items have negative weights in the index of {names}, so that it may leave 0 to 100.": (
        "{names}的指数中有题项权重为负，因此指数可能超出 0 至 100 的范围。"
    ),
    "Indices from 0 to 100; whiskers reach 1.96 standard errors to each side, with the outer weights held fixed.": (  # noqa: E501 - a key
        "指数取值 0 至 100；须线表示上下各 1.96 个标准误（外部权重视为固定）。"
    ),
    "0 to 100": "0 至 100",
    "index": "指数",
    "Index": "指数",
    "Standard error": "标准误",
    "Respondents": "受访者",
    "Explained variance": "解释方差",
    "Groups": "分组数",
    "Standardised coefficients on the paths; grey, short dashes: below {weak} in size.": (
        "路径上为标准化系数；灰色短虚线：绝对值小于 {weak}。"
    ),
    "Red, long and short dashes: the sign is against expectation ({paths}).": (
        "红色长短虚线：符号与预期相反（{paths}）。"
    ),
    "Path diagram": "路径图",
    "No signs were expected.": "未设定预期符号。",
    "Model: {title}": "模型：{title}",
    "No path has a sign against expectation.": "没有路径的符号与预期相反。",
    "Points that {target} moves for one more point of each driver, along all routes.": (
        "各驱动因素每提高 1 分，经由所有路径使{target}变动的分数。"
    ),
    "Direct and total effects are standardised.": "直接效应与总效应为标准化值。",
    "Impacts hold under the model; they are not the outcome of an experiment.": (
        "上述影响以模型成立为前提，并非实验结果。"
    ),
    "Each driver of {target}: to the right those that move it most, at the bottom those rated worst. At the lower right an improvement pays most. Dashed lines stand at the medians.": (  # noqa: E501 - a key
        "{target}的各驱动因素：越靠右影响越大，越靠下评价越低；右下方的改进最见成效。虚线为中位数。"
    ),
    "Points that {target} moves per point": "每提高 1 分{target}变动的分数",
    "Index of the driver": "驱动因素的指数",
    "median": "中位数",
    "Standardised effects of each driver on {target}.": "各驱动因素对{target}的标准化效应。",
    "Nothing in the model drives {target}.": "模型中没有影响{target}的变量。",
    "Index of {target} by {by}, highest first; beside it the index and n. Whiskers reach 1.96 standard errors to each side, with the outer weights held fixed. The axis does not begin at 0.": (  # noqa: E501 - a key
        "按 {by} 划分的{target}指数，由高到低；右侧为指数和 n。须线表示上下各 1.96 个"
        "标准误（外部权重视为固定）。坐标轴不从 0 开始。"
    ),
    "all {index}": "总体 {index}",
    "Indices by {by}": "按 {by} 划分的指数",
    "Paths by {by}": "按 {by} 划分的路径",
    "Indices (0-100)": "指数（0-100）",
    "Impacts (points per point)": "影响（每 1 分变动的分数）",
    "Construct correlations": "结构变量相关",
    "Cross-loadings": "交叉载荷",
    "Audit": "数据处理记录",
    "Items": "题项",
    "Overview by group": "分组一览",
    "Indices by group": "各组指数",
    "Paths by group": "各组路径",
    "Explained variance by group": "各组解释方差",
    "Skipped by group": "未估计的分组",
    "Groups that were not estimated": "未作估计的分组",
    "Groups whose results need care": "结果需谨慎解读的分组",
    "Demonstration with simulated answers": "演示报告（模拟数据）",
    "Constructs": "结构变量",
    "Items and their weights": "题项及其权重",
    "Paths": "路径",
    "Direct, indirect and total effects": "直接效应、间接效应和总效应",
    "Correlations of the constructs": "结构变量的相关系数",
    "Source of the model: {citation}": "模型来源：{citation}",
    "Status of its parts: {status}.": "各部分的状态：{status}。",
    "No source at hand states a reconstructed part.": "“重建”表示手头没有文献说明该部分。",
    "What was done to the answers": "对作答数据的处理",
    "Answers recoded to missing": "转为缺失的作答",
    "Signs of careless answering among the respondents read": "读入受访者中的不认真作答迹象",
    "Flagged respondents are counted, not removed.": "仅作标记和计数，未予剔除。",
    "Single answers are not part of this report.": "本报告不含任何个人作答。",
    "Settings": "设置",
    "Admissibility": "可接受性",
    "Versions": "版本",
    "no problem found": "未发现问题",
    "{count} problems, listed above": "{count} 个问题，见上文",
    "reflective": "反映型",
    "composite": "组合型",
    "single": "单题项",
    "higher-order": "高阶",
    "constructs": "结构变量",
    "paths": "路径",
    "items": "题项",
    "sourced": "有文献依据",
    "reconstructed": "重建",
    "yes": "是",
    "no": "否",
    "straight-lining": "直线作答",
    "duplicate": "重复答卷",
    "speeding": "作答过快",
    "estimator": "估计方法",
    "modes": "外部模式",
    "scheme": "内部加权方案",
    "standardization": "标准化",
    "variance divisor": "方差除数",
    "sign convention": "符号约定",
    "convergence": "收敛",
    "respondents used": "使用的受访者",
    "respondents read": "读入的受访者",
    "respondents of the group": "本组受访者",
    "missing answers": "缺失作答",
    "data fingerprint": "数据指纹",
    "survey weights": "调查权重",
    "sampling design": "抽样设计",
    "none declared": "未声明",
    "index weights": "指数权重",
    "dropped: incomplete": "剔除：作答不完整",
    "dropped: weight zero": "剔除：权重为零",
    "respondents taken": "选取的受访者",
    "dropped: no answer at all": "剔除：完全未作答",
    "flagged: straight-lining": "标记：直线作答",
    "flagged: duplicate": "标记：重复答卷",
    "flagged: speeding": "标记：作答过快",
    "flagged: repeated ids": "标记：编号重复",
    "recoded to missing": "转为缺失",
    "reversed": "反向计分",
    "filled with the mean": "以均值填补",
    "file": "文件",
    "simulated": "模拟",
    "simulated by csi, not real respondents": "由 csi 模拟生成，并非真实受访者",
    "kept": "保留",
    "listwise": "成列删除",
    "pairwise": "成对删除",
    "mean": "均值填补",
    "none": "无",
    "not known: fitted to moments": "未知：由矩阵拟合",
    "higher-order constructs": "高阶结构变量",
    "disjoint two-stage": "分离式两阶段法",
    "weights of a construct sum to a positive number": "每个结构变量的权重之和为正",
    "nothing to iterate: the weights are given": "无需迭代：权重已给定",
    "not known": "未知",
    "path": "路径加权",
    "factorial": "因子加权",
    "centroid": "重心加权",
    "equal": "等权",
    "n - 1": "n − 1",
    "PLS path modelling": "PLS 路径建模",
    "PLS path modelling, consistent (PLSc)": "PLS 路径建模，一致性修正（PLSc）",
    "mean 0, variance 1": "均值 0，方差 1",
    "mean 0, own units": "均值 0，原始单位",
    "each construct points along its indicators": "各结构变量与其题项同向",
    "unstandardised (outer weight / standard deviation), summing to one": (
        "未标准化（外部权重除以标准差），和为 1"
    ),
    "standardised outer weights, summing to one": "标准化外部权重，和为 1",
}

PATTERNS: tuple[tuple[str, str], ...] = (
    (
        r"settled after (\d+) iterations \(largest change (.+)\)",
        r"经 \1 次迭代收敛（最大变化 \2）",
    ),
    (
        r"The iteration has not settled after (\d+) iterations \(largest change ([^)]+)\).*",
        r"经 \1 次迭代仍未收敛（最大变化 \2）。",
    ),
    (
        r"The reliability rho_A of (.+) is (\S+), outside 0 to 1\.",
        r"\1 的信度 rho_A 为 \2，超出 0 至 1。",
    ),
    (r"The loading of (.+) on (.+) is (\S+), above 1\.", r"\1 在 \2 上的载荷为 \3，大于 1。"),
    (r"R2 of (.+) is (\S+), above 1\.", r"\1 的 R² 为 \2，大于 1。"),
    (
        r"The path (.+) -> (.+) is (\S+), above 1 in size: the predictors are too collinear .+",
        r"路径 \1 → \2 的系数为 \3，绝对值大于 1：预测变量共线性过高，无法区分各自的影响。",
    ),
    (
        r"The corrected correlation of (.+) and (.+) is (\S+), above 1\.",
        r"\1 与 \2 修正后的相关系数为 \3，大于 1。",
    ),
    (
        r"The construct correlations are not positive semidefinite \(smallest eigenvalue (.+)\)\.",
        r"结构变量的相关矩阵非半正定（最小特征值 \1）。",
    ),
    (
        r"The sign of (.+) is doubtful: its strongest item, (.+), loads (\S+)\. .*",
        r"\1 的符号存疑：其最强题项 \2 的载荷为 \3。请声明反向题项。",
    ),
    (
        r"The pairwise correlations of the items are not positive semidefinite \(smallest "
        r"eigenvalue (.+)\): .+",
        r"题项的成对相关矩阵非半正定（最小特征值 \1）：请改用均值填补或成列删除，"
        r"或去掉缺失最多的题项。",
    ),
    (
        r"(.+) varies by less than 1e-7 of its mean, .+",
        r"\1 的变动不到其均值的 1e-7，协方差的多数有效数字已丢失，请先减去一个常数。",
    ),
    (
        r"(.+) and (.+) of (.+) correlate (\S+): one of the two is scored the other way round\. .+",
        r"\3 的 \1 与 \2 相关为 \4：其一为反向计分，请核对题目并声明反向题项。",
    ),
    (
        r"(.+) and (.+) of (.+) are identical; drop one of them\.",
        r"\3 的 \1 与 \2 完全相同，请删去其一。",
    ),
    (r"The items of (.+) are collinear: (.+)\.", r"\1 的题项共线：\2。"),
    (
        r"(.+) correlates (\S+) with the other items of (.+): reverse-coded\? .*",
        r"\1 与 \3 其他题项的相关为 \2，是否为反向题？",
    ),
    (
        r"Text file read with separator (.+) and encoding (.+)\.",
        r"读取文本文件，分隔符 \1，编码 \2。",
    ),
    (r"sampling weights, effective n (\S+)", r"抽样权重，有效样本量 \1"),
    (r"frequency weights, effective n (\S+)", r"频数权重，有效样本量 \1"),
    (
        r"not settled after (\d+) iterations \(largest change ([^)]+)\)",
        r"经 \1 次迭代仍未收敛（最大变化 \2）",
    ),
    (
        r"not settled after (\d+) iterations \(largest change ([^)]+)\); .+ cycle of (\d+)",
        r"经 \1 次迭代仍未收敛（最大变化 \2）；权重以 \3 次为周期循环",
    ),
    (r"(.+) single item", r"\1 单题项"),
    (r"code (\S+)", r"代码 \1"),
    (r"most missing: (.+)", r"缺失最多：\1"),
    (r"mean (\S+)", r"均值 \1"),
    (r"scale (\S+) \((\d+) of (\d+)\)", r"量表 \1（\3 题中的 \2 题）"),
    (r"(\d+) of (\d+)", r"\2 题中的 \1 题"),
    (r"scale (.+)", r"量表 \1"),
    (r"too small \(n=(\d+), at least (\d+)\)", r"样本过小（n=\1，至少需要 \2）"),
)


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
        if self.language not in LANGUAGES:
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
