"""minigrad on a device against minigrad on NumPy: the same cases for the double in every run, and for a real GPU.

``python -m tests.gpu_check`` runs them on the GPU of the machine.
"""
