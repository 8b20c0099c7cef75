"""Random recurrent programs against PyTorch, which unrolls exactly the steps that count.

Many more of them by ``python -m tests.recurrent``.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.recurrent.checks import CHECKS
from tests.recurrent.choices import drawn


def examples(count: int) -> Any:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@examples(700)
@given(case=drawn(CHECKS["full"].draw))
def test_full(torch, case):
    CHECKS["full"].check(torch, *case)


@examples(350)
@given(case=drawn(CHECKS["cuts"].draw))
def test_cuts(torch, case):
    CHECKS["cuts"].check(torch, *case)


@examples(500)
@given(case=drawn(CHECKS["windows"].draw))
def test_windows(torch, case):
    CHECKS["windows"].check(torch, *case)


@examples(200)
@given(case=drawn(CHECKS["second"].draw))
def test_second(torch, case):
    CHECKS["second"].check(torch, *case)


@examples(200)
@given(case=drawn(CHECKS["dtypes"].draw))
def test_dtypes(torch, case):
    CHECKS["dtypes"].check(torch, *case)
