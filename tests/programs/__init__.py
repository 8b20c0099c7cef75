"""Programs as a user writes them, each beside the same program in PyTorch: losses and final weights are one.

Every file holds one program twice, ``with_minigrad`` and ``with_pytorch``. Both begin with the same initial values and
see the same data, drawn from seeded generators, so they can be read side by side as a translation.
"""
