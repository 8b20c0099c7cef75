import pytest
@pytest.fixture
def torch():
    import torch
    return torch
