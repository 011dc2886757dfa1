"""Networks for faces of a fixed size, by name."""
