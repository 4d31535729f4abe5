"""G3 with the union G6: the margin certificate of the 0-1 error, free of width and of depth.

P(y f <= 0) <= P_n ramp(y f/gamma) + c_n rho R2/sqrt(n) + conf(n, K, delta)
with rho = kappa nu1/gamma.
"""

from __future__ import annotations

from numerics.errors import NumericsError
from numerics.weightnorm.generalization.certificate import Certificate
from numerics.weightnorm.generalization.choices import Choices, NetworkClass
from numerics.weightnorm.generalization.complexity import confidence, margin_complexity
from numerics.weightnorm.generalization.directed import down, up
from numerics.weightnorm.generalization.sample import (
    Sample,
    certificate_of,
    check_signs,
    ramp_above,
)


def margin_certificate(sample: Sample, choices: Choices, delta: float) -> Certificate:
    """The best rho of the grid; gamma = kappa nu1/rho is read off after training, for free."""
    check_signs(sample.y)
    union = choices.count("rho", "classes", "maps")
    conf = confidence(sample.n, union[0], delta)
    scale = up(class_gain(sample.family) * sample.nu1, 1)
    found = []
    for rho in choices.rho:
        empirical = ramp_above(sample, down(rho / scale, 1))
        complexity = margin_complexity(sample.n, rho, sample.input_map.radius)
        found.append((up(empirical + complexity + conf, 2), rho, empirical, complexity))
    bound, rho, empirical, complexity = min(found)
    return certificate_of(
        sample,
        "G3, G6: margin",
        bound=bound,
        empirical=empirical,
        complexity=complexity,
        confidence=conf,
        delta=delta,
        union=union,
        rho=rho,
        margin=scale / rho,
    )


def class_gain(family: NetworkClass) -> float:
    """kappa of the class (with T17's factor if not odd); refuses the inner class of all widths."""
    if family.placement == "inner" and family.widths is None:
        raise NumericsError(
            argument="choices.classes",
            found=f"{family.describe()}: contraction does not cover all widths at once there",
            accepted="classes that name their widths, one for each width tried",
        )
    return family.gain()
