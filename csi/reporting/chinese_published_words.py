"""The Chinese words for what may be chosen, for readings of printed numbers, and for slips."""

from __future__ import annotations

CHOICES: dict[str, str] = {
    "equal weights": "等权重",
    "path": "路径加权",
    "factorial": "因子加权",
    "centroid": "重心加权",
    "all A": "全部模式 A",
    "all B": "全部模式 B",
    "as stated": "按模型设定",
    "single items": "均为单题项",
    "none": "无",
    "standardised": "标准化",
    "own units": "原始单位",
    "none missing": "无缺失",
    "listwise": "成列删除",
    "pairwise": "成对删除",
    "mean": "均值填补",
    "fiml": "完全信息极大似然（FIML）",
    "unstandardized": "未标准化权重",
    "standardized": "标准化权重",
    "equal": "等权重",
    "as given": "原模型",
    "normal (n)": "正态（n）",
    "wishart (n - 1)": "Wishart（n − 1）",
    "as usual": "默认",
    "expected": "期望信息",
    "observed": "观测信息",
    "marker": "以首个题项为尺度",
    "variance": "方差为一",
    "heeded": "使用",
    "ignored": "未使用",
    "other": "其他",
    "failed": "无法估计",
}
"""What csi itself calls a choice; what users named stays as it is."""

COMPOSED: tuple[tuple[str, str], ...] = (
    (r"covariance structure, (\w+)", r"协方差结构，\1"),
    (r"after (\d+) rounds", r"迭代 \1 次后停止"),
)
"""Choices that hold a name or a number."""

SLIPS: dict[str, str] = {
    "the sign": "符号",
    "the last digit": "末位数字",
    "one digit": "一位数字",
    "two digits exchanged": "两位数字颠倒",
    "the decimal point": "小数点",
    "the sign and the last digit": "符号与末位数字",
    "the sign and one digit": "符号与一位数字",
    "the sign and two digits exchanged": "符号与两位颠倒的数字",
}

_CONVENTIONS = {
    "unstandardized": "未标准化权重",
    "standardized": "标准化权重",
    "equal": "等权重",
}
_ENDS = {"declared ends": "声明的量表两端", "ends of the answers found": "作答中的最低和最高分"}

READINGS: dict[str, str] = {
    "direct effect, standardised": "标准化直接效应",
    "total effect, standardised": "标准化总效应",
    "total effect, points on 0-100 per point": "总效应，每提高 1 分变动的分数（0 至 100）",
    "of standardised items": "按标准化题项",
    "of items in their own units": "按原始单位的题项",
    "of items in their own units, variances with n": "按原始单位的题项，方差除数为 n",
    "of standardised items, summing to one": "按标准化题项，和为 1",
    "of items in their own units, summing to one": "按原始单位的题项，和为 1",
    "variances with n": "方差除数为 n",
    "variances with n - 1": "方差除数为 n − 1",
    "on the construct": "在结构变量上的载荷",
    "correlation with the composite": "与组合的相关",
    "R2": "R²",
    "adjusted R2": "调整后 R²",
    "of the constructs": "结构变量之间",
    "of the composites": "组合之间",
    "of the answers as they are": "按原始作答",
    "from loadings on the composite": "由组合载荷计算",
    "from the first principal component": "由第一主成分计算",
    "of absolute correlations": "按相关的绝对值",
    "of correlations": "按相关",
    "composites kept": "保持组合不变",
    "fitted anew without the path": "去掉该路径后重新拟合",
    **{
        f"{convention} weights, {ends}": f"{weights}，{told}"
        for convention, weights in _CONVENTIONS.items()
        for ends, told in _ENDS.items()
    },
}
"""Ways of computing a quantity that go by one name in print."""
