"""Plain pytest on the course: fixtures, and failures in four lines."""

from minigrad.tutorials.plain import exercise, pytest_runtest_makereport, rng

__all__ = ["exercise", "pytest_runtest_makereport", "rng"]
