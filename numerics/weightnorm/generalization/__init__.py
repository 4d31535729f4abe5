"""Certificates of the population loss of trained WeightNorm networks, and what attacks them."""

from numerics.weightnorm.generalization.certificate import Certificate, HeldOut
from numerics.weightnorm.generalization.certify import METHODS, certify, certify_best, held_out
from numerics.weightnorm.generalization.choices import (
    Choices,
    NetworkClass,
    choices,
    network_class,
    rho_grid,
)
from numerics.weightnorm.generalization.classes import certify_classes
from numerics.weightnorm.generalization.complexity import (
    class_margin_complexity,
    confidence,
    expected_signed_sum,
    margin_complexity,
    row_margin_complexity,
    second_moment,
    signed_sum_bound,
    square_loss_complexity,
    square_loss_range,
    symmetrization_constant,
    top_eigenvalue_bound,
)
from numerics.weightnorm.generalization.linear import linear_part
from numerics.weightnorm.generalization.maps import (
    InputMap,
    centered,
    principal,
    raw,
    unit_sphere,
    with_constant,
    with_products,
)
from numerics.weightnorm.generalization.priors import Prior, prior_mean, prior_network
from numerics.weightnorm.generalization.recipe import (
    Recipe,
    aligned_network,
    recipe_for,
    train_for_certificate,
)
from numerics.weightnorm.generalization.vote import divergence_per_vote, vote_divergence

__all__ = [
    "METHODS",
    "Certificate",
    "Choices",
    "HeldOut",
    "InputMap",
    "NetworkClass",
    "Prior",
    "Recipe",
    "aligned_network",
    "centered",
    "certify",
    "certify_best",
    "certify_classes",
    "choices",
    "class_margin_complexity",
    "confidence",
    "divergence_per_vote",
    "expected_signed_sum",
    "held_out",
    "linear_part",
    "margin_complexity",
    "network_class",
    "principal",
    "prior_mean",
    "prior_network",
    "raw",
    "recipe_for",
    "rho_grid",
    "row_margin_complexity",
    "second_moment",
    "signed_sum_bound",
    "square_loss_complexity",
    "square_loss_range",
    "symmetrization_constant",
    "top_eigenvalue_bound",
    "train_for_certificate",
    "unit_sphere",
    "vote_divergence",
    "with_constant",
    "with_products",
]
