"""Libraries that only some formats need."""

from __future__ import annotations

import importlib
from typing import Any

from csi.errors import OptionError


def load_extra(library: str, extra: str = "io") -> Any:
    """Import an optional library, or say how to install it.

    Parameters
    ----------
    library : str
        Name to import.
    extra : str
        The group of optional dependencies it belongs to.

    Returns
    -------
    module

    Raises
    ------
    OptionError
        If it is not installed.
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        package = library.partition(".")[0]
        raise OptionError(
            f"This needs the library {package}, which is not installed. "
            f"Run: pip install 'csi[{extra}]'"
        ) from None
