"""The Chinese of what a report says, by its English.

Sentences made elsewhere, such as problems and settings, are recognised by their
pattern.
"""

from __future__ import annotations

import re

from csi.reporting import (
    chinese_covariance,
    chinese_curve,
    chinese_models,
    chinese_published,
    chinese_structures,
)
from csi.reporting.chinese_rules import OF_RULES, REASONS
from csi.reporting.paragraph.chinese import OF_PARAGRAPHS

CHINESE: dict[str, str] = {
    **OF_RULES,
    **chinese_structures.OF_STRUCTURES,
    **chinese_covariance.OF_REPORTS,
    **chinese_curve.OF_CURVES,
    **chinese_models.OF_MODELS,
    **chinese_published.OF_PUBLISHED,
    **OF_PARAGRAPHS,
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
    "The model passed all {count} rules by which it was judged (see Assessment).": (
        "模型通过了全部 {count} 项评估标准（见“评估”一节）。"
    ),
    "Of {count} rules {passed} are passed, {doubtful} doubtful and {failed} failed (see Assessment).": (  # noqa: E501 - a key
        "在 {count} 项评估标准中，{passed} 项通过，{doubtful} 项存疑，{failed} 项未通过"
        "（见“评估”一节）。"
    ),
    "The gravest: {faults}.": "其中最严重的是：{faults}。",
    "{one} and {other}": "{one}与{other}",
    "{criterion} ({about})": "{criterion}（{about}）",
    "the estimation has not settled": "估计尚未收敛",
    "some estimates are impossible numbers": "部分估计值超出可能的范围",
    "the direction of a score is in doubt ({about})": "得分的方向存疑（{about}）",
    "an influence has an unexpected sign ({about})": "有影响的符号与预期相反（{about}）",
    "drivers overlap, so that their influences can hardly be told apart ({about})": (
        "驱动因素相互重叠，难以区分各自的影响（{about}）"
    ),
    "too many resamples failed for the intervals to mean anything": (
        "失败的重抽样过多，置信区间没有意义"
    ),
    "some questions run against the others of their group ({about})": (
        "部分题目与同组其他题目方向相反（{about}）"
    ),
    "some questions hardly measure what they are meant to ({about})": (
        "部分题目几乎没有测到应测的内容（{about}）"
    ),
    "the questions about {about} do not go together well": "有关{about}的题目彼此不够一致",
    "some questions say the same ({about})": "部分题目内容重复（{about}）",
    "some scores move together, whatever they are about ({about})": (
        "部分得分无论内容如何都一同变动（{about}）"
    ),
    "respondents hardly tell {about} apart": "受访者几乎不区分{about}",
    "the model explains little of {about}": "模型对{about}的解释很少",
    "some influences add nothing ({about})": "部分影响没有带来任何解释（{about}）",
    "the model misses part of how the answers hang together": ("模型未能完全再现作答之间的关联"),
    "the model predicts new answers no better than averages do": ("模型对新作答的预测不优于均值"),
    "Assessment": "评估",
    "{count} rules were looked at: {failed} failed, {doubtful} doubtful, {passed} passed, {missing} not computed.": (  # noqa: E501 - a key
        "共检查 {count} 项标准：{failed} 项未通过，{doubtful} 项存疑，{passed} 项通过，"
        "{missing} 项未计算。"
    ),
    "Each rule judges all numbers it is about by the worst of them, which is shown with where it stands and, where there is one, its {level} interval; others with the same verdict are named after it, and then those in doubt.": (  # noqa: E501 - a key
        "每项标准以所涉数值中最差的一个为准，表中列出该数值、所在之处及 {level} 置信区间（如有）；"
        "结论相同的其他各处及存疑之处依次列于其后。"
    ),
    "Limits are conventions of the literature, not proofs: read what is doubtful with the questions and the purpose in mind.": (  # noqa: E501 - a key
        "各项界限是文献中的惯例，而非证明：对存疑之处，应结合题目内容和研究目的判断。"
    ),
    "Verdicts": "评估结论",
    "Checks": "逐项检查",
    "the model": "整个模型",
    "{low} to {high}": "{low} 至 {high}",
    "up to {high}": "至多 {high}",
    "from {low}": "至少 {low}",
    "{count} more": "另有 {count} 项",
    "worst of {count}: {names}": "{count} 项中最差：{names}",
    "{verdict}: {names}": "{verdict}：{names}",
    "{count} not computed": "{count} 项未计算",
    "after {count} iterations": "迭代 {count} 次",
    "not after {count} iterations": "迭代 {count} 次仍未收敛",
    "nothing to iterate": "无需迭代",
    "convention of csi (no published limit)": "csi 的惯例（无已发表的界限）",
    "full": "完全中介",
    "complementary partial": "互补部分中介",
    "competitive partial": "竞争部分中介",
    "direct only": "仅有直接效应",
    "indirect only (no direct path)": "仅有间接效应（无直接路径）",
    "no effect": "无效应",
    "Overlap of the predictors (VIF), and what each adds to R² (f²)": (
        "预测变量的重叠程度（VIF）及其对 R² 的贡献（f²）"
    ),
    "Effects that run over other constructs, their share of the total effect (VAF) where it has a meaning, and the kind of mediation": (  # noqa: E501 - a key
        "经由其他结构变量的间接效应、占总效应的比例（VAF，有意义时给出）及中介类型"
    ),
    "The largest residuals: correlations of items, observed and implied by the model": (
        "最大的残差：题项间的观测相关与模型隐含相关"
    ),
    "item means": "题项均值",
    "linear model": "线性模型",
    "all constructs": "全部结构变量",
    "Interval or limit": "区间或界限",
    "Rule and source": "标准与出处",
    "Sources: {sources}.": "出处：{sources}。",
    "What to do": "应对建议",
    "Nothing is failed or doubtful.": "没有未通过或存疑的标准。",
    "Test of exact fit: p is small where the model does not reproduce the correlations; beyond the critical value the test rejects.": (  # noqa: E501 - a key
        "精确拟合检验：p 值小表示模型未能再现观测到的相关；超过临界值即拒绝。"
    ),
    "Prediction of items out of sample: errors of the model, of the linear model, and of the item means": (  # noqa: E501 - a key
        "题项的样本外预测：模型、线性模型和题项均值的预测误差"
    ),
    "Predictive ability: difference of the mean losses of the model and its benchmark; below zero the model is better": (  # noqa: E501 - a key
        "预测能力：模型与基准的平均损失之差；小于零表示模型更好"
    ),
    "The assessment drew {resamples} resamples for intervals and {n_boot} for the test of exact fit; items were predicted in {folds} folds, dealt {repeats} times. The seed was {seed}.": (  # noqa: E501 - a key
        "评估中为置信区间抽取 {resamples} 次重抽样，为精确拟合检验抽取 {n_boot} 次；"
        "题项预测采用 {folds} 折交叉验证，重复 {repeats} 次。随机种子为 {seed}。"
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
    "Each driver of {target}: to the right those that move it most, at the bottom those rated worst. At the lower right an improvement pays most. Dashed lines stand at the means.": (  # noqa: E501 - a key
        "{target}的各驱动因素：越靠右影响越大，越靠下评价越低；右下方的改进最见成效。虚线为均值。"
    ),
    "Points that {target} moves per point": "每提高 1 分{target}变动的分数",
    "Index of the driver": "驱动因素的指数",
    "the mean": "均值",
    "Standardised effects of each driver on {target}.": "各驱动因素对{target}的标准化效应。",
    "Nothing in the model drives {target}.": "模型中没有影响{target}的变量。",
    "Index of {target} by {by}, highest first; beside it the index and n. Whiskers reach 1.96 standard errors to each side, with the outer weights held fixed. The axis does not begin at 0.": (  # noqa: E501 - a key
        "按 {by} 划分的{target}指数，由高到低；右侧为指数和 n。须线表示上下各 1.96 个"
        "标准误（外部权重视为固定）。坐标轴不从 0 开始。"
    ),
    "all {index}": "总体 {index}",
    "{target}: the index is {index} ({level} interval {low} to {high}, n = {n}) on a scale from 0 to 100.": (  # noqa: E501 - a key
        "{target}指数为 {index}（{level} 置信区间 {low} 至 {high}，n = {n}），取值范围为 0 至 100。"
    ),
    "The {level} interval of this impact is {low} to {high}.": (
        "该影响的 {level} 置信区间为 {low} 至 {high}。"
    ),
    "{level} interval": "{level} 置信区间",
    "{level} low": "{level} 下限",
    "{level} high": "{level} 上限",
    "Indices from 0 to 100 with {level} intervals from {number} resamples of the respondents.": (
        "指数取值 0 至 100；{level} 置信区间来自对受访者的 {number} 次重抽样。"
    ),
    "Had other customers of the same kind been asked, the indices would differ somewhat; the intervals say by how much.": (  # noqa: E501 - a key
        "若访问的是另一批同类顾客，指数会略有不同；置信区间表示其可能的幅度。"
    ),
    "Low and high are the {level} limits of the impact; p is small where an impact of zero is hard to reconcile with the answers.": (  # noqa: E501 - a key
        "上下限为影响的 {level} 置信区间；p 值越小，数据与“影响为零”越不相符。"
    ),
    "Low and high are the {level} limits of the total effect; p is small where an effect of zero is hard to reconcile with the answers.": (  # noqa: E501 - a key
        "上下限为总效应的 {level} 置信区间；p 值越小，数据与“效应为零”越不相符。"
    ),
    "Index of {target} by {by}, highest first; beside it the index and n. Whiskers show {level} intervals. The axis does not begin at 0.": (  # noqa: E501 - a key
        "按 {by} 划分的{target}指数，由高到低；右侧为指数和 n。须线为 {level} 置信区间。"
        "坐标轴不从 0 开始。"
    ),
    "Groups that share a letter are not told apart.": "有相同字母的组之间无显著差异。",
    "That {best} is first is certain at the {level} level.": (
        "在 {level} 的置信水平上可以确定 {best} 居首。"
    ),
    "The first place is open: it may belong to any of {count} groups.": (
        "第一名尚不能确定：{count} 个组都有可能。"
    ),
    "Which place each group takes on {target}": "各组的{target}名次",
    "Possible places are those that differences between the groups leave open at the {level} level, all groups taken together.": (  # noqa: E501 - a key
        "可能的名次是指在 {level} 的联合置信水平上，组间差异未能排除的名次。"
    ),
    "Groups that share a letter are not told apart by tests of all pairs (Holm's adjustment).": (
        "有相同字母的组，其两两检验（Holm 校正）未见显著差异。"
    ),
    "The groups are not ranked: {why}": "未对各组排名：{why}",
    "Resampling": "重抽样",
    "percentile": "百分位",
    "basic": "基本",
    "normal-theory": "正态",
    "bias-corrected and accelerated (BCa)": "偏差校正加速（BCa）",
    "studentized": "学生化",
    "Constructs whose loadings ran against those of the fit were turned round.": (
        "载荷方向与拟合结果相反的结构变量已作反向处理。"
    ),
    "Each weight, loading and path was given the sign it has in the fit.": (
        "各权重、载荷和路径的符号均取与拟合结果一致。"
    ),
    "Signs were left as they came, each construct pointing along the sum of its items.": (
        "未调整符号，各结构变量与其题项之和同向。"
    ),
    "Intervals are {kind} bootstrap intervals at the {level} level from {number} resamples; p values are two-sided, of the hypothesis that a number is zero, and belong to these intervals.": (  # noqa: E501 - a key
        "置信区间为 {number} 次自助重抽样得到的 {level} {kind}区间；p 值为双侧，"
        "检验该数值是否为零，与所列区间相对应。"
    ),
    "Intervals are {kind} intervals at the {level} level with {df} degrees of freedom; p values are two-sided, of the hypothesis that a number is zero, and belong to these intervals.": (  # noqa: E501 - a key
        "置信区间为自由度 {df} 的 {level} {kind}区间；p 值为双侧，"
        "检验该数值是否为零，与所列区间相对应。"
    ),
    "Indices from 0 to 100 with {level} intervals.": "指数取值 0 至 100，附 {level} 置信区间。",
    "Student's t": "学生 t ",
    "degrees of freedom": "自由度",
    "Everything was estimated anew from each resample, the outer weights included.": (
        "每次重抽样都重新估计全部数值，包括外部权重。"
    ),
    "The seed was {seed}.": "随机种子为 {seed}。",
    "Every group was resampled by itself.": "各组分别重抽样。",
    "Every group was resampled by itself: {kind} intervals at the {level} level from {number} resamples.": (  # noqa: E501 - a key
        "各组分别重抽样：{number} 次重抽样得到的 {level} {kind}区间。"
    ),
    "Intervals of indices": "指数的置信区间",
    "Intervals of impacts": "影响的置信区间",
    "Intervals of paths": "路径的置信区间",
    "Intervals of effects": "效应的置信区间",
    "Intervals of indirect routes": "间接路径的置信区间",
    "Intervals of explained variance": "解释方差的置信区间",
    "Intervals of weights": "权重的置信区间",
    "Intervals of loadings": "载荷的置信区间",
    "Intervals of correlations": "相关的置信区间",
    "Intervals of HTMT": "HTMT 的置信区间",
    "Intervals of reliability": "信度的置信区间",
    "Intervals of indices by group": "各组指数的置信区间",
    "Intervals of paths by group": "各组路径的置信区间",
    "Ranks by group": "各组名次",
    "Failed resamples": "失败的重抽样",
    "direct": "直接",
    "indirect": "间接",
    "total": "总",
    "The resamples were drawn elsewhere and given.": "重抽样样本由外部给定。",
    "Respondents keep their sampling weights.": "各受访者保留其抽样权重。",
    "No resample failed and none is inadmissible.": "所有重抽样均可估计，且无不可接受的结果。",
    "{bad} of {number} resamples failed or are inadmissible. Those that failed are left out, inadmissible ones are kept; either makes intervals somewhat wrong.": (  # noqa: E501 - a key
        "{number} 次重抽样中有 {bad} 次失败或结果不可接受。失败的不计入，不可接受的予以保留；"
        "两者都会使区间略有偏差。"
    ),
    "Resamples that failed or are inadmissible": "失败或不可接受的重抽样",
    "Resamples of groups that failed or are inadmissible": "各组失败或不可接受的重抽样",
    "an item does not vary": "某题项没有变化",
    "the iteration does not settle": "迭代不收敛",
    "the iteration breaks down": "迭代中断",
    "predictors are collinear": "预测变量共线",
    "rho_A is not positive": "rho_A 不为正",
    "rho_A outside 0 to 1": "rho_A 超出 0 至 1",
    "a loading above 1": "载荷大于 1",
    "R2 above 1": "R² 大于 1",
    "construct correlations not positive semidefinite": "结构变量相关矩阵非半正定",
    "resamples": "重抽样次数",
    "failed or inadmissible": "失败或不可接受的重抽样",
    "intervals": "置信区间",
    "seed": "随机种子",
    "respondents drawn": "受访者的抽取方式",
    "signs": "重抽样的符号处理",
    "Indirect effects": "间接效应",
    "Loadings": "载荷",
    "Outer weights": "外部权重",
    "Reliability": "信度",
    "Heterotrait-monotrait ratios": "异质-单质比（HTMT）",
    "Direct, indirect and total effects; limits and p are those of total effects": (
        "直接效应、间接效应和总效应；上下限和 p 值属于总效应"
    ),
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
    "kept: incomplete": "保留：作答不完整",
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
    "kept; the first of each not counted": "保留；首份不计入",
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

_WHO = {"Respondents": "受访者", "Whole clusters": "整群"}
_MANY = {
    "as many as there are.": "抽取数与原有数相同。",
    "one less than there are, and rescaled (Rao, Wu and Yue 1992).": (
        "抽取数比原有数少一，并作重新缩放（Rao、Wu 与 Yue，1992）。"
    ),
}

PATTERNS: tuple[tuple[str, str], ...] = (
    (r"Each of (\d+) respondents was left out once\.", r"共 \1 名受访者，每名各剔除一次。"),
    (
        r"Standard errors were found by linearisation over (\d+) sampling units, the outer "
        r"weights included\.",
        r"标准误由 \1 个抽样单位经线性化求得，外部权重亦随之变动。",
    ),
    (r"Each of (\d+) clusters was left out once\.", r"共 \1 个群，每个各剔除一次。"),
    (
        r"The survey came with (\d+) replicate weights \((\w+)\)\.",
        r"调查附有 \1 组复制权重（\2）。",
    ),
    (
        r"Respondents were dealt into (\d+) buckets at random, and buckets were drawn with "
        r"replacement\.",
        r"受访者随机分入 \1 个桶，有放回地抽取各桶。",
    ),
    *(
        (rf"{who} were drawn with replacement, {re.escape(many)}", f"有放回地抽取{chinese}，{told}")
        for who, chinese in _WHO.items()
        for many, told in _MANY.items()
    ),
    *(
        (
            rf"{who} were drawn with replacement within strata, {re.escape(many)}",
            f"在各层内有放回地抽取{chinese}，{told}",
        )
        for who, chinese in _WHO.items()
        for many, told in _MANY.items()
    ),
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
    *chinese_covariance.SETTINGS,
    (r"(.+); the first of each counted as well", r"\1；首份也计入"),
    *chinese_curve.SENTENCES,
    *chinese_published.SENTENCES,
    *chinese_structures.SENTENCES,
    *chinese_structures.REASONS,
    *REASONS,
)
