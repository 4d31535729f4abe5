"""Enclosures of eigenvalues in balls and intervals."""

from tests.mutants.mistakes import area

BOUNDS, VERIFY = "bounds/balls.py", "verify/balls/spectrum.py"
INTERVAL = "bounds/interval/eigenvalue.py"
WIDE = "tests/bounds/test_wide_matrices.py"
NORM = "tests/verify/balls/test_wide_matrices.py"
m = area("eigenvalues", WIDE, "tests/bounds/test_truth.py", "tests/bounds/test_functions.py",
         "tests/bounds/test_interval.py")

MUTANTS = (
    m("balls_taken_at_their_middle", BOUNDS,
      "flint.arb(next(entries))", "flint.arb(next(entries)).mid()", sheet="A"),
    m("a_level_accepted_without_pivots", BOUNDS, "if _below(rows, candidate):", "if True:",
      sheet="A"),
    m("pivots_that_may_be_negative", BOUNDS, "if not pivot > 0:", "if pivot <= 0:", sheet="A"),
    m("the_lower_end_left_out", BOUNDS, "return lower.union(upper)", "return upper", sheet="A"),
    m("row_sums_with_signs", BOUNDS, "sums = [sum((abs(entry) for entry in row)",
      "sums = [sum((entry for entry in row)", kind="guarded", sheet="A"),
    m("the_pivots_of_the_diagonal_alone", BOUNDS,
      "for i in range(k + 1, len(work)):", "for i in range(k + 1, k + 1):", sheet="A"),
    m("the_norm_without_cholesky", VERIFY,
      "if upper.is_finite() and all(_positive_definite(matrix, upper, sign) for sign in (1, -1)):",
      "if upper.is_finite():", NORM, sheet="A"),
    m("the_norm_of_one_sign_alone", VERIFY, "for sign in (1, -1)", "for sign in (1,)", NORM,
      sheet="A"),
    m("the_norm_with_pivots_that_may_be_negative", VERIFY,
      "if not a[k][k] > 0:", "if a[k][k] <= 0:", NORM, sheet="A"),
    m("the_frobenius_norm_without_its_root", VERIFY,
      "frobenius = squares.nonnegative_part().sqrt()", "frobenius = squares.nonnegative_part()",
      NORM),
    m("the_lower_end_of_the_norm_is_its_upper", VERIFY,
      "return lower.abs_lower().union(upper)", "return lower.abs_upper().union(upper)", NORM),
    m("a_norm_that_is_not_finite_is_zero", VERIFY, "return arb.nan()", "return arb(0)", NORM,
      "tests/verify/balls/test_spectrum.py"),
    m("intervals_without_their_width_above", INTERVAL,
      "(first + radius @ np.abs(V) * (1 + _error(k)))", "first", sheet="A"),
    m("intervals_without_their_width_below", INTERVAL,
      "slack = (size * (error + spread + more)[..., 0])", "slack = (size * error[..., 0])",
      sheet="A"),
    m("a_skew_basis_taken_for_orthogonal", INTERVAL,
      "divisor = np.where(value > 0, (1 - skew) * (1 - 4 * _UNIT),",
      "divisor = np.where(value > 0, 1.0,", kind="rounding"),
    m("perron_without_sizes", INTERVAL, "sizes = np.maximum(np.abs(low), np.abs(high))",
      "sizes = middle", sheet="A"),
    m("scaled_back_by_the_wrong_power", INTERVAL,
      "below = np.nextafter(np.ldexp(below, exponent), -np.inf)",
      "below = np.nextafter(np.ldexp(below, -exponent), -np.inf)"),
)  # fmt: skip
