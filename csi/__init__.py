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
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
