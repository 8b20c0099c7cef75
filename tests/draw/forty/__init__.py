"""The forty programs of the issue "Pictures that cannot say anything false", by what a picture got wrong about them."""
