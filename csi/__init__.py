"""Customer satisfaction index models.

Fit an ACSI-type model to a survey, read its indices, look at the report::

    import csi

    fit = csi.fit(csi.models.acsi(), csi.demo_survey())
    fit.indices
    csi.report(fit, path="report.html")
"""

import lazy_loader

__version__ = "0.1.0"

# The names are listed in __init__.pyi and imported when first used, so that
# `import csi` and `csi --help` do not wait for pandas.
_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, or say which one may be meant."""
    if name in __all__ or name.startswith("_"):
        return _attribute(name)
    from csi.errors import did_you_mean  # noqa: PLC0415 - `import csi` does not wait for it

    alike = sorted(__all__, key=lambda known: known[0].isupper() != name[0].isupper())
    # Named, so that Python adds no suggestion of its own.
    raise AttributeError(f"csi has no {name!r}.{did_you_mean(name, alike)}", name=name)
