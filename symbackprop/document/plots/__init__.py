"""Curves over axes: activations and slopes, sizes of gradients, the error of differences, the loss over updates."""
