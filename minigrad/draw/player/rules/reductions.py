"""Sums, means, extremes, products along axes; and what repeats elements, which a sum takes back."""

TIES = "The largest element receives ḡ, the others nothing."

REDUCTIONS: dict[str, tuple[str, ...]] = {
    "sum": ("Every element of a sum receives the same ḡ.", "ḡ, repeated over the summed axes"),
    "mean": ("Every element receives the same share of ḡ.", "ḡ / {count}, repeated over the averaged axes"),
    "var": ("Elements far from the mean receive most.", "ḡ · 2 · (x − mean(x)) / {freedom}"),
    "std": ("Elements far from the mean receive most.", "ḡ · (x − mean(x)) / ({freedom} · out)"),
    "deviation": ("What is taken from the mean is taken from ḡ too.", "ḡ − mean(ḡ)"),
    "direction": ("Only what is across the direction turns it.", "(ḡ − out · Σ(ḡ · out)) / √(Σ(x²))"),
    "max": (TIES, "ḡ where x is the largest, shared evenly by ties, else 0"),
    "min": (TIES.replace("largest", "smallest"), "ḡ where x is the smallest, shared evenly by ties, else 0"),
    "logsumexp": ("Each element receives its share of the sum of exponentials.", "ḡ · exp(x − out)"),
    "norm": ("ḡ goes back along the direction of the vector.",),  # by its order, see special.py
    "prod": ("Each factor receives ḡ times the product of the others.", "ḡ · the product of the other elements"),
    "cumsum": (
        "An element is part of every later sum, and receives ḡ from all of them.",
        "the sum of ḡ from each element on, along axis {axis}",
    ),
    "cumprod": (
        "An element is a factor of every later product, and receives ḡ from all of them.",
        "the sum, over the products from each element on, of ḡ times their other factors, along axis {axis}",
    ),
    "broadcast_to": ("What was repeated receives ḡ from all its copies.", "ḡ, summed over the repeated axes"),
    "tile": ("What was repeated receives ḡ from all its copies.", "ḡ, summed over the {reps} copies"),
    "repeat": ("What was repeated receives ḡ from all its copies.", "ḡ, summed over the {count} copies in a row"),
}
