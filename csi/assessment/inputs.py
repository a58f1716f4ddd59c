"""What every function of an assessment checks of what it is given."""

from __future__ import annotations

import numpy as np

from csi.errors import ArgumentTypeError, OptionError
from csi.resampling.inference import Inference
from csi.results import Fit


def check_fit(what: str, fit: object) -> None:
    """Refuse what is no fit.

    Parameters
    ----------
    what : str
        The function that was called.
    fit : object
        What it was given.

    Raises
    ------
    ArgumentTypeError
        If it is no fit.
    """
    if not isinstance(fit, Fit):
        raise ArgumentTypeError(
            f"{what} takes a fit; found {type(fit).__name__}. Give the result of csi.fit(); of "
            "fits by group, one of them, such as fits['A']."
        )


def check_boot(fit: Fit, boot: object) -> None:
    """Refuse what holds no resamples of this fit; None is well.

    Raises
    ------
    ArgumentTypeError
        If it is no result of resampling a fit.
    OptionError
        If it belongs to another fit.
    """
    if boot is None:
        return
    if not isinstance(boot, Inference):
        raise ArgumentTypeError(
            f"boot is a {type(boot).__name__}. Give the result of csi.bootstrap(fit) or "
            "csi.jackknife(fit), or leave it out."
        )
    if not _same(fit, boot.fit):
        raise OptionError(
            "boot belongs to another fit. Give csi.bootstrap(fit) of the fit itself, with the same "
            "answers, scale and settings."
        )


def _same(one: Fit, other: Fit) -> bool:
    """Whether two fits are of one model to the same answers, estimated and indexed alike."""
    return one is other or (
        one.model == other.model
        and one.fingerprint == other.fingerprint
        and one.estimates.settings == other.estimates.settings
        and one.index_weights == other.index_weights
        and np.array_equal(one.scale, other.scale, equal_nan=True)
    )
