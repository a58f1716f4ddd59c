"""Pictures of indices, places, impacts, ceilings, curves and specifications.

A plot takes a result, draws what stands in its tables and returns the Axes; it
shows and saves nothing. Everything can be told apart without colour. Labels in
Chinese need one of the fonts of ``FONTS`` to be installed.
"""

from csi.plots.canvas import FONTS
from csi.plots.ceilings import plot_necessary_conditions
from csi.plots.importance import plot_importance_performance
from csi.plots.loyalty import plot_loyalty_curve, plot_loyalty_slopes
from csi.plots.rows import plot_indices, plot_ranking
from csi.plots.scatter import plot_impacts
from csi.plots.specifications import plot_specifications

__all__ = [
    "FONTS",
    "plot_impacts",
    "plot_importance_performance",
    "plot_indices",
    "plot_loyalty_curve",
    "plot_loyalty_slopes",
    "plot_necessary_conditions",
    "plot_ranking",
    "plot_specifications",
]
