"""Watchers of tapes: the search for the first NaN, scopes for drawings, and notes of clipping."""
