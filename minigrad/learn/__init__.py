"""``minigrad learn``: the course in a learner's folder, its checks, and what lecturers do with it."""

from .folder import Folder
from .session import Report, Session
from .state import LearnError

__all__ = ["Folder", "LearnError", "Report", "Session"]
