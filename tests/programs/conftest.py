"""PyTorch for small tensors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def torch(torch: Any) -> Iterator[Any]:
    """PyTorch on one thread: several wait for each other, on a busy machine a hundred times as long as they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)
