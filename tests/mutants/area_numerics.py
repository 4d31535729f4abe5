"""Certified quantities: enclosures, error bounds, norms of Hessians and losses."""

from tests.mutants.mistakes import area

CURVE = "numerics/weightnorm/curvature"
LOSS, GRADIENTS = f"{CURVE}/loss.py", "numerics/weightnorm/gradients.py"
KERNEL = "numerics/weightnorm/tangent_kernel.py"
SPECTRAL, ENCLOSURE = "numerics/weightnorm/spectral.py", "numerics/enclosure.py"
HESSIAN = "tests/numerics/test_loss_hessian.py"
CERT = "tests/numerics/test_certificates.py"
DECIDES = "tests/numerics/test_certificate_decides.py"
FIRST, SECOND = "tests/numerics/test_first_order.py", "tests/numerics/test_second_order.py"
CONTRADICT = "tests/numerics/test_contradictions.py"
RANGE = "tests/numerics/test_range.py"
REDUCED = "tests/numerics/test_reduced.py"
NORMS = "tests/numerics/test_norms.py"
SIGNS = "tests/numerics/test_both_signs.py"
BAD = "tests/numerics/test_bad_entries.py"
m = area("numerics", DECIDES, CERT, REDUCED, SECOND)

MUTANTS = (
    m("the_largest_residual_term_for_their_sum", LOSS,
      "bent = (residual * single + ETA).sum(-1) *", "bent = (residual * single + ETA).amax(-1) *",
      HESSIAN, CONTRADICT, sheet="A"),
    m("the_loss_hessian_without_its_residuals", LOSS,
      "total = kernel_ends(network, inputs.x)[1] + bent", "total = kernel_ends(network, inputs.x)[1]",
      HESSIAN, CONTRADICT, sheet="A"),
    m("the_largest_block_of_the_gram_matrix", KERNEL,
      "torch.maximum(lower, low), upper + high", "torch.maximum(lower, low), torch.maximum(upper, high)",
      HESSIAN, "tests/numerics/test_large_paths.py", sheet="A"),
    m("the_loss_hessian_of_one_sign", LOSS, "steps=steps, tolerance=tolerance):",
      "steps=steps, tolerance=tolerance)[:1]:", HESSIAN),
    m("the_loss_hessian_below_without_its_errors", LOSS,
      "(total.value.abs() - error) / norm", "total.value.abs() / norm", HESSIAN, DECIDES, RANGE,
      kind="rounding"),
    m("the_gram_matrix_without_projections", KERNEL,
      "gram = gram + inner - torch.matmul(along, along.mT)", "gram = gram + inner", HESSIAN,
      kind="observable"),
    m("a_contradiction_is_hidden", ENCLOSURE,
      "    if bool((lower <= upper).all()):\n        return",
      "    if bool((lower <= upper).any()):\n        return", CONTRADICT, sheet="A"),
    m("a_contradiction_is_smoothed_over", ENCLOSURE,
      "    return Enclosure(lower, upper, Quality.ENCLOSURE, method)",
      "    return Enclosure(lower, torch.maximum(upper, lower), Quality.ENCLOSURE, method)",
      CONTRADICT, sheet="A"),
    m("what_is_not_sound_is_certified", ENCLOSURE,
      "if sound is not None and not bool(sound.all()):", "if False:", BAD),
    m("an_enclosure_without_its_radius", ENCLOSURE,
      "radius = 1.01 * radius + 4.0 * UNIT * value.abs() + TINY",
      "radius = 0.0 * radius + TINY", CERT, FIRST, RANGE, kind="rounding"),
    m("half_the_radius", ENCLOSURE, "radius = 1.01 * radius + 4.0", "radius = 0.5 * radius + 4.0",
      DECIDES, CERT, RANGE, kind="rounding"),
    m("two_proofs_that_contradict", f"{CURVE}/decision.py", "    if bool(both.any()):", "    if False:",
      CONTRADICT, sheet="A"),
    m("certified_for_one_sign", f"{CURVE}/decision.py",
      "proved &= _below(data, level).reshape(copies, -1).all(0)",
      "proved &= _below(data, level).reshape(copies, -1).any(0)"),
    m("certified_by_a_crude_bound_above", f"{CURVE}/decision.py",
      "(below >= data.crude)", "(below <= data.crude)"),
    m("certified_below_zero", f"{CURVE}/decision.py", "    proved = proved & (level >= 0)\n", ""),
    m("a_level_without_the_datas_errors", f"{CURVE}/decision.py",
      "mu = (below - data.perturbation) * (1.0 - 4.0 * UNIT)", "mu = below * (1.0 - 4.0 * UNIT)",
      DECIDES, kind="rounding"),
    m("the_form_without_the_other_sign", f"{CURVE}/form.py",
      "replace(y, bend=-y.bend, radial=-y.radial, own=-y.own, link=-y.link)",
      "replace(y, bend=-y.bend, radial=y.radial, own=-y.own, link=-y.link)", SIGNS,
      kind="guarded"),  # radial enters every certificate as a square
    m("the_form_of_minus_f_turns_with_f", f"{CURVE}/form.py",
      "replace(y, bend=-y.bend, radial=-y.radial, own=-y.own, link=-y.link)",
      "replace(y, bend=-y.bend, radial=-y.radial, own=y.own, link=-y.link)", SIGNS, REDUCED),
    m("the_form_of_minus_f_bends_with_f", f"{CURVE}/form.py",
      "replace(y, bend=-y.bend, radial=-y.radial, own=-y.own, link=-y.link)",
      "replace(y, bend=y.bend, radial=-y.radial, own=-y.own, link=-y.link)", SIGNS, REDUCED),
    m("rows_without_a_complement", f"{CURVE}/form.py", "return self.inputs >= 3", "return False"),
    m("a_complement_of_the_wrong_sign", f"{CURVE}/form.py",
      "return layer.link.square() / (mu - layer.own)", "return layer.link.square() / (mu + layer.own)"),
    m("cholesky_without_its_own_error", "numerics/linalg/cholesky.py",
      "shift = 1.01 * (error + factorization_error(diagonal))", "shift = 1.01 * error", DECIDES,
      "tests/linalg", kind="rounding"),
    m("cholesky_that_failed_is_a_proof", "numerics/linalg/cholesky.py",
      "proved = (info == 0) & torch.isfinite(shift) & ((pivots > 0) & torch.isfinite(pivots)).all(-1)",
      "proved = torch.isfinite(shift)"),
    m("the_level_of_the_estimate_alone", SPECTRAL,
      "upper = torch.where(open_ & proved, mu, upper)", "upper = torch.where(open_, mu, upper)",
      DECIDES, CERT, HESSIAN, kind="rounding"),
    m("spectral_norm_below_without_error", SPECTRAL,
      "lower = (lower - (k + short.shape[-2]) * UNIT * squared.sqrt()).clamp_min(0.0)",
      "lower = lower * (1 + 1e-12)", CERT, DECIDES, kind="rounding"),
    m("a_gradient_without_its_errors", GRADIENTS,
      "return GradientNorms(value, wrong.sqrt() + rounding * value,",
      "return GradientNorms(value, 0.0 * value,", FIRST, RANGE, DECIDES, kind="rounding"),
    m("a_gradient_without_the_last_layer", GRADIENTS,
      "squared, plain = last.square(), last.square()", "squared, plain = 0 * last.square(), last.square()",
      FIRST),
    m("a_loss_gradient_without_projection", GRADIENTS,
      "return outer - (outer * rows).sum(-1, keepdim=True) * rows", "return outer", FIRST),
    m("the_mean_of_residuals_is_their_sum", GRADIENTS,
      "coefficient = 2.0 * residual.value / n", "coefficient = 2.0 * residual.value", FIRST),
    m("norms_without_rounding", "numerics/norms.py",
      "error = 0.0 if k == 1 else (0.5 * k + 4.0) * UNIT", "error = 0.0", NORMS, kind="rounding"),
    m("norms_of_single_numbers_signed", "numerics/norms.py",
      "value = scaled[..., 0].abs() if k == 1", "value = scaled[..., 0] if k == 1", NORMS),
    m("a_mean_without_its_count", "numerics/norms.py",
      "scaled.abs().mean(-1)", "scaled.abs().sum(-1)", NORMS),
    m("outer_and_inner_swapped", "numerics/weightnorm/network.py",
      'return 1.0 / math.sqrt(self.widths[layer]) if self.placement == "inner" else 1.0',
      'return 1.0 / math.sqrt(self.widths[layer]) if self.placement == "outer" else 1.0',
      "tests/numerics/test_network.py"),
    m("perturbation_without_the_layers_below", f"{CURVE}/perturbation.py",
      "total = 1.01 * (total + y_error)", "total = 1.01 * largest(errors[-1].own)", DECIDES,
      kind="rounding"),
    m("a_class_with_half_its_starts", "numerics/weightnorm/rademacher.py",
      "suprema = reached.reshape(len(epsilon), restarts).amax(-1)",
      "suprema = reached.reshape(len(epsilon), restarts).sum(-1)",
      "tests/numerics/test_rademacher.py"),
    m("a_mean_over_sampled_signs_rounded_up", "numerics/weightnorm/rademacher.py",
      "(1.0 - (len(suprema) + 8.0) * UNIT)", "(1.0 + (len(suprema) + 8.0) * UNIT)",
      "tests/numerics/test_rademacher.py", kind="rounding"),
)  # fmt: skip
