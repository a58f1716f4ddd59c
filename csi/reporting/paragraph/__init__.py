"""What a methods section says of an analysis, with the references it cites."""
