"""A page about the pictures that were processed and the faces in them."""
