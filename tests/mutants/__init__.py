"""Mutants of the machinery: one line of its source changed at a time, to see whether a test fails.

    python -m tests.mutants --module minigrad.engine.walk --module minigrad.engine.rows

Rules are broken by ``tests/mutate.py``; this breaks what carries their results: the walk, the sums, the loops over
windows, the optimisers, the cells. A mutant is *caught* when a test fails, crashes or does not end. One that no test
catches is written down, with the reason, in ``survivors.txt``, or is a gap in the tests.

``operators`` says what is changed, ``source`` finds where, ``traces`` knows which test runs which line, ``lab`` runs
the tests on a mutant in a forked process, so that nothing is imported twice.
"""
