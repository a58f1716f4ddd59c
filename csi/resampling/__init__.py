"""Uncertainty of fits: one engine for bootstrap, jackknife and replicate weights."""
