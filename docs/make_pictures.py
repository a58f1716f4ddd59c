"""Make the pictures that the README shows.

Run from the repository::

    python docs/make_pictures.py
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import csi

FOLDER = Path(__file__).parent / "_static"


def main() -> None:
    """Write both pictures, replacing those of an earlier run."""
    FOLDER.mkdir(exist_ok=True)
    study = csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))
    picture = csi.path_diagram(study).svg.replace('style="', 'style="background:#fff;', 1)
    (FOLDER / "ecsi-mobi.svg").write_text(picture, encoding="utf-8")  # white in dark mode, too
    demo = csi.fit(csi.models.acsi(), csi.demo_survey())
    axes = csi.plot_indices(demo)
    axes.figure.savefig(FOLDER / "demo-indices.png", dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    main()
