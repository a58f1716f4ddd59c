"""Make the picture that the README shows.

Run from the repository::

    python docs/make_pictures.py
"""

from pathlib import Path

import csi

PICTURE = Path(__file__).parent / "_static" / "ecsi-mobi.svg"


def main() -> None:
    """Write the picture, replacing that of an earlier run."""
    study = csi.fit(csi.models.ecsi_mobile(), csi.studies.moments("ecsi-mobi"))
    picture = csi.path_diagram(study).svg.replace('style="', 'style="background:#fff;', 1)
    PICTURE.write_text(picture, encoding="utf-8")  # white in dark mode, too


if __name__ == "__main__":
    main()
