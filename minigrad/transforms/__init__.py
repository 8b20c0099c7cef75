"""Derivatives of functions, regions, gradient check, trees."""
