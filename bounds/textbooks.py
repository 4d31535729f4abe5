"""Which textbook proves each fact at the leaves of the derivations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TEXTBOOKS", "textbook"]

_BY_BOOK = {
    "Rudin, Principles of Mathematical Analysis": (
        "chain_rule lipschitz projection taylor compound_interest logarithm_above logarithm_below "
        "logarithm_window exponential_remainder largest_value superposition relu.linear_in_gains "
        "relu.relu_lipschitz relu.jump relu.arcsine_series telescoping"
    ),
    "Rudin, Real and Complex Analysis": (
        "parseval jensen minkowski hoelder jensen_supremum l1_dual norm_sum"
    ),
    "Horn and Johnson, Matrix Analysis": (
        "frobenius block_diagonal rayleigh schur_test chain_eigenvalue pythagoras "
        "cauchy_schwarz_inequality relu.schur_product relu.lines relu.operator_triangle"
    ),
    "Hardy, Littlewood and Polya, Inequalities": (
        "arithmetic_geometric reverse_hoelder convex_maximum"
    ),
    "Hartman, Ordinary Differential Equations": "gronwall relu.continuity",
    "Rockafellar, Convex Analysis": "convex_comparison convex_descent convex_tangent",
    "Cover and Thomas, Elements of Information Theory": (
        "gibbs kl_maximum binary_divergence gaussian_divergence"
    ),
    "Ledoux and Talagrand, Probability in Banach Spaces, Theorem 4.12": "ledoux_talagrand",
    "Tropp, User-friendly tail bounds for sums of random matrices, Theorem 1.1": (
        "relu.matrix_chernoff"
    ),
    "Boucheron, Lugosi and Massart, Concentration Inequalities": (
        "relu.chernoff_scalar relu.chi_square relu.bernstein exponential_of_signs mcdiarmid "
        "hoeffding union self_bounding_tail"
    ),
    "Feller, An Introduction to Probability Theory and Its Applications": (
        "central_walk wallis sign_moments derandomized"
    ),
    "Shalev-Shwartz and Ben-David, Understanding Machine Learning": (
        "ghost_sample symmetrization_twice"
    ),
    "Adler and Taylor, Random Fields and Geometry": "sudakov_fernique",
    "Maurer, A note on the PAC-Bayesian theorem": "pac_bayes_kl",
    "Stefanski, A normal scale mixture representation of the logistic distribution": (
        "logistic_mixture"
    ),
    "Casella and Berger, Statistical Inference": "binomial_tail",
    "Bartlett, Foster and Telgarsky, Spectrally-normalized margin bounds": "spectral_covering",
    "Vershynin, High-Dimensional Probability": (
        "relu.uniform_in_the_plane relu.geodesic relu.latitude"
    ),
    "Chavel, Eigenvalues in Riemannian Geometry": "relu.poincare",
}

#: fact -> book
TEXTBOOKS: Mapping[str, str] = MappingProxyType(
    {name: book for book, names in _BY_BOOK.items() for name in names.split()}
)


def textbook(fact: str) -> str:
    """The book of a fact; of one from outside, that it is taken for known."""
    return TEXTBOOKS.get(fact, "taken for known")
