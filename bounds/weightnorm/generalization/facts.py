"""Textbook facts that only the generalization statements use: cited, not re-proved."""

from __future__ import annotations

from bounds.facts import Fact

__all__ = ["FACTS"]

FACTS = (
    Fact(
        "mcdiarmid",
        "McDiarmid's inequality (1989): if changing one of n pairs moves F by at most r/n, then "
        "F <= E F + r sqrt(log(1/delta)/(2n)) with probability 1 - delta",
        r"P(F > \mathbb{E}F + t) \le e^{-2nt^2/r^2}",
    ),
    Fact(
        "hoeffding",
        "Hoeffding's inequality (1963) for means of numbers in [0, 1]",
        r"P(P g > P_n g + t) \le e^{-2nt^2}",
    ),
    Fact(
        "union",
        "the union bound: J statements with probability 1 - delta/J each hold together with "
        "probability 1 - delta",
        r"P(\cup_j A_j) \le \sum_j P(A_j)",
    ),
    Fact(
        "ghost_sample",
        "a second sample and Jensen; the 2n points are exchangeable, so that the halves may be "
        "told apart by a uniform balanced sign vector s",
        r"\mathbb{E}\sup(P-P_n)g \le \tfrac1n\mathbb{E}\sup\sum_{i\le 2n} s_i g(z_i)",
    ),
    Fact(
        "symmetrization_twice",
        "symmetrization with the factor 2 [Bartlett and Mendelson 2002, Theorem 8]",
        r"\mathbb{E}\sup(P-P_n)g \le 2\mathfrak{R}_n",
    ),
    Fact(
        "jensen_supremum",
        "Jensen's inequality for a supremum of linear forms",
        r"\mathbb{E}\sup_a\langle\epsilon,a\rangle \ge \sup_a\langle\mathbb{E}\epsilon,a\rangle",
    ),
    Fact(
        "central_walk",
        "E|D| = 2n C(2n, n)/4^n for the sum D of 2n fair signs",
        r"\mathbb{E}|D| = 2n\binom{2n}{n}4^{-n}",
    ),
    Fact("wallis", "Wallis: sqrt(n) C(2n, n)/4^n -> 1/sqrt(pi)", r"\sqrt n\,\eta_n\to\pi^{-1/2}"),
    Fact(
        "l1_dual",
        "the supremum of <v, a> over ||v||_1 <= r is r max|a_i|",
        r"\sup_{\|v\|_1\le r}\langle v,a\rangle = r\|a\|_\infty",
    ),
    Fact(
        "sudakov_fernique",
        "Sudakov-Fernique: smaller increments of a Gaussian process give a smaller E sup; with "
        "Rademacher signs at most sqrt(pi/2) times Gaussian",
        r"\mathbb{E}\sup X \le \mathbb{E}\sup Y",
    ),
    Fact(
        "pac_bayes_kl",
        "PAC-Bayes-kl [Seeger 2002; Maurer 2004, Theorem 5]: for every posterior at once",
        r"\mathrm{kl}(P_n\|P) \le (\mathrm{KL} + \log(2\sqrt n/\delta))/n",
    ),
    Fact(
        "logistic_mixture",
        "2 S N(0,1) is logistic for S of Kolmogorov's law [Andrews and Mallows 1974; Stefanski "
        "1991], so P(<w, x> > 0) = (1 + tanh<a, x>)/2 for w = a + S g, and E 1/(2 S^2) = "
        "7 zeta(3)/pi^2",
        r"P(t + S g > 0) = (1+\tanh t)/2",
    ),
    Fact(
        "gaussian_divergence",
        "KL(N(a, s^2 I) || N(b, s^2 I)) = ||a - b||^2/(2 s^2)",
        r"\mathrm{KL} = \|a-b\|^2/(2\sigma^2)",
    ),
    Fact(
        "derandomized",
        "where the network errs, every vote is right with probability at most 1/2, so at most k of "
        "N are right with probability at least beta: beta P(y f <= 0) <= P(at most k right)",
        r"\beta\,\mathbf{1}\{yf\le 0\} \le B(k;N,p)",
    ),
    Fact(
        "self_bounding_tail",
        "0 <= Z - Z_i <= 1 and sum(Z - Z_i) <= Z give P(Z <= E Z - s) <= exp(-s^2/(2 E Z)) "
        "[Boucheron, Lugosi, Massart 2000]",
        r"P(Z\le\mathbb{E}Z-s)\le e^{-s^2/(2\mathbb{E}Z)}",
    ),
    Fact(
        "norm_sum",
        "(n-1) ||a|| <= sum_i ||a - a_i|| for a = sum a_i (triangle inequality)",
        r"(n-1)\|a\| \le \sum_i\|a-a_i\|",
    ),
    Fact(
        "sign_moments",
        "of z = sum_(i != j) eps_i eps_j G_ij/X^2: E z = 0, E z^2 = 2||G_o||_F^2/X^4, "
        "E z^3 = 8 tr(G_o^3)/X^6",
        r"\mathbb{E}z^2 = 2\|G_o\|_F^2/X^4",
    ),
    Fact(
        "telescoping",
        "f - <u, x> is the sum over the layers of what phi adds to its argument there, passed on "
        "linearly by What^l/sqrt(m_l), whose spectral norm is at most 1",
        r"f-\langle u,x\rangle = \sum_l\langle b^l, c_l(\varphi(g^l)-g^l)\rangle",
    ),
    Fact(
        "spectral_covering",
        "covering numbers of products of matrices, constants and logarithms left out [Bartlett, "
        "Foster, Telgarsky 2017]",
        r"S = \prod_l\|A_l\|\,(\sum_l(\|A_l^T\|_{2,1}/\|A_l\|)^{2/3})^{3/2}",
    ),
    Fact(
        "binomial_tail",
        "P(F(T) < delta) <= delta for the distribution function F of T [Clopper and Pearson 1934]",
        r"P(F(T)\le\delta)\le\delta",
    ),
)
