"""From a graph and its reading to boxes and paths with positions."""
