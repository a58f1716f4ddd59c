"""The curve from satisfaction to loyalty and its quality-insensitive zone, in numbers."""
