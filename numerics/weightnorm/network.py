"""The WeightNorm network of the theory, as frozen data holding a batch of networks.

    alpha^0 = x,   g^l = s_l What^l alpha^(l-1),   alpha^l = c_l phi(g^l),   f = <v, alpha^L>

with What^l_i = W^l_i / ||W^l_i||_2. Placement "inner" (the paper, after [CV25] section 3):
s_l = m_l^(-1/2), c_l = 1. Placement "outer": s_l = 1, c_l = m_l^(-1/2).
theta lists W^1 row by row, ..., W^L, then v.
"""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from numerics.activations import Activation
from numerics.activations import activation as find_activation
from numerics.errors import NumericsError
from numerics.tabular import html_table
from numerics.validation import (
    check_count,
    check_device,
    check_dtype,
    check_positive,
    check_seed,
    check_tensor,
    check_widths,
)
from numerics.weightnorm.inputs import resolve_inputs
from numerics.weightnorm.modules import read_module, require_same_function
from numerics.weightnorm.rows import unit_rows
from plumbnn.arguments import asked

Placement = Literal["inner", "outer"]


@dataclass(frozen=True, eq=False)
class WeightNormNetwork:
    """A batch of B networks of one architecture; B = 1 and `batch` None for a single network.

    weights: tuple of L tensors (B, m_l, m_(l-1)); v: (B, m_L). Build with `random`,
    `from_tensors` or `from_module`, which validate; the bare constructor does not.
    """

    weights: tuple[Tensor, ...]
    v: Tensor
    activation: Activation
    placement: Placement
    batch: int | None

    def __repr__(self) -> str:
        """What it is, without its numbers."""
        widths = "-".join(map(str, (*self.widths, 1)))
        count = "" if self.batch is None else f"{self.networks} networks, "
        dtype = str(self.dtype).removeprefix("torch.")
        return (
            f"WeightNormNetwork({count}{widths}, {self.activation.name}, {self.placement}, "
            f"{self.parameters:,} parameters, {dtype} on {self.device})"
        )

    def _repr_html_(self) -> str:
        rows = [
            {"layer": l, "shape": f"{w.shape[-2]} x {w.shape[-1]}",
             "smallest row norm": float(torch.linalg.vector_norm(w, dim=-1).min())}
            for l, w in enumerate(self.weights, start=1)
        ]  # fmt: skip
        return f"<p>{html.escape(repr(self))}</p>{html_table(rows)}"

    @staticmethod
    @asked(NumericsError)
    def random(
        widths: Sequence[int],
        activation: str | Activation = "tanh",
        *,
        seed: int,
        batch: int | None = None,
        placement: Placement = "inner",
        weight_scale: float = 1.0,
        v_norm: float = 1.0,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float64,
    ) -> WeightNormNetwork:
        """Gaussian hidden weights times `weight_scale`; v uniform on the sphere of radius `v_norm`.

        The draw is made in float64 on the CPU, so that one seed means one network on every
        device.

        Parameters
        ----------
        widths : sequence of int
            (d, m_1, ..., m_L).
        activation : str or Activation
            phi.
        seed : int
            Same seed, same network.
        batch : int, optional
            How many; None: one network without a batch axis.
        placement : {"inner", "outer"}
            Where the factor m_l^(-1/2) stands: within phi or outside.
        weight_scale, v_norm : float
            Positive.
        device : torch.device or str
            Where the tensors lie.
        dtype : torch.dtype
            Of the tensors; verdicts need float64.

        Returns
        -------
        WeightNormNetwork

        Raises
        ------
        NumericsError
            Sizes or scales that are not positive, an unknown activation, placement, device or
            dtype.

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> network.widths, network.networks, network.parameters
        ((3, 4, 5), 2, 37)
        """
        widths = check_widths(widths)
        if batch is not None:
            check_count(batch, "batch")
        check_positive(weight_scale, "weight_scale")
        check_positive(v_norm, "v_norm")
        device, dtype = check_device(device), check_dtype(dtype)
        generator = torch.Generator().manual_seed(check_seed(seed))
        lead = () if batch is None else (batch,)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*lead, *shape, generator=generator, dtype=torch.float64)

        weights = [
            (normal(out, into) * weight_scale).to(device, dtype)
            for into, out in itertools.pairwise(widths)
        ]
        v = (unit_rows(normal(widths[-1])) * v_norm).to(device, dtype)
        return WeightNormNetwork.from_tensors(
            weights, v, activation=activation, placement=placement
        )

    @staticmethod
    @asked(NumericsError)
    def from_tensors(
        weights: Sequence[Tensor],
        v: Tensor,
        *,
        activation: str | Activation = "tanh",
        placement: Placement = "inner",
    ) -> WeightNormNetwork:
        """A network of given hidden weights and output weights.

        In a batch a network with non-finite entries or a zero row stays, and everything
        certified of it is [0, inf] (`Enclosure.refused`); the others are measured as if it were
        not there.

        Parameters
        ----------
        weights : sequence of Tensor
            W^l (m_l, m_(l-1)), or all with a leading batch axis.
        v : Tensor
            (m_L,), or with the batch axis.
        activation : str or Activation
            phi.
        placement : {"inner", "outer"}
            Where the factor m_l^(-1/2) stands.

        Returns
        -------
        WeightNormNetwork

        Raises
        ------
        NumericsError
            Mismatched shapes, devices or dtypes, an unknown activation or placement; for a
            single network also non-finite entries and a zero row (its direction is undefined).

        Examples
        --------
        >>> import torch, numerics
        >>> one = torch.ones(1, 1, dtype=torch.float64)
        >>> network = numerics.WeightNormNetwork.from_tensors([one], one[0], activation="identity")
        >>> found = numerics.output_magnitude(network, 2 * one[0])
        >>> bool(found.lower <= 2 <= found.upper)
        True
        """
        phi = find_activation(activation)
        _check_placement(placement)
        if isinstance(weights, Tensor) or not isinstance(weights, Sequence) or not weights:
            raise NumericsError(
                argument="weights",
                found="no list of layers",
                accepted="a non-empty list with one tensor per hidden layer",
            )
        tensors = [check_tensor(w, f"weights[{l}]", finite=False) for l, w in enumerate(weights)]
        v = check_tensor(v, "v", finite=False)
        batch = _check_shapes(tensors, v)
        if batch is None:
            _check_entries(tensors, v)
            tensors, v = [w.unsqueeze(0) for w in tensors], v.unsqueeze(0)
        return WeightNormNetwork(tuple(tensors), v, phi, placement, batch)

    @staticmethod
    @asked(NumericsError)
    def from_module(
        module: torch.nn.Module,
        *,
        output: int | None = None,
        activations: Mapping[type[torch.nn.Module], Activation] | None = None,
    ) -> WeightNormNetwork:
        """The network that a `torch.nn.Sequential` of weight-normalized linears computes.

        Parameters
        ----------
        module : torch.nn.Module
            Nested `Sequential`s of weight-normalized linears, activations, `WidthScale`,
            `Identity`, `Flatten` and `Dropout` in evaluation mode; gains that fold.
        output : int, optional
            Which of several outputs f is.
        activations : mapping, optional
            For modules of one's own, their exact type -> the activation they compute
            (`verify.activation.from_formula` makes one); compared on a grid.

        Returns
        -------
        WeightNormNetwork

        Raises
        ------
        NumericsError
            With the layer and what is not covered, or that the module computes something else
            than the network read from it.

        Examples
        --------
        >>> import torch, numerics
        >>> from torch.nn.utils.parametrizations import weight_norm
        >>> linear = weight_norm(torch.nn.Linear(3, 4, bias=False, dtype=torch.float64))
        >>> torch.nn.init.ones_(linear.parametrizations.weight.original0).shape
        torch.Size([4, 1])
        >>> head = torch.nn.Linear(4, 1, bias=False, dtype=torch.float64)
        >>> module = torch.nn.Sequential(linear, numerics.WidthScale(4), torch.nn.Tanh(), head)
        >>> numerics.WeightNormNetwork.from_module(module).widths
        (3, 4)
        """
        weights, v, activation, placement = read_module(module, output, activations)
        network = WeightNormNetwork.from_tensors(
            weights, v, activation=activation, placement=placement
        )
        require_same_function(module, network, output)
        return network

    @property
    def depth(self) -> int:
        """L, the number of hidden layers."""
        return len(self.weights)

    @property
    def widths(self) -> tuple[int, ...]:
        """(d, m_1, ..., m_L)."""
        return (self.weights[0].shape[-1], *(w.shape[-2] for w in self.weights))

    @property
    def networks(self) -> int:
        """B, the number of networks held (1 if unbatched)."""
        return int(self.v.shape[0])

    @property
    def parameters(self) -> int:
        """The number of parameters of one network."""
        return sum(w.shape[-1] * w.shape[-2] for w in self.weights) + int(self.v.shape[-1])

    @property
    def device(self) -> torch.device:
        return self.v.device

    @property
    def dtype(self) -> torch.dtype:
        return self.v.dtype

    def inner_scale(self, layer: int) -> float:
        """s_l: m_l^(-1/2) for "inner", 1 for "outer".

        Parameters
        ----------
        layer : int
            l = 1, ..., L.

        Returns
        -------
        float

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> network.inner_scale(1)
        0.5
        """
        return 1.0 / math.sqrt(self.widths[layer]) if self.placement == "inner" else 1.0

    def outer_scale(self, layer: int) -> float:
        """c_l: 1 for "inner", m_l^(-1/2) for "outer".

        Parameters
        ----------
        layer : int
            l = 1, ..., L.

        Returns
        -------
        float

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> network.outer_scale(1)
        1.0
        """
        return 1.0 if self.placement == "inner" else 1.0 / math.sqrt(self.widths[layer])

    def select(self, index: int) -> WeightNormNetwork:
        """The network with an index in the batch, unbatched.

        Parameters
        ----------
        index : int
            Below the number of networks.

        Returns
        -------
        WeightNormNetwork

        Raises
        ------
        NumericsError
            No such index.

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> network.select(1).batch is None
        True
        """
        if not hasattr(index, "__index__") or not -self.networks <= index < self.networks:
            accepted = f"an integer below {self.networks}"
            raise NumericsError(argument="index", found=repr(index), accepted=accepted)
        weights = tuple(w[index].unsqueeze(0) for w in self.weights)
        return WeightNormNetwork(
            weights, self.v[index].unsqueeze(0), self.activation, self.placement, None
        )

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> WeightNormNetwork:
        """The same networks on another device, in another dtype, or both.

        Parameters
        ----------
        device : torch.device or str, optional
            None: the same.
        dtype : torch.dtype, optional
            None: the same.

        Returns
        -------
        WeightNormNetwork

        Raises
        ------
        NumericsError
            An unknown device or a dtype that is no floating point.

        Examples
        --------
        >>> import torch, numerics
        >>> network = numerics.WeightNormNetwork.random((3, 4, 5), "tanh", seed=0, batch=2)
        >>> network.to(dtype=torch.float32).dtype
        torch.float32
        """
        target = self.device if device is None else check_device(device)
        kind = self.dtype if dtype is None else check_dtype(dtype)
        weights = tuple(w.to(target, kind) for w in self.weights)
        return WeightNormNetwork(
            weights, self.v.to(target, kind), self.activation, self.placement, self.batch
        )

    def __call__(self, x: Tensor) -> Tensor:
        """f(x) in the network's dtype; differentiable in the weights and in x.

        x: (d,), (n, d) shared by the batch, or (B, n, d). Output: the batch axis if the network is
        batched, then the n axis if x had one.
        """
        if self.dtype == torch.float32 and getattr(x, "dtype", None) == torch.float64:
            raise NumericsError(
                argument="x",
                found="float64 inputs for a float32 network, which would round them",
                accepted="x.float(), or the network .to(dtype=torch.float64)",
            )
        inputs = resolve_inputs(self, x, dtype=self.dtype)
        alpha = inputs.x
        for l, weight in enumerate(self.weights, start=1):
            g = self.inner_scale(l) * (alpha @ unit_rows(weight).transpose(-1, -2))
            alpha = self.outer_scale(l) * self.activation.value(g)
        return inputs.restore((alpha @ self.v.unsqueeze(-1)).squeeze(-1))


def _check_placement(placement: str) -> None:
    if placement not in ("inner", "outer"):
        raise NumericsError(
            argument="placement", found=repr(placement), accepted='"inner" or "outer"'
        )


def _check_shapes(weights: list[Tensor], v: Tensor) -> int | None:
    shapes = [tuple(w.shape) for w in weights]
    rank = len(shapes[0])
    lead = shapes[0][:-2]
    alike = rank in (2, 3) and all(len(s) == rank and s[:-2] == lead for s in shapes)
    chained = alike and all(low[-2] == high[-1] for low, high in itertools.pairwise(shapes))
    if not chained:
        raise NumericsError(
            argument="weights",
            found=f"shapes {shapes}",
            accepted="(m_l, m_(l-1)) for every layer, or (B, m_l, m_(l-1)) for every layer",
        )
    if tuple(v.shape) != (*lead, shapes[-1][-2]):
        raise NumericsError(
            argument="v", found=f"shape {tuple(v.shape)}", accepted=f"{(*lead, shapes[-1][-2])}"
        )
    if len({(t.dtype, t.device) for t in (*weights, v)}) != 1:
        raise NumericsError(
            argument="weights", found="several dtypes or devices", accepted="one of each"
        )
    return lead[0] if lead else None


def _check_entries(weights: list[Tensor], v: Tensor) -> None:
    """One network has finite entries and no zero row."""
    check_tensor(v, "v")
    for l, weight in enumerate(weights):
        check_tensor(weight, f"weights[{l}]")
        zero = (weight == 0).all(-1).nonzero()
        if len(zero):
            raise NumericsError(
                argument=f"weights[{l}]",
                found=f"a zero row at index {tuple(zero[0].tolist())}",
                accepted="rows with a direction: every row needs a nonzero entry",
            )
