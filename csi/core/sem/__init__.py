"""Covariance structure analysis: arrays in, arrays out.

Unlike the rest of `csi.core`, batch axes come first here, ``(..., p, p)``, as
`numpy.linalg` takes them: one function serves one sample, several groups and a
block of resamples.

Statistics of p items are ordered as ``numpy.triu_indices(p)``; means come
before them where there is a mean structure.
"""
