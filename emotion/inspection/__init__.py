"""A page that shows a network at work on one face, layer by layer."""
