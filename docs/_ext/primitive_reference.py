"""The directive ``primitives``: a reference of the primitives of one module, with their rules.

Primitives are objects, not functions, so autodoc has little to say about them. Their signature and
docstring come from the object, the rules from the source, where they stand right below.

    .. primitives:: minigrad.primitives.exponential

And the directive ``second-names``: which of all of them are one function under two names.

    .. second-names:: minigrad.primitives
"""

import ast
import importlib
import inspect
import textwrap
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.docutils import SphinxDirective


class PrimitivesDirective(SphinxDirective):
    """One entry, under all its names, for each public primitive of a module, in the order of its ``__all__``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = importlib.import_module(self.arguments[0])
        source = inspect.getsource(module)
        rules = rules_in(source)
        self.env.note_dependency(module.__file__)
        lines = [*docstring_lines(module), ""]
        for primitive, (name, *others) in names_in(module).items():
            lines += [f".. py:function:: minigrad.{name}{inspect.signature(primitive)}"]
            lines += [*(f"                 minigrad.{other}{inspect.signature(primitive)}" for other in others), ""]
            body = [*docstring_lines(primitive), ""]
            if name in rules:
                body += [".. code-block:: python", "", *textwrap.indent(rules[name], "   ").splitlines(), ""]
            lines += [*textwrap.indent("\n".join(body), "   ").splitlines(), ""]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=module.__file__), self.content_offset, container)
        return container.children


class SecondNamesDirective(SphinxDirective):
    """A line that tells which public names of a module are others' second ones."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        every = names_in(importlib.import_module(self.arguments[0])).values()
        told = [f"``{other}`` is ``{name}``" for name, *others in every for other in others]
        return self.parse_text_to_nodes(f"{', '.join(told)}.")


def names_in(module: ModuleType) -> dict[object, list[str]]:
    """The names of each public primitive of a module, the first one first."""
    found: dict[object, list[str]] = {}
    for name in module.__all__:
        found.setdefault(getattr(module, name), []).append(name)
    return found


def rules_in(source: str) -> dict[str, str]:
    """The source of ``name.defvjp(...)`` for each primitive ``name``."""
    found = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="defvjp"))):
                found[name] = ast.get_source_segment(source, node) or ""
    return found


def docstring_lines(documented: object) -> list[str]:
    """The docstring of an object as reStructuredText."""
    return str(GoogleDocstring(inspect.getdoc(documented) or "")).splitlines()


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("primitives", PrimitivesDirective)
    app.add_directive("second-names", SecondNamesDirective)
    return {"parallel_read_safe": True}
