"""Layered placement of a small acyclic graph: one time step, or a whole expression without steps.

The classical method (Sugiyama, Tagawa and Toda 1981) in four plain passes, each linear in items, edges
and the empty places that long edges pass through: levels by longest path, order within a level by
barycentres, positions by least squares, and bends. Nothing recurses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

Edge = tuple[int, int]

_ORDER_SWEEPS = 4
_POSITION_SWEEPS = 21  # an odd number: the last one goes upwards
_SETTLING = 8  # of them look both ways
_LOOSE = 0.001  # how strongly an item with no other edge pulls
_LANE = 14.0  # width of the empty place through which a long edge passes


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of an item: across the direction of the flow, and along it."""

    across: float
    along: float


@dataclass(slots=True)
class Layers:
    """Where everything is. ``along`` grows in the direction of the flow, from 0.

    Attributes:
        across, along: the centre of each item.
        level: the level of each item.
        bands: for each level, where it begins and ends along the flow.
        order: for each level its items from low to high ``across``, without the long edges.
        bends: for each edge the points between the borders of its two items.
        width, length: the extent of it all across and along the flow.
    """

    across: list[float]
    along: list[float]
    level: list[int]
    bands: list[tuple[float, float]]
    order: list[list[int]]
    bends: dict[Edge, list[tuple[float, float]]]
    width: float
    length: float


@dataclass(slots=True)
class _Place:
    """What takes up room in a level: an item with those beside it, or a long edge passing through."""

    item: int
    before: int | None = None
    after: int | None = None
    low: float = 0.0
    high: float = 0.0
    weight: float = 1.0
    at: float = 0.0


def arrange(
    extents: Sequence[Extent],
    edges: Sequence[Edge],
    *,
    spacing: float,
    channel: float,
    beside: bool = False,
    on_top: frozenset[int] = frozenset(),
    leaving: frozenset[int] = frozenset(),
    early: bool = False,
) -> Layers:
    """Place items, numbered so that every edge goes from a lower to a higher number.

    Args:
        extents: the size of each item.
        edges: (source, target) pairs.
        spacing: the least distance of two items in a level.
        channel: the distance of two levels, through which edges run.
        beside: put an item that has no source and only one use on the level of that use.
        on_top: items that are to lie on the last level.
        leaving: items from which something leaves for higher ``across``: it should cross no edge of their neighbours.
        early: put what has sources on the first level that it can have, not close to its uses.
    """
    count = len(extents)
    edges = sorted(set(edges))
    sources: list[list[int]] = [[] for _ in range(count)]
    targets: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        sources[target].append(source)
        targets[source].append(target)
    level = _levels(sources, targets, on_top, early)
    company = _company(sources, targets, level) if beside else {}
    ranks = {value: rank for rank, value in enumerate(sorted(set(level)))}
    level = [ranks[value] for value in level]

    guests = {guest for pair in company.values() for guest in pair if guest is not None}
    places: list[list[_Place]] = [[] for _ in ranks]
    place_of: dict[int, _Place] = {}
    for item in range(count):
        if item not in guests:
            before, after = company.get(item, (None, None))
            half = extents[item].across / 2
            loose = not sources[item] and len(targets[item]) == 1
            place = _Place(item, before, after, half, half, _LOOSE if loose else 1.0)
            place.low += 0.0 if before is None else extents[before].across + spacing
            place.high += 0.0 if after is None else extents[after].across + spacing
            place_of[item] = place
            places[level[item]].append(place)
    lanes = _add_lanes(edges, level, places, place_of, guests)
    links = _links(edges, lanes, place_of, guests)
    _order(places, links)
    _let_pass(places, links, leaving)
    _position(places, links, spacing)

    across = [0.0] * count
    for item, place in place_of.items():
        across[item] = place.at
        if place.before is not None:
            across[place.before] = place.at - place.low + extents[place.before].across / 2
        if place.after is not None:
            across[place.after] = place.at + place.high - extents[place.after].across / 2
    bands = _bands(extents, level, channel)
    along = [sum(bands[level[item]]) / 2 for item in range(count)]
    order = [
        [i for place in row for i in (place.before, place.item, place.after) if i is not None and i >= 0]
        for row in places
    ]
    bends = {
        edge: [(lane.at, border) for lane, rank in zip(lanes[edge], range(level[edge[0]] + 1, level[edge[1]]))
               for border in bands[rank]]
        for edge in edges
    }  # fmt: skip
    width = max((place.at + place.high for row in places for place in row), default=0.0)
    return Layers(across, along, level, bands, order, bends, width, bands[-1][1] if bands else 0.0)


def _levels(
    sources: list[list[int]], targets: list[list[int]], on_top: frozenset[int], early: bool = False
) -> list[int]:
    """The longest path to each item, then each item close to its uses; if ``early`` only what has no source."""
    level = [0] * len(sources)
    for item, before in enumerate(sources):
        level[item] = max((level[source] + 1 for source in before), default=0)
    last = max(level, default=0)
    if on_top:
        last = max([level[item] + (item not in on_top) for item in range(len(level))], default=0)
    for item in on_top:
        level[item] = last
    for item in range(len(sources) - 1, -1, -1):
        if targets[item] and not (early and sources[item]):
            level[item] = min(level[target] for target in targets[item]) - 1
    return level


def _company(
    sources: list[list[int]], targets: list[list[int]], level: list[int]
) -> dict[int, tuple[int | None, int | None]]:
    """For each item the ones that stand before and after it, moved to its level."""
    company: dict[int, tuple[int | None, int | None]] = {}
    for item, before in enumerate(sources):
        free = [source for source in before if not sources[source] and targets[source] == [item]]
        if len(free) == len(before):
            free = free[1:]
        if free:
            company[item] = (free[0], free[1] if len(free) > 1 else None)
            for guest in free[:2]:
                level[guest] = level[item]
    return company


def _add_lanes(
    edges: Sequence[Edge],
    level: list[int],
    places: list[list[_Place]],
    place_of: dict[int, _Place],
    guests: set[int],
) -> dict[Edge, list[_Place]]:
    """An empty place in every level that an edge passes; edges of one source share it."""
    lanes: dict[Edge, list[_Place]] = {}
    shared: dict[tuple[int, int], _Place] = {}
    for source, target in edges:
        passed = []
        for rank in range(level[source] + 1, level[target]):
            lane = shared.get((source, rank))
            if lane is None:
                lane = shared[source, rank] = _Place(-1, low=_LANE / 2, high=_LANE / 2)
                places[rank].append(lane)
            passed.append(lane)
        lanes[source, target] = passed
    return lanes


_Links = dict[int, tuple[list[tuple[_Place, float]], list[tuple[_Place, float]]]]


def _links(
    edges: Sequence[Edge], lanes: dict[Edge, list[_Place]], place_of: dict[int, _Place], guests: set[int]
) -> _Links:
    """For each place its weighted neighbours below and above: long edges pull hardest, loose ends hardly."""
    sources = {source for source, _ in edges}
    targets = {target for _, target in edges}
    links: _Links = {}
    seen: set[tuple[int, int]] = set()
    for source, target in edges:
        if source in guests:
            continue
        chain = [place_of[source], *lanes[source, target], place_of[target]]
        for below, above in pairwise(chain):
            if (id(below), id(above)) not in seen:
                seen.add((id(below), id(above)))
                weight = 1.0 + (below.item < 0) + 2.0 * (below.item < 0 and above.item < 0) + (above.item < 0)
                up = weight * (_LOOSE if above.item >= 0 and above.item not in sources else 1.0)
                down = weight * (_LOOSE if below.item >= 0 and below.item not in targets else 1.0)
                links.setdefault(id(below), ([], []))[1].append((above, up))
                links.setdefault(id(above), ([], []))[0].append((below, down))
    return links


def _order(places: list[list[_Place]], links: _Links) -> None:
    """Order each level by the mean position of its neighbours, upwards and downwards in turn."""
    for row in places:
        for position, place in enumerate(row):
            place.at = float(position)
    for sweep in range(_ORDER_SWEEPS):
        side = sweep % 2
        for row in places if side == 0 else reversed(places):
            centres = {id(place): _centre(links.get(id(place), ([], []))[side], place.at) for place in row}
            row.sort(key=lambda place: centres[id(place)])
            for position, place in enumerate(row):
                place.at = float(position) - (len(row) - 1) / 2


def _let_pass(places: list[list[_Place]], links: _Links, leaving: frozenset[int]) -> None:
    """Move what is only left, and not used above, behind what has the same sources and is used above."""
    below = {name: {id(place) for place, _ in sides[0]} for name, sides in links.items()}
    used = {name for name, sides in links.items() if sides[1]}
    ends = {id(place) for row in places for place in row if place.item in leaving} - used
    for row in places:
        for first in range(len(row) - 2, -1, -1):
            for k in range(first, len(row) - 1):
                here, there = id(row[k]), id(row[k + 1])
                if here not in ends or there in ends or below.get(here) != below.get(there):
                    break
                row[k], row[k + 1] = row[k + 1], row[k]


def _position(places: list[list[_Place]], links: _Links, spacing: float) -> None:
    """Move each place towards its neighbours as far as its own level has room.

    The sweeps go up and down in turn, each looking back only, then some look both ways; the last one looks
    back again, so that whatever follows on one thing alone ends up straight above it.
    """
    for row in places:
        _fit(row, [0.0] * len(row), spacing)
    for sweep in range(_POSITION_SWEEPS):
        both = _POSITION_SWEEPS - _SETTLING <= sweep < _POSITION_SWEEPS - 1
        for row in places if sweep % 2 == 0 else reversed(places):
            wished = []
            for place in row:
                sides = links.get(id(place), ([], []))
                wished.append(_centre([*sides[0], *sides[1]] if both else sides[sweep % 2], place.at))
            _fit(row, wished, spacing)
    lowest = min((place.at - place.low for row in places for place in row), default=0.0)
    for row in places:
        for place in row:
            place.at -= lowest


def _centre(neighbours: list[tuple[_Place, float]], otherwise: float) -> float:
    weight = sum(w for _, w in neighbours)
    return sum(place.at * w for place, w in neighbours) / weight if weight else otherwise


def _fit(row: list[_Place], wished: list[float], spacing: float) -> None:
    distances = [left.high + spacing + right.low for left, right in pairwise(row)]
    for place, at in zip(row, separated(wished, distances, [place.weight for place in row])):
        place.at = at


def kept_within(places: Sequence[float], low: float, high: float) -> list[float]:
    """The places, moved together so that they lie between two bounds; if there is no room, from the lower one on."""
    if not places:
        return []
    shift = min(0.0, high - places[-1])
    shift += max(0.0, low - places[0] - shift)
    return [place + shift for place in places]


def separated(
    wished: Sequence[float], distances: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """The positions nearest to the wished ones, by least squares, that keep their order and the distances.

    Neighbours that touch form a pool and move as one (the pool-adjacent-violators algorithm).
    """
    offsets = [0.0, *accumulate(distances)][: len(wished)]
    pools: list[tuple[float, float, int]] = []  # (weighted sum of wishes, weight, number of members)
    for wish, offset, weight in zip(wished, offsets, weights or [1.0] * len(wished)):
        total, size = (wish - offset) * weight, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / weight:
            previous = pools.pop()
            total, weight, size = total + previous[0], weight + previous[1], size + previous[2]
        pools.append((total, weight, size))
    moved = [total / weight for total, weight, size in pools for _ in range(size)]
    return [shift + offset for shift, offset in zip(moved, offsets)]


def _bands(extents: Sequence[Extent], level: list[int], channel: float) -> list[tuple[float, float]]:
    heights: list[float] = [0.0] * (max(level, default=-1) + 1)
    for item, rank in enumerate(level):
        heights[rank] = max(heights[rank], extents[item].along)
    bands = []
    position = 0.0
    for height in heights:
        bands.append((position, position + height))
        position += height + channel
    return bands
