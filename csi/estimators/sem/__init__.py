"""From models to covariance structures, and from parameters to tables."""
