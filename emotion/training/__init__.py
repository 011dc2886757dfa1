"""Training on faces: augmentation, batches and the recipe that combines them."""
