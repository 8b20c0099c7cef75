"""Writers: they spell a scene out, as SVG, as DOT, or as text."""
