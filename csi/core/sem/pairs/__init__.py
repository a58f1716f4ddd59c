"""Pairs of items, ordered or continuous: their correlation and how much it varies.

Three kinds of pairs offer the same: `correlations` that maximise the likelihood,
`scores` of respondents and `bread`, the sums that carry what thresholds, means
and variances vary into the correlations.
"""
