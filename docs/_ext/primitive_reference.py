"""The directive ``primitives``: a reference of the primitives of one module, with their rules.

Primitives are objects, not functions, so autodoc has little to say about them. Their signature and
docstring come from the object, the rules from the source, where they stand right below.

    .. primitives:: minigrad.primitives.elementwise
"""

import ast
import importlib
import inspect
import textwrap

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.docutils import SphinxDirective


class PrimitivesDirective(SphinxDirective):
    """One entry for each public primitive of a module, in the order of its ``__all__``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = importlib.import_module(self.arguments[0])
        source = inspect.getsource(module)
        rules = rules_in(source)
        self.env.note_dependency(module.__file__)
        lines = [*docstring_lines(module), ""]
        for name in module.__all__:
            primitive = getattr(module, name)
            lines += [f".. py:function:: minigrad.{name}{inspect.signature(primitive)}", ""]
            body = [*docstring_lines(primitive), ""]
            if name in rules:
                body += [".. code-block:: python", "", *textwrap.indent(rules[name], "   ").splitlines(), ""]
            lines += [*textwrap.indent("\n".join(body), "   ").splitlines(), ""]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=module.__file__), self.content_offset, container)
        return container.children


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
    return {"parallel_read_safe": True}
