"""Convolution, alone and fused with max-pooling and ELU. Read layout, forward, weight_layout, backward, operations."""
