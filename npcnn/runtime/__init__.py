"""What kernels run on: compilation, threads, tasks and buffers. Importing this package does not import Numba."""
