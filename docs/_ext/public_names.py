"""A warning, hence with ``-W`` an error, for every public name that the reference forgets."""

import importlib
import inspect
from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from minigrad.engine.primitive import Primitive

# What a user imports from, and how it is called in the reference.
MODULES = (
    "minigrad",
    "minigrad.nn",
    "minigrad.optim",
    "minigrad.bptt",
    "minigrad.errors",
    "minigrad.draw",
    "minigrad.tutorials",
)
INTERNAL = {"minigrad.errors.user_line", "minigrad.errors.forward_error"}

logger = logging.getLogger(__name__)


def public_objects(module_name: str) -> Iterator[tuple[str, object]]:
    """Classes, functions and primitives of minigrad that are public in a module."""
    module = importlib.import_module(module_name)
    for name in getattr(module, "__all__", None) or vars(module):
        documented = getattr(module, name)
        described = isinstance(documented, (type, Primitive)) or inspect.isfunction(documented)
        at_home = module_name == "minigrad" or getattr(documented, "__module__", "").startswith(module_name)
        if described and at_home and not name.startswith("_"):
            yield name, documented


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Compare what is public with what the pages describe, under any of its public names."""
    names: dict[int, set[str]] = {}
    for module_name in MODULES:
        for name, documented in public_objects(module_name):
            names.setdefault(id(documented), set()).add(f"{module_name}.{name}")
    described = INTERNAL.union(env.get_domain("py").objects)
    for aliases in names.values():
        if aliases.isdisjoint(described):
            logger.warning("%s is public, but not in docs/reference", " or ".join(sorted(aliases)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True}
