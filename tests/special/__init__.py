"""Derivatives of every order at the points where rules go wrong, against ``mpmath``."""
