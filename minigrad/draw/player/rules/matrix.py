"""Products and functions of matrices, and the cross-entropy."""

MATRIX: dict[str, tuple[str, ...]] = {
    "matmul": ("Each factor receives ḡ times the other one transposed, on the side where that stands.",),
    "linear": ("Each factor receives ḡ times the other one transposed; the sum hands ḡ on to b unchanged.",),
    "einsum": ("Each factor receives ḡ times the other one, summed over the labels that it lacks.",),
    "inv": ("Changing a matrix changes its inverse on both sides.", "−outᵀ @ ḡ @ outᵀ"),
    "pinv": (
        "As for an inverse; and what lies outside the range of a matrix counts too, on both sides.",
        "(I − x @ out) @ A + B @ (I − out @ x) − outᵀ @ ḡ @ outᵀ, A = ḡᵀ @ out @ outᵀ, B = outᵀ @ out @ ḡᵀ",
    ),
    "solve": (
        "ḡ goes back through the system with the transposed matrix.",
        "−solve(aᵀ, ḡ) @ outᵀ",
        "solve(aᵀ, ḡ)",
    ),
    "det": ("Each element receives ḡ times its cofactor.", "ḡ · cofactors(x)"),
    "cofactors": (
        "The cofactors are the determinant times the transposed inverse.",
        "(Σ(ḡ · out) · out − out @ ḡᵀ @ out) / det(x)",
    ),
    "cofactors_along": (
        "The derivative of the cofactors is differentiated once more; its matrix is symmetric.",
        "cofactors_along_both(x, ḡ, h)",
        "cofactors_along(x, ḡ)",
    ),
    "cofactors_along_both": (
        "The derivative of the cofactors is differentiated twice more, along any two of three directions.",
        "by the fourth derivative of det, along g, h and ḡ",
        "cofactors_along_both(x, ḡ, h)",
        "cofactors_along_both(x, g, ḡ)",
    ),
    "sign_of_det": ("The sign is flat: nothing goes back.", "0"),
    "log_of_det": ("The derivative of log det is the transposed inverse.", "ḡ · inv(x)ᵀ"),
    "cholesky": (
        "ḡ goes back through two triangular systems (Murray 2016), and is made symmetric.",
        "(S + Sᵀ) / 2, S = L⁻ᵀ @ P @ L⁻¹, L = out, P = the lower triangle of Lᵀ @ ḡ with half its diagonal",
    ),
    "eigenvalues": ("Values receive ḡ along their vectors.", "v @ diag(ḡ) @ vᵀ", ""),
    "singular_values": ("Values receive ḡ along their vectors.", "u @ diag(ḡ) @ vh", ""),
    "singular_vectors": (
        "Each pair of vectors turns into all others, most into those whose values are close to its own.",
        "U @ vh of out + u of out @ Vᵀ, U and V = (s − [0, x; xᵀ, 0])⁺ @ ḡ",
        "",
    ),
    "eigenvectors": (
        "Each vector turns into all others, most into those whose values are close to its own.",
        "sym(v @ (vᵀ @ ḡ / gaps) @ outᵀ), gaps = w of out − w[:, None]",
        "",
    ),
    "eigh": (
        "Values receive ḡ along their vectors; vectors turn into each other, most where two values are close.",
        "v @ (diag(ḡ of w) + (A − Aᵀ) / (2 · gaps)) @ vᵀ, A = vᵀ @ (ḡ of v), gaps = w − w[:, None]",
    ),
    "svd": (
        "Values receive ḡ along their vectors; vectors turn into each other, most where two values are close.",
        "u @ (diag(ḡ of s) + (A − Aᵀ) / gaps · s + s[:, None] · (Bᵀ − B) / gaps) @ vh + what leaves u and vh, "
        "A = uᵀ @ (ḡ of u), B = (ḡ of vh) @ vhᵀ, gaps = s² − s[:, None]²",
    ),
    "cross_entropy": ("The error: the predicted probabilities, less 1 for the class that was right.",),
    "soft_cross_entropy": (
        "The error: the predicted probabilities less the given ones.",
        "ḡ[…, None] · (softmax(logits) · Σ(targets) − targets)",
        "−ḡ[…, None] · log_softmax(logits)",
    ),
}
