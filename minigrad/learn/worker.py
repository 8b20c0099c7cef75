"""A process that runs one exercise: ``python -m minigrad.learn.worker`` waits for a request, and answers it.

It is started before it is needed, so that Python and NumPy are there when a file is saved. Whatever an exercise does,
an endless loop, a list that grows, a page of output, ends here.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

from .answers import answer
from .limits import Capped, limit_memory


def main() -> int:
    """Answer one request."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    line = sys.stdin.readline()
    if not line:
        return 0
    printed = Capped()
    limit_memory()
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("default")
        reply = answer({**json.loads(line), "last_words": answers.fileno()})
    answers.write(json.dumps({**reply, "printed": printed.text}))
    answers.flush()
    os._exit(0)  # threads that an exercise has started do not matter


if __name__ == "__main__":
    sys.exit(main())
