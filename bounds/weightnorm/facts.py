"""Textbook facts that only the WeightNorm derivations use: cited, not re-proved."""

from __future__ import annotations

from bounds.facts import Fact

__all__ = ["FACTS"]

FACTS = (
    Fact(
        "parseval",
        "Parseval: the mean of ||U(z)||^2 over |z| = rho is the sum of rho^(2k) ||u_k||^2",
        r"\frac{1}{2\pi}\int_0^{2\pi}\|\sum_k u_k \rho^k e^{ik\theta}\|^2 d\theta"
        r" = \sum_k \rho^{2k}\|u_k\|^2",
    ),
    Fact(
        "arithmetic_geometric",
        "the inequality of arithmetic and geometric means",
        r"\prod_{l=1}^{L}(1+z_l) \le \left(1+\tfrac{1}{L}\textstyle\sum_l z_l\right)^L",
    ),
    Fact(
        "superposition",
        "the features depend linearly on x and on the offsets of the layers for given slopes, so "
        "a bound for phi(0) = 0 adds up over the sources",
        r"u = \sum_j u^{(j)},\quad \|u\| \le \sum_j \|u^{(j)}\|",
    ),
    Fact(
        "hoelder",
        "Hoelder's inequality with exponents 1/u and 1/v, u + v = 1",
        r"\mathbb{E}XY \le (\mathbb{E}X^{1/u})^u\,(\mathbb{E}Y^{1/v})^v",
    ),
    Fact(
        "exponential_of_signs",
        "the sum S of n independent signs has E exp(t|S|) <= 2 exp(t^2 n/2)",
        r"\mathbb{E}e^{t|S|} \le 2e^{t^2 n/2}",
    ),
    Fact(
        "compound_interest",
        "(1 + 2/k)^(k/2) < e for k > 0",
        r"\left(1+\tfrac{2}{k}\right)^{k/2} < e",
    ),
)
