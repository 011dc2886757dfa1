"""Compiled inference: a network written out as a plan of instructions that one kernel call runs."""
