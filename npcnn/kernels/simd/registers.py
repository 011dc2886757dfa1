"""The size of this processor's SIMD registers."""

from __future__ import annotations

import llvmlite.binding as llvm

_features = llvm.get_host_cpu_features()

REGISTER_BYTES = 64 if _features.get("avx512f") else 32 if _features.get("avx") else 16
