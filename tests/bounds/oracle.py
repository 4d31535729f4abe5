"""The slow oracle: the recursions of the theory in plain numpy, written independently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Point:
    """One parameter point; m and omega per layer."""

    L: int
    K: float
    beta: float
    phi0: float
    xi: float
    nu: float
    p: float
    m: np.ndarray
    omega: np.ndarray

    def layered(self) -> dict:
        """Values for the bounds that take one width and row norm per layer."""
        return {
            k: getattr(self, k) for k in ("L", "K", "beta", "phi0", "xi", "nu", "p", "m", "omega")
        }

    def extremes(self) -> dict:
        """Values for the bounds that take m_min, m_max and the least row norm."""
        rest = {k: v for k, v in self.layered().items() if k not in ("m", "omega")}
        return rest | {
            "m_min": self.m.min(),
            "m_max": self.m.max(),
            "omega": self.omega.min(),
            "rho_1": self.nu,
        }


def random_point(rng: np.random.Generator, *, max_depth: int = 7) -> Point:
    """K below and above 1, phi0 zero or not, unequal widths, every placement, tiny omega."""
    L = int(rng.integers(1, max_depth + 1))
    return Point(
        L=L,
        K=float(rng.choice([1.0, rng.uniform(0.1, 1.0), rng.uniform(1.0, 2.5)])),
        beta=float(rng.choice([0.0, 10 ** rng.uniform(-2, 2)])),
        phi0=float(rng.choice([0.0, 10 ** rng.uniform(-3, 2)])),
        xi=float(rng.choice([0.0, 1.0, 10 ** rng.uniform(-3, 2)])),
        nu=float(rng.choice([0.0, 10 ** rng.uniform(-3, 2)])),
        p=float(rng.choice([0.0, 0.5, rng.uniform(0, 0.5)])),
        m=rng.choice([1, 2, 3, 7, 64, 1000], size=L).astype(float),
        omega=10 ** rng.uniform(-3, 2, size=L),
    )


def feature_norms(c: Point) -> list[float]:
    """a_0 .. a_L with the factors c_l, s_l kept apart."""
    a = [c.xi]
    for m in c.m:
        c_l, s_l = m ** (c.p - 0.5), m**-c.p
        a.append(c.K * c_l * s_l * np.sqrt(m) * a[-1] + c_l * np.sqrt(m) * c.phi0)
    return a


def gradient(c: Point) -> float:
    """T1, layer by layer."""
    a = feature_norms(c)
    total = a[-1] ** 2
    for l in range(1, c.L + 1):
        q = c.K * a[l - 1] / (np.sqrt(c.m[l - 1]) * c.omega[l - 1])
        total += (c.nu * c.K ** (c.L - l) * q) ** 2
    return float(np.sqrt(total))


def hessian_form(c: Point) -> np.ndarray:
    """The comparison matrix from the recursion, forms as arrays in (t_1..t_L, u)."""
    a = feature_norms(c)
    size = c.L + 1
    A, B = np.zeros(size), np.zeros((size, size))
    outer = lambda f, g: (np.outer(f, g) + np.outer(g, f)) / 2  # noqa: E731
    for l in range(1, c.L + 1):
        m, omega, t = c.m[l - 1], c.omega[l - 1], np.eye(size)[l - 1]
        c_l, s_l = m ** (c.p - 0.5), m**-c.p
        q, kappa = c.K * c_l * s_l * a[l - 1] / omega, c.K * c_l * s_l * np.sqrt(m)
        g2 = s_l * (a[l - 1] / omega * t + np.sqrt(m) * A)
        ginf = s_l * (a[l - 1] / omega * t + A)
        B = (
            c_l * c.beta * outer(ginf, g2)
            + 2 / np.sqrt(3) * q / omega * outer(t, t)
            + 2 * c.K * c_l * s_l / omega * outer(t, A)
            + kappa * B
        )
        A = q * t + kappa * A
    u = np.eye(size)[-1]
    return 2 * outer(u, A) + c.nu * B


def hessian_recursive(c: Point) -> float:
    """T4: the top eigenvalue of the comparison matrix."""
    return float(np.linalg.eigvalsh(hessian_form(c))[-1])
