"""Sphinx configuration."""

import shutil
import sys
from importlib.metadata import version as installed
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here))

import make_replications  # noqa: E402 - found beside this file

project = "csi"
author = "The csi authors"
copyright = "2026, the csi authors"
release = version = installed("csi")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
default_role = "py:obj"
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["_build", "**/README.md"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["csi.css"]
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}

myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the notebooks are executed by the tests and stored with their output

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

tutorials = here / "tutorials"
for notebook in sorted((here.parent / "notebooks").glob("*.ipynb")):
    shutil.copyfile(notebook, tutorials / notebook.name)

make_replications.write()
