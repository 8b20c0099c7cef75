"""Arithmetic, exponentials, angles, and smooth activations."""

SLOPE = "ḡ is multiplied with the slope at each element."
PASSES = "ḡ passes unchanged."
FLAT = "The result is flat between its jumps: nothing goes back."

ELEMENTWISE: dict[str, tuple[str, ...]] = {
    # arithmetic
    "add": ("A sum hands ḡ on to both operands unchanged.", "ḡ", "ḡ"),
    "subtract": ("A difference hands ḡ on, to what is subtracted with its sign changed.", "ḡ", "−ḡ"),
    "multiply": ("Each factor receives ḡ times the other factor.", "ḡ · y", "ḡ · x"),
    "divide": ("The denominator divides what goes back.", "ḡ / y", "−ḡ · out / y"),
    "floor_divide": (FLAT, "0", "0"),
    "remainder": ("Between its jumps it is x less a multiple of y.", "ḡ", "−ḡ · (x − out) / y"),
    "fmod": ("Between its jumps it is x less a multiple of y.", "ḡ", "−ḡ · (x − out) / y"),
    "power": ("The power rule for the base, the exponential one for y.", "ḡ · y · x^(y − 1)", "ḡ · x^y · log(x)"),
    "power_log": (
        "A power times a power of the logarithm.",
        "ḡ · (y · log(x) + {times}) · x^(y − 1) · log(x)^({times} − 1)",
        "ḡ · x^y · log(x)^({times} + 1)",
    ),
    "negative": ("ḡ changes its sign.", "−ḡ"),
    "reciprocal": (SLOPE, "−ḡ · out²"),
    "square": (SLOPE, "ḡ · 2 · x"),
    "hypot": ("Each side receives ḡ times its share of the length.", "ḡ · x / √(x² + y²)", "ḡ · y / √(x² + y²)"),
    "cosine": (
        "The cosine changes with the square of the sine.",
        "ḡ · y² / (x² + y²)^1.5",
        "−ḡ · x · y / (x² + y²)^1.5",
    ),
    "ratio": ("The denominator divides what goes back.", "ḡ / y", "−ḡ · out / y"),
    "leg": (SLOPE, "−ḡ · x / out"),
    "identity": (PASSES, "ḡ"),
    "astype": ("ḡ passes, in the type of the operand.", "ḡ"),
    # exponentials, logarithms, roots
    "exp": ("The slope of an exponential is its own value.", "ḡ · out"),
    "exp2": ("The slope of a power of 2 is its own value times log 2.", "ḡ · out · log(2)"),
    "expm1": (SLOPE, "ḡ · exp(x)"),
    "log": (SLOPE, "ḡ / x"),
    "log1p": (SLOPE, "ḡ / (1 + x)"),
    "log2": (SLOPE, "ḡ / (x · log(2))"),
    "log10": (SLOPE, "ḡ / (x · log(10))"),
    "logaddexp": ("Each operand receives its share of the exponentials.", "ḡ · sigmoid(x − y)", "ḡ · sigmoid(y − x)"),
    "logaddexp2": (
        "Each operand receives its share of the powers of 2.",
        "ḡ · sigmoid((x − y) · log(2))",
        "ḡ · sigmoid((y − x) · log(2))",
    ),
    "gap": ("A difference hands ḡ on, to what is subtracted with its sign changed.", "ḡ", "−ḡ"),
    "sqrt": (SLOPE, "ḡ / (2 · out)"),
    "cbrt": ("Infinitely steep at 0.", "ḡ / (3 · out²)"),
    "sinh": (SLOPE, "ḡ · cosh(x)"),
    "cosh": (SLOPE, "ḡ · sinh(x)"),
    "tanh": ("Steepest at 0, flat where tanh is near −1 or 1: there the gradient vanishes.", "ḡ · (1 − out²)"),
    "tanh_slope": (SLOPE, "−ḡ · 2 · out · tanh(x)"),
    "arcsinh": (SLOPE, "ḡ / √(x² + 1)"),
    "arccosh": (SLOPE, "ḡ / √(x² − 1)"),
    "arctanh": (SLOPE, "ḡ / (1 − x²)"),
    # angles
    "sin": (SLOPE, "ḡ · cos(x)"),
    "cos": (SLOPE, "−ḡ · sin(x)"),
    "tan": (SLOPE, "ḡ · (1 + out²)"),
    "arcsin": (SLOPE, "ḡ / √(1 − x²)"),
    "arccos": (SLOPE, "−ḡ / √(1 − x²)"),
    "arctan": (SLOPE, "ḡ / (1 + x²)"),
    "arctan2": ("The angle turns fastest across the ray, near the origin.", "ḡ · x / (x² + y²)", "−ḡ · y / (x² + y²)"),
    # smooth activations
    "erf": ("The slope is a bell curve.", "ḡ · 2 / √π · exp(−x²)"),
    "erfc": ("The slope is a bell curve upside down.", "−ḡ · 2 / √π · exp(−x²)"),
    "bell": (SLOPE, "−ḡ · 2 · {scale} · x · out"),
    "sigmoid": ("At most a quarter of ḡ passes, and nothing where it is near 0 or 1.", "ḡ · out · (1 − out)"),
    "log_sigmoid": (SLOPE, "ḡ · sigmoid(−x)"),
    "softplus": ("The slope of softplus is the sigmoid.", "ḡ · sigmoid(x)"),
    "silu": (SLOPE, "ḡ · s · (1 + x · (1 − s)), s = sigmoid(x)"),
    "gelu": (SLOPE,),  # two forms, see special.py
    "softmax": (
        "What raises one share lowers the others: the mean of ḡ, weighted with the shares, is taken away.",
        "out · (ḡ − Σ(ḡ · out))",
    ),
    "shares": (
        "What raises one share lowers the others: the mean of ḡ, weighted with the shares, is taken away.",
        "out · (ḡ − Σ(ḡ · out))",
    ),
    "log_softmax": ("What raises one logarithm lowers the others by their shares.", "ḡ − softmax(x) · Σ(ḡ)"),
}  # fmt: skip
