"""Instances of the limit problem: random populations and the closed-form hard families.

After the sheet, section 6. Seeds are explicit and drawn on the CPU in float64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from numerics.diagonal_linear.start import Start
from numerics.errors import NumericsError


class Population(Enum):
    """How A and y are drawn; the value says it in words."""

    GAUSSIAN = "gaussian A, y = A x with x sparse and positive"
    POSITIVE = "|gaussian| A, y = A x with x sparse and positive"
    INTEGER = "integers -2..2 (degenerate linear programs), y = A x with integer x"
    SIGNED = "gaussian A, y gaussian, signed model with w_+, w_- unequal"
    BALANCED = "gaussian A, y gaussian, signed model with w_+ = w_-"


@dataclass(frozen=True, eq=False)
class Instance:
    """A (n, N), y (n,), the start, the learning-rate ratio eta and the depth L."""

    matrix: Tensor
    right: Tensor
    start: Start
    eta: float
    depth: int


def random_instance(
    seed: int, rows: int, columns: int, population: Population, *, depth: int = 2
) -> Instance:
    """One instance of a population with a lognormal start (spread 0 to 1.5).

    ||x_0||_1 is e^[-4, .7] and eta g^2 is e^[-2, 2.5] in units of the x that was planted; an x > 0
    is mixed in, so that an interpolating point with every entry > 0 exists.

    Parameters
    ----------
    seed : int
        Decides every draw, on the CPU.
    rows, columns : int
        n and N.
    population : Population
        How A and y are drawn.
    depth : int
        L >= 2.

    Returns
    -------
    Instance
        A (n, N), y (n,), float64; the start (N,), or (2, N) for the signed model.

    Raises
    ------
    RuntimeError
        Sizes that torch refuses.

    Examples
    --------
    >>> random_instance(0, 2, 5, Population.GAUSSIAN).matrix.shape
    torch.Size([2, 5])
    """
    g = torch.Generator().manual_seed(seed)
    signed = population in (Population.SIGNED, Population.BALANCED)
    matrix, right, mass = _equations(g, rows, columns, population)
    spread = 1.5 * _uniform(g)
    shape = (2, columns) if signed else (columns,)
    u = (spread * torch.randn(shape, generator=g, dtype=torch.float64)).exp()
    if population is Population.BALANCED:
        u = u[:1].expand(2, columns).clone()
    x0 = u**depth
    beta = mass * math.exp(-4.0 + 4.7 * _uniform(g))
    size = mass ** (2.0 / depth)
    eta = math.exp(-2.0 + 4.5 * _uniform(g)) / size
    return Instance(matrix, right, Start.of((x0 * beta / x0.sum()) ** (1.0 / depth)), eta, depth)


def _equations(
    g: torch.Generator, rows: int, columns: int, population: Population
) -> tuple[Tensor, Tensor, float]:
    if population is Population.INTEGER:
        matrix = torch.randint(-2, 3, (rows, columns), generator=g).double()
        matrix[:, 0] += (matrix == 0).all(-1).double()  # no zero row
        x = torch.randint(1, 4, (columns,), generator=g).double()
        x[0] += float((matrix @ x == 0).all()) * 4.0  # y != 0
        return matrix, matrix @ x, float(x.sum())
    matrix = torch.randn(rows, columns, generator=g, dtype=torch.float64)
    if population is Population.POSITIVE:
        matrix = matrix.abs()
    x = 0.05 * torch.rand(columns, generator=g, dtype=torch.float64)
    x[: max(1, rows // 2)] += torch.rand(max(1, rows // 2), generator=g, dtype=torch.float64)
    if population in (Population.SIGNED, Population.BALANCED):
        x = x * (torch.randn(columns, generator=g, dtype=torch.float64)).sign()
    return matrix, matrix @ x, float(x.abs().sum())


def _uniform(g: torch.Generator) -> float:
    return float(torch.rand((), generator=g, dtype=torch.float64))


def two_columns(
    ratio: float, *, rarity: float, share: float, mass: float | None = None
) -> Instance:
    """A = (1, a), y = 1, L = 2: the closed-form family in which the gap bounds are met.

    p_0 = (e^-M, 1 - e^-M), and eta such that p_inf = (share, 1 - share), so T = 1/(share + (1 -
    share) a), up to the rounding of eta; Q = 1. share -> 0 and M -> inf make A1b and A1d (mass 1)
    tight.

    Parameters
    ----------
    ratio : float
        a, 0 < a < 1.
    rarity : float
        M > 0: the start has the share e^-M on the minimizer's column.
    share : float
        p_inf of that column, 0 < share < 1.
    mass : float, optional
        ||x_0||_1 > 0; Q/2 if None.

    Returns
    -------
    Instance
        A (1, 2), y (1,), float64; the start by its logarithms.

    Raises
    ------
    NumericsError
        Parameters outside these ranges, or whose eta is not positive.

    Examples
    --------
    >>> one = two_columns(0.9, rarity=100.0, share=1e-3)
    >>> one.eta > 0, one.depth
    (True, 2)
    """
    beta = 0.5 if mass is None else mass
    accepted = "0 < ratio, share < 1 and a start with a positive eta"
    if not (0 < ratio < 1 and 0 < share < 1 and rarity > 0 and beta > 0):
        raise _refused(accepted, ratio, rarity, share, beta)
    limit = 1.0 / (share + (1.0 - share) * ratio)
    gain = (
        ratio * (math.log(share) + rarity) - math.log1p(-share) + math.log(-math.expm1(-rarity))
    ) / (1.0 - ratio)
    eta = gain / (limit - beta)
    if not eta > 0:
        raise _refused(accepted, ratio, rarity, share, beta)
    logs = torch.tensor([-rarity, math.log(-math.expm1(-rarity))], dtype=torch.float64)
    matrix = torch.tensor([[1.0, ratio]], dtype=torch.float64)
    start = Start.of_logs(0.5 * (logs + math.log(beta)))
    return Instance(matrix, torch.ones(1, dtype=torch.float64), start, eta, 2)


def _refused(accepted: str, *found: float) -> NumericsError:
    words = ", ".join(f"{value:g}" for value in found)
    return NumericsError(argument="ratio, rarity, share, mass", found=words, accepted=accepted)


def two_columns_plain(ratio: float, *, rarity: float, share: float) -> Instance:
    """`two_columns` with the mass from which the plain flow, too, ends at p_inf.

    A = (1, a), y = 1, Q = 1, p_0 = (e^-M, 1 - e^-M). The plain flow moves log x_0 along A^T, by
    nu (1, a) with nu = (M + log(share/(1 - share)))/(1 - a), so ||x_0||_1 is about e^(-a nu).
    share -> 0, M share -> 0 and M -> inf make A2, A2b tight.

    Parameters
    ----------
    ratio : float
        a, 0 < a < 1.
    rarity : float
        M > 0.
    share : float
        p_inf of the minimizer's column, 0 < share < 1.

    Returns
    -------
    Instance
        As `two_columns`; ||x_0||_1 may lie far below the range of float64.

    Raises
    ------
    NumericsError
        Parameters outside these ranges.

    Examples
    --------
    >>> one = two_columns_plain(0.5, rarity=10.0, share=0.01)
    >>> float((2 * one.start.log_w).exp().sum()) < 1e-3
    True
    """
    if not (0 < ratio < 1 and 0 < share < 1 and rarity > 0):
        raise NumericsError(
            argument="ratio, rarity, share",
            found=f"{ratio}, {rarity}, {share}",
            accepted="0 < ratio, share < 1 and rarity > 0",
        )
    log_second = math.log(-math.expm1(-rarity))
    nu = (math.log(share) - math.log1p(-share) + rarity + log_second) / (1.0 - ratio)
    end = (1.0 - share) / (share + (1.0 - share) * ratio)
    mass = end * math.exp(-ratio * nu - log_second)
    return two_columns(ratio, rarity=rarity, share=share, mass=mass)


def many_columns(ratio: float, *, columns: int, mass: float, depth: int) -> Instance:
    """A = (1, a, .., a), y = 1, a uniform start, L > 2: where A6b is met.

    Q = 1. With r = 1 - 2/L, eps = mass^r and 1 - a = eps/u, the plain flow's gap tends to
    u^(2/(L-2)) of Q eps/(1 - eps) as N -> inf and a -> 1, for every u < 1: the entries off the
    support are equal, which makes their sum of x^(2/L) as large as it can be.

    Parameters
    ----------
    ratio : float
        a, 0 < a < 1.
    columns : int
        N >= 2.
    mass : float
        ||x_0||_1, 0 < mass < 1.
    depth : int
        L > 2.

    Returns
    -------
    Instance
        A (1, N), y (1,), float64; eta = 1, which the plain flow does not use.

    Raises
    ------
    NumericsError
        Parameters outside these ranges.

    Examples
    --------
    >>> many_columns(0.99, columns=20, mass=1e-4, depth=4).matrix.shape
    torch.Size([1, 20])
    """
    if not (0 < ratio < 1 and 0 < mass < 1 and columns >= 2 and depth > 2):
        raise NumericsError(
            argument="ratio, columns, mass, depth",
            found=f"{ratio}, {columns}, {mass}, {depth}",
            accepted="0 < ratio, mass < 1, columns >= 2 and depth > 2",
        )
    matrix = torch.full((1, columns), ratio, dtype=torch.float64)
    matrix[0, 0] = 1.0
    logs = torch.full((columns,), math.log(mass / columns) / depth, dtype=torch.float64)
    return Instance(matrix, torch.ones(1, dtype=torch.float64), Start.of_logs(logs), 1.0, depth)


def mixed_signs(
    ratio: float, *, mass: float, eta: float, depth: int = 2, second: float = 0.5
) -> Instance:
    """A = (1, -a), y = 1, Q = 1: ker A meets the orthant, so ||x||_1 is unbounded on {Ax = y}.

    With mass = ||x_0||_1 > Q and eta large, T -> mass: A1b and A1c are tight.

    Parameters
    ----------
    ratio : float
        a > 0.
    mass : float
        ||x_0||_1 > 0.
    eta : float
        The ratio rate(u)/rate(g), > 0.
    depth : int
        L >= 2.
    second : float
        The share of the second column at the start, 0 < second < 1.

    Returns
    -------
    Instance
        A (1, 2), y (1,), float64.

    Raises
    ------
    NumericsError
        A start with an entry that is not positive.

    Examples
    --------
    >>> mixed_signs(0.5, mass=2.0, eta=30.0).matrix.tolist()
    [[1.0, -0.5]]
    """
    x0 = mass * torch.tensor([1.0 - second, second], dtype=torch.float64)
    matrix = torch.tensor([[1.0, -ratio]], dtype=torch.float64)
    start = Start.of(x0 ** (1.0 / depth))
    return Instance(matrix, torch.ones(1, dtype=torch.float64), start, eta, depth)


def trap(mass: float, *, eta: float) -> Instance:
    """TR: A = (1, -1), y = 1, a start that puts 9/10 of its mass on the wrong column, L = 2.

    theta = -<A^T y, p_0> = 4/5; the flow falls into x = 0 if eta mass (1 + mass) <= 4/25.

    Parameters
    ----------
    mass : float
        ||x_0||_1 > 0.
    eta : float
        The ratio rate(u)/rate(g), > 0.

    Returns
    -------
    Instance
        A (1, 2), y (1,), float64.

    Raises
    ------
    NumericsError
        mass is not positive.

    Examples
    --------
    >>> trap(0.01, eta=2.0).matrix.tolist()
    [[1.0, -1.0]]
    """
    x0 = mass * torch.tensor([0.1, 0.9], dtype=torch.float64)
    matrix = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    return Instance(matrix, torch.ones(1, dtype=torch.float64), Start.of(x0.sqrt()), eta, 2)
