"""SIMD vectors and register tiles, the building blocks of the kernels."""
