"""Reports and exports of a fit."""

from csi.reporting.drawing import path_diagram
from csi.reporting.exports import to_excel, to_latex
from csi.reporting.html import report

__all__ = ["path_diagram", "report", "to_excel", "to_latex"]
