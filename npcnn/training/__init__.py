"""The training loop, where it gets its batches, and its state on disk."""
