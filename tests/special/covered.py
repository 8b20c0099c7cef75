"""Which names of minigrad have no entry in these tables, and why not."""

from __future__ import annotations

REASONS = {
    "linear: elements are moved, copied or added, and no operand is looked at": """
        append array_split atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to column_stack compress
        concatenate cumulative_sum delete diag diagflat diagonal diff dsplit dstack ediff1d expand_dims extract flip
        fliplr flipud from_diagonal getitem hsplit hstack meshgrid moveaxis pad partition ravel repeat reshape roll
        rot90 scatter sort split squeeze stack swapaxes take take_along_axis take_rows tile trace transpose
        matrix_transpose tril triu unstack vsplit vstack at_set at_add pick place set_moving add_moving zero""",
    "no derivative: the result is made of integers or booleans": """
        all any argmax argmin argpartition argsort bitwise_and bitwise_or bitwise_xor equal greater greater_equal invert
        isfinite is_last isinf isnan less less_equal logical_and logical_not logical_or logical_xor not_equal one_hot
        piece""",
    "products: linear in every operand": """
        convolve correlate cross dot einsum inner kron linear matmul matvec multi_dot outer tensordot vdot vecdot
        vecmat""",
    "parts of functions that have an entry": """
        cofactors_along cofactors_along_both eigenvalues eigenvectors log_of_det sign_of_det singular_values
        singular_vectors""",
    "a product with a mask": """dropout""",
    "composed of functions that have an entry, without a choice of its own": """
        cumulative_prod interp ptp select trapezoid""",
}
ELSEWHERE = {name: reason for reason, names in REASONS.items() for name in names.split()}
