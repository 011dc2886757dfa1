"""How networks are trained on faces: augmentation, batches and the recipe that combines them."""
