"""Rules of what moves, joins, picks and places elements without changing them."""

BACK = "Elements only moved: ḡ moves back."
PICKED = "What was picked receives ḡ, all else receives 0."

PLACES: dict[str, tuple[str, ...]] = {
    "reshape": (BACK, "ḡ in the shape of {name}"),
    "expand_dims": (BACK, "ḡ in the shape of {name}"),
    "squeeze": (BACK, "ḡ in the shape of {name}"),
    "transpose": (BACK, "ḡ with its axes permuted back"),
    "swapaxes": (BACK, "ḡ with axes {axis1} and {axis2} exchanged back"),
    "flip": (BACK, "ḡ in reverse order again"),
    "roll": (BACK, "ḡ rolled back by {shift}"),
    "pad": ("The border is constant; what lies inside receives its part of ḡ.", "the inside of ḡ, without the border"),
    "concatenate": ("Each operand receives the part of ḡ that it filled.", "the part of ḡ that {name} filled"),
    "stack": ("Each operand receives the slice of ḡ that it filled.", "the slice of ḡ that {name} filled"),
    "diagonal": (PICKED, "zeros, with ḡ on the diagonal"),
    "from_diagonal": ("Only the diagonal depends on the operand.", "the diagonal of ḡ"),
    "tril": (PICKED, "tril(ḡ, {k})"),
    "triu": (PICKED, "triu(ḡ, {k})"),
    "getitem": (PICKED, "zeros, with ḡ added at the index"),
    "take_rows": (
        "The rows that were read receive ḡ, as often as they were read.",
        "zeros, with ḡ added to the rows that were read",
        "",
    ),
    "scatter": ("Each element receives ḡ from where it was added.", "ḡ at the index"),
    "at_set": (
        "What was written receives ḡ where it was written; what it replaced receives nothing.",
        "ḡ, with zeros at the index",
        "ḡ at the index, summed where the value was repeated",
    ),
    "at_add": (
        "A sum hands ḡ on to both: to what was added from where it was added.",
        "ḡ",
        "ḡ at the index, summed where the value was repeated",
    ),
    "pick": (PICKED, "zeros, with ḡ added at the index", ""),
    "place": ("Each element receives ḡ from where it was added.", "ḡ at the index", ""),
    "set_moving": (
        "What was written receives ḡ where it was written; what it replaced receives nothing.",
        "ḡ, with zeros at the index",
        "ḡ at the index, summed where the value was repeated",
        "",
    ),
    "add_moving": (
        "A sum hands ḡ on to both: to what was added from where it was added.",
        "ḡ",
        "ḡ at the index, summed where the value was repeated",
        "",
    ),
}  # fmt: skip
