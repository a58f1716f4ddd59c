"""One number under every defensible specification."""
