"""Whether a model may be believed: every diagnostic with its rule, source and uncertainty."""
