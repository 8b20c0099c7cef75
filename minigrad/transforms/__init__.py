"""Transforms of functions: derivatives, regions of a tape, the gradient check, and trees of tensors."""
