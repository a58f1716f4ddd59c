"""What a picture of specifications says, in English and Chinese."""

from __future__ import annotations

_ORDER = (
    *("as given", "as stated", "PLS", "PLSc", "equal weights", "CBSEM"),
    *("path", "factorial", "centroid", "all A", "all B"),
    *("none missing", "listwise", "pairwise", "mean", "fiml"),
    *("unstandardized", "standardized", "equal"),
)
"""In which order choices stand; others follow by their names."""

_WORDS = {
    "{number}: {count} specifications": "{number}：{count} 种设定",
    "{number}: 1 specification": "{number}：1 种设定",
    "median {median}": "中位数 {median}",
    "default": "默认设定",
    "failed": "估计失败",
    "beyond the picture": "超出图示范围",
    "hollow: inadmissible": "空心：结果不可接受",
    "Specifications, from the lowest estimate to the highest": "设定（按估计值由低到高排列）",
    "path": "标准化路径系数",
    "total": "标准化总效应",
    "index": "指数（0 至 100）",
    "impact": "每提高 1 分变动的分数",
    "r2": "R²",
    "dimension model": "模型",
    "dimension estimator": "估计方法",
    "dimension scheme": "内部加权方案",
    "dimension modes": "外部模式",
    "dimension missing": "缺失作答",
    "dimension index_weights": "指数权重",
    "as given": "原模型",
    "as stated": "按模型设定",
    "equal weights": "等权重",
    "choice path": "路径加权",
    "factorial": "因子加权",
    "centroid": "重心加权",
    "all A": "全部模式 A",
    "all B": "全部模式 B",
    "none missing": "无缺失",
    "listwise": "成列删除",
    "pairwise": "成对删除",
    "mean": "均值填补",
    "fiml": "完全信息极大似然",
    "unstandardized": "未标准化权重",
    "standardized": "标准化权重",
    "equal": "等权重",
    "other": "其他",
}
_ENGLISH = {
    "path": "Standardised effect",
    "total": "Standardised total effect",
    "index": "Index (0-100)",
    "impact": "Points per point",
    "r2": "R²",
    "dimension index_weights": "Index weights",
}


def say(language: str, words: str, **values: str) -> str:
    """Return a label in a language; what users named themselves stays as it is."""
    if language == "zh":
        told = _WORDS.get(words, words)
    else:
        told = _ENGLISH.get(words, words.removeprefix("choice "))
        if told.startswith("dimension "):
            told = told.removeprefix("dimension ").capitalize()
    return told.format(**values) if values else told


def rank(choice: str) -> tuple[int, str]:
    """Return what choices are sorted by."""
    return (_ORDER.index(choice), "") if choice in _ORDER else (len(_ORDER), choice)
