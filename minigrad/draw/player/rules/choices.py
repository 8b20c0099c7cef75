"""Kinks, jumps and choices."""

from .elementwise import FLAT

CHOSEN = "What was chosen receives ḡ, the other receives nothing."

CHOICES: dict[str, tuple[str, ...]] = {
    "abs": ("ḡ passes, with its sign changed where x is negative.", "ḡ · sign(x)"),
    "sign": (FLAT, "0"),
    "floor": (FLAT, "0"),
    "ceil": (FLAT, "0"),
    "round": (FLAT, "0"),
    "trunc": (FLAT, "0"),
    "zero": (FLAT, "0"),
    "maximum": (
        CHOSEN,
        "ḡ where x > y, half of it where equal, else 0",
        "ḡ where y > x, half of it where equal, else 0",
    ),
    "minimum": (
        CHOSEN,
        "ḡ where x < y, half of it where equal, else 0",
        "ḡ where y < x, half of it where equal, else 0",
    ),
    "clip": (
        "Inside the limits ḡ passes; outside, the limit that took the element's place receives it.",
        "ḡ where low ≤ x and x ≤ high, else 0",
        "ḡ where x < low and low ≤ high, else 0",
        "ḡ where x > high or low > high, else 0",
    ),
    "where": (CHOSEN, "", "ḡ where condition, else 0", "0 where condition, else ḡ"),
    "relu": ("Open where the element is positive, closed elsewhere.", "ḡ where out ≠ 0, else 0"),
    "leaky_relu": ("Open where the element is positive, nearly closed elsewhere.", "ḡ where x > 0, else {slope} · ḡ"),
    "elu": ("Open where the element is positive, fading elsewhere.", "ḡ where x > 0, else ḡ · {alpha} · exp(x)"),
}
