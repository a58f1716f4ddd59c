"""The catalogue of national satisfaction index models.

Every model is one JSON file beside this module; `csi.models.loader` says how to
read it. Each part of a model is either "sourced" or "reconstructed": no source at
hand states a reconstructed part, so compare it with the original before relying on
it. Wording is a paraphrase, never the sentence that an institute asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from csi.errors import OptionError, did_you_mean
from csi.models.loader import Columns, build, read
from csi.spec import Model

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "acsi",
    "acsi_product_service",
    "catalogue",
    "ccsi",
    "csisg",
    "ecsi",
    "ecsi_mobile",
    "india_csi_eb",
    "jcsi",
    "ncsb",
    "ncsb2001",
    "ncsi_korea",
    "ncsi_uk",
    "scsb",
    "swics",
    "textbook_csi",
    "tmme",
]

_LOYALTY = {"repurchase": "acsi", "price tolerance": "acsi_price_tolerance"}


def acsi(
    items: Columns | None = None,
    *,
    loyalty: Literal["repurchase", "price tolerance"] = "repurchase",
) -> Model:
    """Return the American model of 1994.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct; the others keep those of the public
        sample of 2015. As many columns as in the catalogue keep its wording,
        scale and codes, position by position; of another number, only columns
        named as in the catalogue keep theirs.
    loyalty : {"repurchase", "price tolerance"}
        Whether loyalty is repurchase likelihood alone or is joined by
        ``PRICETOL``, the signed price tolerance from 0 to 100.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If ``items`` names a construct that the model does not have.

    References
    ----------
    Fornell, C. et al. (1996). The American Customer Satisfaction Index: nature,
    purpose, and findings. Journal of Marketing 60(4), 7-18.
    doi:10.1177/002224299606000403

    Examples
    --------
    >>> import csi.models
    >>> model = csi.models.acsi(items={"Value": ["price", "quality_for_price"]})
    >>> model.construct("Value").indicators
    ('price', 'quality_for_price')
    """
    name = _LOYALTY.get(str(loyalty))
    if name is None:
        raise OptionError(
            f"loyalty={loyalty!r} is not known. Use 'repurchase' or 'price tolerance'."
            + did_you_mean(str(loyalty), _LOYALTY)
        )
    return build(name, items)


def acsi_product_service(items: Columns | None = None) -> Model:
    """Return the American model with product and service quality apart.

    Overall quality is a composite of the two; estimate it in two stages.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("acsi_product_service", items)


def scsb(items: Columns | None = None) -> Model:
    """Return the Swedish barometer of 1989, the first of its kind.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("scsb", items)


def ncsb(items: Columns | None = None) -> Model:
    """Return the first Norwegian barometer: the American model and corporate image.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ncsb", items)


def ncsb2001(items: Columns | None = None) -> Model:
    """Return the Norwegian barometer as revised by Johnson et al. (2001).

    Complaint handling is rated by complainers only.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ncsb2001", items)


def ecsi(items: Columns | None = None) -> Model:
    """Return the generic European model, ECSI or EPSI.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ecsi", items)


def ecsi_mobile(items: Columns | None = None) -> Model:
    """Return the European mobile-phone instrument of Tenenhaus et al. (2005).

    Complaint handling is rated, so that its expected signs are positive.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ecsi_mobile", items)


def ccsi(items: Columns | None = None) -> Model:
    """Return the model of China's national index.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ccsi", items)


def jcsi(items: Columns | None = None) -> Model:
    """Return the Japanese model.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("jcsi", items)


def ncsi_korea(items: Columns | None = None) -> Model:
    """Return the Korean model, which is taken to be the American one.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ncsi_korea", items)


def ncsi_uk(items: Columns | None = None) -> Model:
    """Return the British model, which is the American one.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("ncsi_uk", items)


def tmme(items: Columns | None = None) -> Model:
    """Return the Turkish model, which is taken to be the American one.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("tmme", items)


def csisg(items: Columns | None = None) -> Model:
    """Return the model of Singapore, which is taken to be the American one.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("csisg", items)


def swics(items: Columns | None = None) -> Model:
    """Return the Swiss model: satisfaction, dialogue and loyalty.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("swics", items)


def india_csi_eb(items: Columns | None = None) -> Model:
    """Return the Indian model for electronic banking.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("india_csi_eb", items)


def textbook_csi(items: Columns | None = None) -> Model:
    """Return the model that Chinese customer-relationship textbooks teach.

    Parameters
    ----------
    items : mapping of str to sequence of str, optional
        Your column names, by construct, as in `acsi`.

    Returns
    -------
    Model
    """
    return build("textbook_csi", items)


def catalogue() -> pd.DataFrame:
    """List the models, with the status of each part and the source.

    Returns
    -------
    DataFrame
        One row per model: name of its function, title, country, year (missing
        where no source gives it), numbers of constructs, items and paths,
        complaint_type (missing where complaints are not modelled), whether its
        constructs, paths and items are sourced or reconstructed, citation.
    """
    import pandas as pd  # noqa: PLC0415 - models are usable without loading pandas

    names = [name for name in __all__ if name != "catalogue"]
    return pd.DataFrame([_row(name) for name in names]).astype({"year": "Int64"})


def _row(name: str) -> dict[str, object]:
    model, record = build(name), read(name)
    return {
        "name": name,
        "title": model.title,
        "country": record["country"],
        "year": record["year"],
        "constructs": len(model.constructs),
        "items": len(model.indicators),
        "paths": len(model.paths),
        "complaint_type": model.complaint_type,
        **{f"{part}_status": status for part, status in model.status.items()},
        "citation": model.citation,
    }
