"""Trees: what holds what, and what is left without the leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from minigrad.transforms.trees import children, tree_leaves, tree_map, tree_refill, tree_structure


class Pair(NamedTuple):
    first: Any
    second: Any


TREES = [None, [], (), {}, [None], [[]], (1,), [1], {"a": 1}, {"b": 1}, (1, 2), ((1,), 2), 1.0]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_trees_of_another_structure_are_told_apart(tree):
    assert [other for other in TREES if tree_structure(other) == tree_structure(tree)] == [tree]


def test_a_named_tuple_has_the_structure_of_a_tuple_and_stays_one():
    tree = Pair(1, {"a": [2, None], "b": ()})
    assert tree_structure(tree) == tree_structure((3, {"a": [4, None], "b": ()}))
    assert tree_map(lambda leaf: 10 * leaf, tree) == Pair(10, {"a": [20, None], "b": ()})
    assert type(tree_refill(tree, [5, 6])) is Pair
    assert tree_leaves(tree) == [1, 2]


def test_children_are_found_by_key_or_position():
    assert children(Pair(1, 2)) == [(0, 1), (1, 2)]
    assert children({"a": 1, 2: None}) == [("a", 1), (2, None)]
    assert children(None) == []
    assert children("text") is None
