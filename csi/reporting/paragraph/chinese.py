"""The Chinese of methods paragraphs, by its English."""

from __future__ import annotations

OF_PARAGRAPHS: dict[str, str] = {
    "For your methods section": "可用于论文方法部分的文字",
    "To be pasted into an article; csi.methods_paragraph() gives the same text, and its references as BibTeX.": (  # noqa: E501 - a key
        "可直接粘贴到论文中；csi.methods_paragraph() 给出同样的文字及 BibTeX 格式的参考文献。"
    ),
    "References": "参考文献",
    # the model and its estimation
    "The model ({title}; {cited}) has {constructs}, {items} and {paths}.": (
        "所用模型（{title}；{cited}）含 {constructs}、{items}和 {paths}。"
    ),
    "The model ({title}; source: {source}) has {constructs}, {items} and {paths}.": (
        "所用模型（{title}；来源：{source}）含 {constructs}、{items}和 {paths}。"
    ),
    "The model ({title}) has {constructs}, {items} and {paths}.": (
        "所用模型（{title}）含 {constructs}、{items}和 {paths}。"
    ),
    "The model has {constructs}, {items} and {paths}.": (
        "所用模型含 {constructs}、{items}和 {paths}。"
    ),
    "1 construct": "1 个结构变量",
    "{count} constructs": "{count} 个结构变量",
    "1 item": "1 个题项",
    "{count} items": "{count} 个题项",
    "1 path": "1 条路径",
    "{count} paths": "{count} 条路径",
    "1 iteration": "1 次",
    "{count} iterations": "{count} 次",
    "{low} to {high} iterations": "{low} 至 {high} 次",
    "1 cluster": "1 个群",
    "{count} clusters": "{count} 个群",
    "1 stratum": "1 个层",
    "{count} strata": "{count} 个层",
    "{one} in {other}": "{other}中的 {one}",
    "{ends} for {items}": "{items}为 {ends}",
    "once": "一次",
    "{count} times": "{count} 次",
    "{low} to {high} each": "每组 {low} 至 {high} 名",
    "It was estimated by partial least squares path modelling (PLS; {cited}).": (
        "模型采用偏最小二乘路径建模（PLS；{cited}）估计。"
    ),
    "It was estimated by {name}.": "模型的估计方法为 {name}。",
    "Outer weights were estimated in Mode A (correlation weights) for {names}.": (
        "{names}的外部权重采用模式 A（相关权重）估计。"
    ),
    "Outer weights were estimated in Mode B (regression weights) for {names}.": (
        "{names}的外部权重采用模式 B（回归权重）估计。"
    ),
    "Standardised items were weighted equally for {names}.": "{names}的标准化题项取等权。",
    "A single item measured {names}.": "{names}由单题项测量。",
    "Single items measured {names}.": "{names}由单题项测量。",
    "path weighting": "路径加权",
    "factor weighting": "因子加权",
    "centroid weighting": "重心加权",
    "Inner weights followed the {scheme} scheme; items were standardised to mean 0 and variance 1 (divisor n - 1).": (  # noqa: E501 - a key
        "内部权重采用{scheme}方案；题项标准化为均值 0、方差 1（除数为 n − 1）。"
    ),
    "Inner weights followed the {scheme} scheme; items had mean 0 and kept their own units (divisor n - 1).": (  # noqa: E501 - a key
        "内部权重采用{scheme}方案；题项中心化为均值 0，保留原始单位（除数为 n − 1）。"
    ),
    "Each construct points along the sum of its items.": "各结构变量与其题项之和同向。",
    "The iteration stopped when no outer weight changed by more than {tol} (at most {most} iterations), after {took}.": (  # noqa: E501 - a key
        "当所有外部权重的变化均不超过 {tol} 时停止迭代（上限 {most} 次），实际迭代 {took}。"
    ),
    "The iteration has NOT converged: after {took} (at most {most}) an outer weight still changed by {change}, more than {tol}.": (  # noqa: E501 - a key
        "迭代未收敛：迭代 {took}（上限 {most} 次）后，外部权重的变化仍为 {change}，大于 {tol}。"
    ),
    "Higher-order constructs ({names}) were estimated by the disjoint two-stage approach ({cited}).": (  # noqa: E501 - a key
        "高阶结构变量（{names}）采用分离式两阶段法估计（{cited}）。"
    ),
    "Paths and loadings of {names} were corrected for attenuation by rho_A (consistent PLS, PLSc; {cited}).": (  # noqa: E501 - a key
        "{names}的路径与载荷以 rho_A 作衰减校正（一致性 PLS，即 PLSc；{cited}）。"
    ),
    "Consistent PLS (PLSc) was asked for, but no construct can be corrected.": (
        "设定了一致性修正（PLSc），但没有可修正的结构变量。"
    ),
    "Constructs are composites with {given} of {unit}, so that nothing was iterated; paths are regressions between them.": (  # noqa: E501 - a key
        "各结构变量为{unit}的{given}组合，无需迭代；路径为组合之间的回归系数。"
    ),
    "equal weights": "等权",
    "weights that were given": "给定权重",
    "standardised items": "标准化题项",
    "answers as they are": "原始作答",
    "Computations were done with csi {version} ({cited}), {others}.": (
        "计算使用 csi {version}（{cited}）、{others}。"
    ),
    "Computations were done with csi ({cited}).": "计算使用 csi（{cited}）。",
    "Some estimates are inadmissible or doubtful; the results say which.": (
        "部分估计值不可接受或存疑，详见结果部分。"
    ),
    # the respondents and the indices
    "The answers were simulated by csi and are not those of real respondents.": (
        "作答由 csi 模拟生成，并非来自真实受访者。"
    ),
    "Of {read} respondents {n} were used.": "共读入 {read} 名受访者，使用 {n} 名。",
    "The sample has {n} respondents, all of whom were used.": "样本为 {n} 名受访者，全部使用。",
    "The sample used stands for {n} respondents in {read} rows.": (
        "所用样本有 {read} 行，代表 {n} 名受访者。"
    ),
    "The model was fitted to the {known} of {n} respondents, whose answers are not at hand.": (
        "模型由 {n} 名受访者的{known}拟合，未使用其原始作答。"
    ),
    "correlations": "相关系数",
    "covariances": "协方差",
    "{lost} without any answer were left out.": "剔除完全未作答者 {lost} 名。",
    "{lost} with a weight of zero were left out.": "剔除权重为零者 {lost} 名。",
    "Answers coded {codes} ({total} in all) were taken as missing.": (
        "编码为 {codes} 的作答（共 {total} 个）视为缺失值。"
    ),
    "Reverse-coded items were turned round: {names}.": "反向题项已作反向计分：{names}。",
    "Respondents with a missing answer to any item were left out (listwise deletion; {lost} of them).": (  # noqa: E501 - a key
        "缺失值采用成列删除法处理：任一题项缺失的受访者不计入（共 {lost} 名）。"
    ),
    "Respondents with a missing answer to any item were left out (listwise deletion).": (
        "缺失值采用成列删除法处理：任一题项缺失的受访者不计入。"
    ),
    "Each correlation uses all respondents who answered both items (pairwise deletion).": (
        "缺失值采用成对删除法处理：每个相关系数使用两题均作答的全部受访者。"
    ),
    "Missing answers ({filled}) were replaced by the mean of the item.": (
        "缺失值（{filled} 个）以该题项的均值填补。"
    ),
    "Sampling weights were applied (effective n {n}).": "使用抽样权重（有效样本量 {n}）。",
    "Frequency weights count each row as many respondents.": (
        "使用频数权重，每行代表相应数目的受访者。"
    ),
    "The sample consists of {design}.": "样本由{design}构成。",
    "Indices run from 0 to 100, the lowest and the highest possible answers ({scales}), with items weighted by {weights} ({cited}).": (  # noqa: E501 - a key
        "指数取值 0 至 100，分别对应题项的最低与最高分（{scales}），题项按{weights}加权"
        "（{cited}）。"
    ),
    "unstandardised outer weights": "未标准化外部权重",
    "standardised outer weights": "标准化外部权重",
    "The data fingerprint is {known}.": "数据指纹为 {known}。",
    # resampling
    "Standard errors, {level} {kind} confidence intervals and two-sided p values come from {number} bootstrap resamples ({cited}).": (  # noqa: E501 - a key
        "标准误、{level} {kind}置信区间与双侧 p 值由 {number} 次自助法重抽样求得（{cited}）。"
    ),
    "Standard errors, {level} {kind} confidence intervals and two-sided p values come from {number} bootstrap resamples, with {inner} resamples of each ({cited}).": (  # noqa: E501 - a key
        "标准误、{level} {kind}置信区间与双侧 p 值由 {number} 次自助法重抽样求得，"
        "每次再重抽样 {inner} 次（{cited}）。"
    ),
    "Standard errors, {level} confidence intervals and two-sided p values come from the jackknife ({cited}), with Student's t of {df} degrees of freedom.": (  # noqa: E501 - a key
        "标准误、{level} 置信区间与双侧 p 值由刀切法求得（{cited}），采用自由度为 {df} 的 t 分布。"
    ),
    "Standard errors, {level} confidence intervals and two-sided p values come from replicate weights ({cited}), with Student's t of {df} degrees of freedom.": (  # noqa: E501 - a key
        "标准误、{level} 置信区间与双侧 p 值由复制权重求得（{cited}），"
        "采用自由度为 {df} 的 t 分布。"
    ),
    "Standard errors, {level} confidence intervals and two-sided p values come from the infinitesimal jackknife ({cited}), with Student's t of {df} degrees of freedom.": (  # noqa: E501 - a key
        "标准误、{level} 置信区间与双侧 p 值由无穷小刀切法求得（{cited}），"
        "采用自由度为 {df} 的 t 分布。"
    ),
    "The model was fitted anew to each resample for {names}.": (
        "对 {names}，每次重抽样均重新拟合模型。"
    ),
    "{bad} of {number} resamples failed or are inadmissible ({reasons}); those that failed are left out, inadmissible ones are kept.": (  # noqa: E501 - a key
        "{number} 次重抽样中有 {bad} 次失败或结果不可接受（{reasons}）；失败的不计入，"
        "不可接受的予以保留。"
    ),
    "Of all {number} resamples {bad} failed or are inadmissible.": (
        "全部 {number} 次重抽样中有 {bad} 次失败或结果不可接受。"
    ),
    # assessment, tests and prediction
    "Measurement was judged by {criteria} ({cited}).": "测量质量按{criteria}评估（{cited}）。",
    "Discriminant validity was judged by {criteria} ({cited}).": (
        "区分效度按{criteria}评估（{cited}）。"
    ),
    "Collinearity was judged by {criteria} ({cited}).": "共线性按{criteria}评估（{cited}）。",
    "The structure was judged by {criteria} ({cited}).": "结构模型按{criteria}评估（{cited}）。",
    "Overall fit was judged by {criteria} ({cited}).": "整体拟合按{criteria}评估（{cited}）。",
    "Exact fit was tested with {number} resamples of respondents among whom the model holds ({cited}).": (  # noqa: E501 - a key
        "精确拟合检验使用在模型成立的条件下对受访者的 {number} 次重抽样（{cited}）。"
    ),
    "Exact fit was tested by SRMR, d_ULS, d_G and d_ML with {number} resamples of respondents among whom the model holds ({cited}), at the {level} level.": (  # noqa: E501 - a key
        "以 SRMR、d_ULS、d_G 和 d_ML 检验精确拟合，使用在模型成立的条件下对受访者的 {number} 次"
        "重抽样（{cited}），显著性水平为 {level}。"
    ),
    "The chi-square test of exact fit was bootstrapped with {number} resamples of respondents among whom the model holds ({cited}).": (  # noqa: E501 - a key
        "精确拟合的卡方检验采用自助法，在模型成立的条件下对受访者重抽样 {number} 次（{cited}）。"
    ),
    "The constructs were left free to correlate (saturated model).": (
        "结构变量之间自由相关（饱和模型）。"
    ),
    "Each resample was resampled once more (double bootstrap).": (
        "每次重抽样再重抽样一次（双重自助法）。"
    ),
    "Items were predicted out of sample in {folds} folds, dealt {times} (PLSpredict; {cited}), and the errors compared with those of item means and of a linear model.": (  # noqa: E501 - a key
        "题项的样本外预测采用 {folds} 折交叉验证，重复 {times}（PLSpredict；{cited}），"
        "预测误差与题项均值和线性模型的误差比较。"
    ),
    "Each construct was predicted from {source}; the linear model reads {items}.": (
        "各结构变量由{source}预测；线性模型使用{items}。"
    ),
    "its direct antecedents": "其直接前因",
    "exogenous constructs along all routes": "外生结构变量（经由所有路径）",
    "the items of these": "这些变量的题项",
    "the items of all other constructs": "其他全部结构变量的题项",
    "The model could not be estimated without {lost} of {number} folds.": (
        "{number} 折中有 {lost} 折去掉后模型无法估计。"
    ),
    "Mean losses were compared by the cross-validated predictive ability test (CVPAT; {cited}).": (
        "平均损失以交叉验证预测能力检验（CVPAT；{cited}）比较。"
    ),
    "Limits of the differences are at the {level} level.": "差异的置信区间为 {level} 水平。",
    "Intervals of the criteria are those of {number} bootstrap resamples at the {level} level.": (
        "各项指标的 {level} 置信区间由 {number} 次自助法重抽样求得。"
    ),
    "The seed of the assessment was {seed}.": "评估的随机种子为 {seed}。",
    # covariance structures
    "The model was fitted as a structure of covariances by {how} ({cited}).": (
        "模型作为协方差结构拟合，方法为{how}（{cited}）。"
    ),
    "The model was fitted as a structure of means and covariances by {how} ({cited}).": (
        "模型作为均值与协方差结构拟合，方法为{how}（{cited}）。"
    ),
    "It has {parameters} free parameters and {df} degrees of freedom.": (
        "模型有 {parameters} 个自由参数，自由度为 {df}。"
    ),
    "It has {parameters} free parameters; the structure has {df} degrees of freedom.": (
        "模型有 {parameters} 个自由参数，结构部分的自由度为 {df}。"
    ),
    "Covariances have the divisor n - 1 (Wishart likelihood).": (
        "协方差的除数为 n − 1（Wishart 似然）。"
    ),
    "{some} of {all} items are ordered categories: their thresholds and the polychoric correlations ({cited}) were fitted ({which} parametrization).": (  # noqa: E501 - a key
        "{all} 个题项中有 {some} 个为有序类别：拟合其阈值与多分格相关（{cited}；{which} 参数化）。"
    ),
    "Respondents who left answers out entered with those they gave (full-information maximum likelihood; {cited}).": (  # noqa: E501 - a key
        "作答不全的受访者以其已有作答计入（完全信息极大似然；{cited}）。"
    ),
    "Products of constructs ({names}) rest on the moments of scores ({cited}).": (
        "结构变量的乘积项（{names}）由得分的矩求得（{cited}）。"
    ),
    "Products of constructs ({names}) are measured by products of items, {pairs}, with {centring} ({cited}).": (  # noqa: E501 - a key
        "结构变量的乘积项（{names}）以题项乘积测量，{pairs}，{centring}（{cited}）。"
    ),
    "each item once": "每个题项使用一次",
    "all pairs of items": "使用全部题项配对",
    "double centring": "双重中心化",
    "mean centring": "均值中心化",
    "residual centring": "残差中心化",
    "What is left of constructs that point to nothing does not correlate.": (
        "不指向其他变量的结构变量，其残差互不相关。"
    ),
    "Constructs nothing points to do not correlate.": "外生结构变量互不相关。",
    "Observed causes are random, not fixed.": "观测的外生变量视为随机，而非固定。",
    "Auxiliary variables ({names}) tell of missing answers ({cited}).": (
        "以辅助变量（{names}）说明缺失值（{cited}）。"
    ),
    "Single items have a stated reliability of {value}.": "单题项的信度设定为 {value}。",
    "Single items have a stated reliability: {given}.": "单题项的信度设定为：{given}。",
    "Constructs were measured one by one, those that share items or errors together.": (
        "各结构变量分别测量，共享题项或误差者一并测量。"
    ),
    "All constructs were measured in one measurement model.": "全部结构变量在同一测量模型中测量。",
    "Paths were fitted to the covariances of the constructs ({mapping} mapping).": (
        "路径由结构变量的协方差拟合（{mapping} 映射）。"
    ),
    "Paths were fitted to the covariances of the items, the measurement held fixed.": (
        "固定测量部分，路径由题项的协方差拟合。"
    ),
    "It was semopy {version} ({cited}) that searched, with {solver}; everything after the estimates is computed by csi.": (  # noqa: E501 - a key
        "估计值由 semopy {version}（{cited}；{solver}）求得，其后的一切均由 csi 计算。"
    ),
    "Overall fit is told by chi-square, CFI, TLI, RMSEA with 90% limits, and SRMR, against uncorrelated items as the baseline ({cited}).": (  # noqa: E501 - a key
        "整体拟合报告卡方、CFI、TLI、RMSEA（附 90% 置信区间）与 SRMR，基线模型为题项互不相关"
        "（{cited}）。"
    ),
    "CFI, TLI and RMSEA are corrected for ordered answers ({cited}).": (
        "CFI、TLI 与 RMSEA 针对有序作答作了校正（{cited}）。"
    ),
    "CFI, TLI and RMSEA are corrected for missing answers ({cited}).": (
        "CFI、TLI 与 RMSEA 针对缺失作答作了校正（{cited}）。"
    ),
    "CFI, TLI and RMSEA are corrected for missing answers and for answers that are not normal ({cited}).": (  # noqa: E501 - a key
        "CFI、TLI 与 RMSEA 针对缺失作答与非正态作答作了校正（{cited}）。"
    ),
    "CFI, TLI and RMSEA are corrected for answers that are not normal ({cited}).": (
        "CFI、TLI 与 RMSEA 针对非正态作答作了校正（{cited}）。"
    ),
    # groups
    "The model was fitted separately to each of {groups} groups by {by}, {n} respondents in all ({sizes}).": (  # noqa: E501 - a key
        "按 {by} 分为 {groups} 组，各组分别拟合，共 {n} 名受访者（{sizes}）。"
    ),
    "{count} groups were too small or could not be estimated.": (
        "{count} 个组样本过小或无法估计，未计入。"
    ),
    "{groups} groups by {by} ({sizes}) were fitted at once ({cited}), {n} respondents in all.": (
        "按 {by} 分为 {groups} 组（{sizes}），一并拟合（{cited}），共 {n} 名受访者。"
    ),
    "Equal over groups: {equal}.": "各组相等的有：{equal}。",
    "Nothing was held equal over groups but what labels say.": (
        "除标签所规定者外，各组之间未设相等约束。"
    ),
    "Free all the same: {names}.": "其中仍自由估计的有：{names}。",
    "the loadings": "载荷",
    "the weights of composites": "组合的权重",
    "the intercepts of items": "题项的截距",
    "the thresholds": "阈值",
    "the means of constructs": "结构变量的均值",
    "the paths": "路径",
    "the error variances of items": "题项的误差方差",
    "the error covariances of items": "题项的误差协方差",
    "the variances of constructs": "结构变量的方差",
    "the covariances of constructs": "结构变量的协方差",
    "Measurement invariance was tested in steps, judged by the chi-square difference and by changes of fit ({cited}): {names}.": (  # noqa: E501 - a key
        "测量不变性分步检验，以卡方差异和拟合指标的变化判断（{cited}）：{names}。"
    ),
    "the same model in all groups (configural)": "各组模型相同（形态不变）",
    "equal loadings (metric)": "载荷相等（弱不变）",
    "equal loadings and intercepts (scalar)": "载荷与截距相等（强不变）",
    "equal loadings, intercepts and error variances (strict)": (
        "载荷、截距与误差方差相等（严格不变）"
    ),
    "equal loadings, intercepts and means": "载荷、截距与均值相等",
    "equal loadings and paths (structural)": "载荷与路径相等（结构不变）",
    "Groups were compared by the differences of their bootstrap resamples ({level} intervals), with {adjust} of the p values.": (  # noqa: E501 - a key
        "各组以自助法重抽样之差比较（{level} 置信区间），p 值{adjust}。"
    ),
    "Permutation tests exchanged respondents between groups {number} times ({cited}).": (
        "置换检验在组间交换受访者 {number} 次（{cited}）。"
    ),
    "Measurement invariance of composites over {groups} was tested in three steps (MICOM; {cited}) with {number} permutations, each test at the {alpha} level.": (  # noqa: E501 - a key
        "{groups}之间组合的测量不变性分三步检验（MICOM；{cited}），置换 {number} 次，"
        "每项检验的显著性水平为 {alpha}。"
    ),
    "{groups} groups by {by} were ranked by the index of {construct}; possible places are those that no test excludes at the {level} level, {jointly} ({cited}).": (  # noqa: E501 - a key
        "按 {by} 划分的 {groups} 个组以{construct}指数排名；可能的名次是指在 {level} 的置信水平上"
        "检验未能排除的名次（{jointly}；{cited}）。"
    ),
    "all groups together": "对所有组联合成立",
    "each group by itself": "对每组单独成立",
    "Low indices come first.": "指数低者在前。",
    "Letters join groups that tests of all pairs do not tell apart, with {adjust} of their p values ({cited}).": (  # noqa: E501 - a key
        "两两检验未见差异的组标以相同字母，p 值{adjust}（{cited}）。"
    ),
    "no adjustment": "未作校正",
    "Bonferroni's adjustment": "经 Bonferroni 校正",
    "Holm's adjustment": "经 Holm 校正",
    "Hochberg's adjustment": "经 Hochberg 校正",
    "Benjamini and Hochberg's adjustment": "经 Benjamini 与 Hochberg 校正",
    "Benjamini and Yekutieli's adjustment": "经 Benjamini 与 Yekutieli 校正",
    # curves
    "{unit} as a function of {cause} is a penalised spline ({cited}) with pointwise and simultaneous {level} bands.": (  # noqa: E501 - a key
        "{unit}随{cause}变化的曲线以惩罚样条估计（{cited}），并给出逐点和整体的 {level} 置信带。"
    ),
    "It rests on {n} respondents.": "曲线基于 {n} 名受访者。",
    "It rests on {n} respondents; {lost} were left out.": (
        "曲线基于 {n} 名受访者，另有 {lost} 名未计入。"
    ),
    "Measurement error of the score was taken off by deconvolution and regression calibration ({cited}), with a reliability of {value} ({source}).": (  # noqa: E501 - a key
        "得分的测量误差以反卷积与回归校准去除（{cited}），信度为 {value}（{source}）。"
    ),
    "Measurement error of the score was not corrected (reliability {value}: {source}).": (
        "未校正得分的测量误差（信度 {value}：{source}）。"
    ),
    "Shares were analysed as log odds (logit).": "比例以对数优势（logit）分析。",
    "The outcome falls as satisfaction rises.": "结果变量随满意度上升而下降。",
    "The curve drawn was held from turning round ({cited}).": "所绘曲线限定为单调（{cited}）。",
    "Nothing is said outside {low} to {high} points, with {share} of the customers beyond each end.": (  # noqa: E501 - a key
        "考察范围为 {low} 至 {high} 分，两端之外各有 {share} 的顾客，不作任何结论。"
    ),
    "That there is no insensitive zone was tested by whether two kinks explain the answers better than curves without a zone do, with {draws} draws for each null hypothesis, at the {alpha} level.": (  # noqa: E501 - a key
        "以“不存在质量不敏感区”为零假设，检验带两个拐点的曲线是否比没有不敏感区的曲线更能解释作答，"
        "每个零假设抽取 {draws} 次，显著性水平为 {alpha}。"
    ),
    "That there is no insensitive zone was tested by whether the best curve with a zone explains the answers better than the best without one ({cited}), with {draws} draws for each null hypothesis, at the {alpha} level.": (  # noqa: E501 - a key
        "以“不存在质量不敏感区”为零假设，检验有不敏感区的最优曲线是否比没有的最优曲线更能解释作答"
        "（{cited}），每个零假设抽取 {draws} 次，显著性水平为 {alpha}。"
    ),
    "That there is no insensitive zone was tested by multiscale contrasts of slopes ({cited}), with {draws} draws for each null hypothesis, at the {alpha} level.": (  # noqa: E501 - a key
        "以“不存在质量不敏感区”为零假设，采用斜率的多尺度对比检验（{cited}），"
        "每个零假设抽取 {draws} 次，显著性水平为 {alpha}。"
    ),
    "A zone is certified if the upper {level} limit of its slope is below {margin}.": (
        "若不敏感区内斜率的 {level} 上限低于 {margin}，则予以认证。"
    ),
    "The seed of the curve was {seed}.": "曲线的随机种子为 {seed}。",
    "Verdict: {verdict} ({p}).": "结论：{verdict}（{p}）。",
    "Verdict: {verdict}.": "结论：{verdict}。",
    "A curve was fitted to {n} respondents of {groups} firms, with bends in common and a level of each firm's own; slopes are {slopes}.": (  # noqa: E501 - a key
        "曲线由 {groups} 家企业的 {n} 名受访者拟合，各企业弯曲形状相同、水平各异；斜率{slopes}。"
    ),
    "in common too": "亦相同",
    "of each firm's own as well": "亦各异",
    "Curves of {groups} groups ({n} respondents), straight between {knots}, were compared by Wald tests, with {adjust} of the p values of pairs and {level} intervals from bootstrap resamples that contain the error of the calibration.": (  # noqa: E501 - a key
        "{groups} 个组（{n} 名受访者）的曲线在 {knots} 之间为直线，以 Wald 检验比较，"
        "两两比较的 p 值{adjust}；{level} 置信区间由自助法重抽样求得，并计入校准误差。"
    ),
    "Measurement error was taken off the scores of each group ({cited}), with reliabilities of {low} to {high}.": (  # noqa: E501 - a key
        "各组得分的测量误差均予去除（{cited}），信度为 {low} 至 {high}。"
    ),
}
