"""The curve from satisfaction to loyalty: its shape, its insensitive zone, what a point buys."""
