"""Make the pictures that the README and the documentation show.

Run from the repository::

    python docs/make_pictures.py
"""

import io
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import csi
from csi.core.curve.populations import Population, draw, window
from csi.core.curve.satisfaction import Satisfaction
from csi.core.curve.truths import TRUTHS
from csi.core.resample import stream

STATIC = Path(__file__).parent / "_static"

RESPONDENTS, SEED = 20_000, 1

RAW, CALIBRATED, TRUTH, TEXT, GRID = "#b3541e", "#2c5f8a", "#1f2a36", "#5d6873", "#dfe4ea"

SVG = {
    "svg.hashsalt": "csi",  # the same names inside the file on every run
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": TEXT,
    "axes.labelcolor": TRUTH,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}


def main() -> None:
    """Write the pictures, replacing those of an earlier run."""
    pictures = {"ecsi-mobi": ecsi_mobi(), "curve-artefact": curve_artefact()}
    for name, picture in pictures.items():
        (STATIC / f"{name}.svg").write_text(picture, encoding="utf-8")


def ecsi_mobi() -> str:
    """Draw the paths of the mobile-phone study."""
    study = csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))
    picture = csi.path_diagram(study).svg
    return picture.replace('style="', 'style="background:#fff;', 1)  # white in dark mode, too


def curve_artefact() -> str:
    """Draw a straight line as an unreliable score of heavy-tailed satisfaction shows it."""
    satisfaction = Satisfaction("heavy", 0.8)
    population = Population(satisfaction, TRUTHS["linear"])
    sample = draw(population, RESPONDENTS, stream(SEED, RESPONDENTS))
    curve = csi.loyalty_curve(
        score=satisfaction.composite(sample.items),
        outcome=sample.outcome,
        items=sample.items,
        rng=SEED,
    )
    ends = np.array(window(population))
    line = population.truth(ends)
    slopes = np.full(2, np.diff(line)[0] / np.diff(ends)[0])
    with mpl.rc_context(SVG):
        figure = Figure(figsize=(9.2, 3.9), layout="constrained")
        loyalty, slope = figure.subplots(1, 2)
        _compared(loyalty, curve, "loyalty", "", (ends, line))
        _compared(slope, curve, "slope", "slope_", (ends, slopes))
        loyalty.set(xlabel="satisfaction (0-100)", ylabel="mean loyalty (0-100)")
        slope.set(
            xlabel="satisfaction (0-100)", ylabel="points of loyalty per point", ylim=(0, 1.2)
        )
        handles, labels = loyalty.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        return _svg(figure)


def _compared(
    axes: Axes, curve: csi.Curve, column: str, prefix: str, truth: tuple[np.ndarray, np.ndarray]
) -> None:
    """Draw the raw and the calibrated curve, each with its 95 % band, and the truth."""
    shown = (
        (curve.raw, RAW, "against the observed score"),
        (curve.table, CALIBRATED, "calibrated: against the true score"),
    )
    for table, colour, name in shown:
        x, limits = table["satisfaction"], [table[f"{prefix}{end}"] for end in ("lower", "upper")]
        axes.fill_between(x, *limits, color=colour, alpha=0.22, linewidth=0)
        axes.plot(x, table[column], color=colour, linewidth=2, label=name)
    axes.plot(*truth, color=TRUTH, linewidth=1.2, linestyle=(0, (4, 3)), label="truth")
    axes.grid(color=GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _svg(figure: Figure) -> str:
    """Return a figure as text that is the same on every run."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
    return re.sub(r"[ \t]+\n", "\n", file.getvalue())


if __name__ == "__main__":
    main()
