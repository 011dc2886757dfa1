"""Networks that classify faces of a fixed size."""
