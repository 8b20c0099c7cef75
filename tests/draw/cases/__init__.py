"""Statements written by hand, true and false ones, about the forty programs."""
