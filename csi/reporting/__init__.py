"""Reports and exports of a fit."""

from csi.reporting.drawing import path_diagram
from csi.reporting.exports import to_excel, to_latex
from csi.reporting.html import report
from csi.reporting.paragraph.making import methods_paragraph
from csi.reporting.stored import from_json, to_json

__all__ = [
    "from_json",
    "methods_paragraph",
    "path_diagram",
    "report",
    "to_excel",
    "to_json",
    "to_latex",
]
