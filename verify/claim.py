"""A claim joins a bound to the quantity it bounds and to the readings that fill in its symbols."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

import bounds
from numerics import Enclosure
from plumbnn.arguments import asked
from verify.case import Case
from verify.errors import VerifyError
from verify.quantity import Quantity
from verify.right_side import enclosed
from verify.subject import Condition, Reading, Subject

__all__ = ["Claim", "claim_about"]

_SHOWN = 200  # characters of a formula


@dataclass(frozen=True, eq=False)
class Claim:
    """`quantity <= bound` (or the bound's other sense) on every case that meets its assumptions.

    Two claims are the same only if they are the same object; a name is for readers.

    Attributes:
        bound: the right side with its source and assumptions.
        quantity: the left side.
        readings: symbol name -> reading; one for each free symbol of the bound and its failure.
        subject: what the claim is about.
        rounding: relative allowance for rounding in a user's own numbers on the right side.
    """

    bound: bounds.Bound
    quantity: Quantity
    readings: Mapping[str, Reading]
    subject: Subject
    rounding: float = 0.0

    @property
    def name(self) -> str:
        return self.bound.name

    def __repr__(self) -> str:
        """What it says, and of what."""
        words = f"{self.quantity.key} {self.bound.sense} {self.bound.expression}"
        words = words if len(words) <= _SHOWN else words[:_SHOWN] + " ..."
        return f"Claim {self.name} about a {self.subject.noun}: {words} ({self.bound.source})"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.bound.latex()}$"

    def __post_init__(self) -> None:
        needed = {*self.bound.symbols, *self.bound.failure_symbols}
        missing = sorted(needed - set(self.readings))
        if missing:
            raise VerifyError(
                "measures",
                f"no measure for {', '.join(missing)} in claim {self.bound.name}",
                "one function of a case for each symbol of the bound",
            )

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of a case: the bound's assumptions, then what the quantity needs.

        Raises:
            VerifyError: an assumption that nothing here can check.
        """
        known = self.subject.conditions
        keys = (*(assumption.key for assumption in self.bound.assumptions), *self.quantity.needs)
        for key in keys:
            if key not in known:
                raise VerifyError(
                    "assumptions", f"{key!r} in {self.name}", "one of " + ", ".join(known)
                )
        return tuple(known[key] for key in keys)

    def values(self, case: Case) -> dict[str, Any]:
        """The bound's symbols at a case.

        Parameters
        ----------
        case : Case
            Of the claim's subject.

        Returns
        -------
        dict
            Name -> Tensor, number or Enclosure.

        Raises
        ------
        VerifyError
            A reading that misbehaves.

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> wrong.values(case)  # the right side, 2, has no symbols
        {}
        """
        return {
            name: self._one(name, case.read(self.readings[name])) for name in self.bound.symbols
        }

    def smooth_right(self, case: Case) -> Any:
        """The right side as plain numbers with a gradient, for a search; no verdict rests on it.

        Parameters
        ----------
        case : Case
            Of the claim's subject.

        Returns
        -------
        Tensor or number

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> float(wrong.smooth_right(case))
        2.0
        """
        values = {}
        for name in self.bound.symbols:
            reading = self.readings[name]
            value = (reading.smooth or reading.measure)(case)
            values[name] = self._one(name, value.value if isinstance(value, Enclosure) else value)
        return self.bound.evaluate(**values)

    def _one(self, name: str, value: Any) -> Any:
        reading = self.readings[name]
        if not reading.per_layer or name in self.bound.per_layer:
            return value
        return _least(value)

    def unequal(self, case: Case) -> str:
        """Why the bound's one number for all layers is none at a case.

        Parameters
        ----------
        case : Case
            Of the claim's subject.

        Returns
        -------
        str
            Empty if it is one.

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> wrong.unequal(case)
        ''
        """
        for name in self.bound.symbols:
            if self.readings[name].per_layer == "equal" and name not in self.bound.per_layer:
                value = torch.as_tensor(case.read(self.readings[name]))
                if value.ndim and bool((value != value[..., :1]).any()):
                    return f"needs one {name} for all layers; here it is {value.tolist()}"
        return ""

    def failure(self, case: Case) -> Any:
        """delta at a case, for a claim that holds with probability at least 1 - delta.

        Parameters
        ----------
        case : Case
            Of the claim's subject.

        Returns
        -------
        number or Tensor
            0 for a certain claim.

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> wrong.failure(case)
        0.0
        """
        names = self.bound.failure_symbols
        values = {name: self._one(name, case.read(self.readings[name])) for name in names}
        plain = {n: v.value if isinstance(v, Enclosure) else v for n, v in values.items()}
        return self.bound.failure_at(**plain)

    def right(self, case: Case) -> Enclosure:
        """Both ends of the right side in every entry of a case.

        Parameters
        ----------
        case : Case
            Of the claim's subject.

        Returns
        -------
        Enclosure

        Raises
        ------
        BoundsError
            Values that the bound refuses.

        Examples
        --------
        >>> import sympy, torch, verify
        >>> x = sympy.Symbol("x", real=True)
        >>> wrong = verify.Claim.of("wrong", x**2, 2, domain={"x": verify.domain.scalar(-9, 9)})
        >>> case = verify.sample_case({"x": torch.tensor([2.0], dtype=torch.float64)})
        >>> found = wrong.right(case)
        >>> bool(found.lower <= 2 <= found.upper)
        True
        """
        return enclosed(self.bound, self.values(case), self.rounding)

    @staticmethod
    @asked(VerifyError)
    def of(
        name: str,
        quantity: str | Quantity | Callable[..., Any] | Any,
        right_side: Any,
        *,
        sense: str = "<=",
        measures: Mapping[str, Callable[..., Any]] | None = None,
        sampler: Callable[..., Any] | None = None,
        where: Sequence[Any] = (),
        domain: Any = None,
        dimensions: Sequence[int] = (),
        assumptions: Sequence[str] = (),
        level: str = "input",
        subject: str | Subject | None = None,
        latex: str | None = None,
        source: str = "",
        tolerance: float = 0.0,
        rounding: float = 1e-12,
    ) -> Claim:
        """A claim of your own: `quantity <= right_side`, or `>=`, or `==`.

        Parameters
        ----------
        name : str
            What the report and files call it; nothing else depends on it.
        quantity : str, Quantity, callable or sympy.Expr
            A shipped key ("hessian_norm", ...); or a function of (network, x) giving (B, n),
            with level="data" of (network, x, y) giving (B,); or, with a sampler, a function of
            the sample's tensors giving (B,), or a sympy formula in its numbers. float64
            throughout. Formulas can be re-checked by `verify.checker`, functions not.
        right_side : sympy.Expr
            Symbols named as in the notation of the subject are measured for you (claims about
            networks); numbers of a sample by their name.
        sense : {"<=", ">=", "=="}
            The relation.
        measures : mapping, optional
            For every other symbol, a function of the case (networks) or of the sample's tensors
            by keyword (samples), one value per network or sample.
        sampler : callable, optional
            (torch.Generator, count) -> {name: float64 tensor with leading axis count}; makes
            this a claim about samples, not networks.
        where : sequence of sympy relations
            What every sample must meet, and no search leaves.
        domain : mapping or callable, optional
            Instead of a sampler, a set of `verify.domain` for each named tensor of a sample, or a
            pair (low, high) for the numbers between them, whole ones for a symbol declared so;
            or, with dimensions, a function from a dimension to that. A symbol stands for its name.
        dimensions : sequence of int
            The dimensions that the search may choose from.
        assumptions : sequence of str
            Keys as in the shipped bounds: "odd", "phi(0) = 0", "smooth", ...
        level : {"input", "data"}
            What the quantity ranges over: one value for each input, or one for each data set.
        subject : str or Subject, optional
            What it is about if not networks or samples.
        latex : str, optional
            The left side in LaTeX.
        source : str
            Where the claim is from.
        tolerance : float
            For "==", the largest width of the enclosed difference that passes.
        rounding : float
            Relative allowance for rounding errors in your functions.

        Returns
        -------
        Claim

        Raises
        ------
        VerifyError
            A symbol without a measure, an unknown key, a formula nobody can evaluate.

        Examples
        --------
        >>> import bounds, verify
        >>> nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
        >>> verify.Claim.of("mine", "input_gradient_norm", nu * K**L / 2).bound.symbols
        ('K', 'L', 'nu')
        """
        own = importlib.import_module("verify.own.build")  # it builds what is defined here
        built: Claim = own.build(
            name,
            quantity,
            right_side,
            sense=sense,
            measures={} if measures is None else measures,
            sampler=sampler,
            where=where,
            domain=domain,
            dimensions=dimensions,
            assumptions=assumptions,
            over=level,
            subject=subject,
            latex=latex,
            source=source,
            tolerance=tolerance,
            rounding=rounding,
        )
        return built

    @staticmethod
    @asked(VerifyError)
    def about_module(
        name: str,
        module: Any,
        quantity: str | Callable[..., Any],
        right_side: Any,
        *,
        inputs: Any,
        parameters: Any = None,
        output: int | tuple[int, ...] | Callable[..., Any] | None = None,
        loss: Callable[..., Any] | None = None,
        measures: Mapping[str, Callable[..., Any]] | None = None,
        sense: str = "<=",
        where: Sequence[Any] = (),
        source: str = "",
        latex: str | None = None,
        tolerance: float = 0.0,
        rounding: float = 1e-12,
    ) -> Claim:
        """A claim about any `torch.nn.Module`: its own copy in float64 is asked, never the module.

        Derivatives are autograd's: where the module has a kink they are what torch chooses, and
        what rounding can move to the other side of it stays undecided. The evidence is
        `perturbed`: rounding is measured, not bounded. A Hessian of more than 256 parameters is
        known from below only, which can refute and never confirm.

        Parameters
        ----------
        name : str
            What the report and files call it.
        module : torch.nn.Module
            A deterministic function of its parameters and inputs, in evaluation mode where that
            matters; float32 values are taken as the exact numbers they are.
        quantity : str or callable
            Of one input: "output", "output_norm" (all outputs), "gradient_norm" (in the
            parameters), "input_gradient_norm", "hessian_norm"; of a data set, with a loss:
            "loss", "loss_gradient_norm", "loss_hessian_norm", "sharpness" (the largest
            eigenvalue of the Hessian of the loss); or a function of (call, sample) giving one
            number, where call(x) runs the module with the sample's parameters.
        right_side : sympy.Expr
            Its symbols are measured by `measures`, or are numbers of the sample.
        inputs : mapping or callable
            Sets of `verify.domain` by name, or a sampler (torch.Generator, count) -> a float64
            tensor (count, *shape of one input), or several by name. With a loss, one sample is a
            data set (count, n, ...) with targets "y" beside the inputs. One input is passed by
            position, several by keyword.
        parameters : float, mapping or callable, optional
            None holds the module's own; a number s draws them with Gaussian noise of deviation
            s; or a sampler, or sets, of some of them by name.
        output : int, tuple or callable, optional
            Which number of the output, as a place in the output of one input; or a function that
            makes a tensor of what the module returns.
        loss : callable, optional
            A function of (output, y) giving one number.
        measures : mapping, optional
            For each other symbol, a function of one sample, {name: tensor} with inputs and all
            parameters and buffers, giving one number.
        sense, where, source, latex, tolerance, rounding : see `Claim.of`
            As there.

        Returns
        -------
        Claim

        Raises
        ------
        NumericsError
            No module, a layer that is random or depends on its batch (named), a module without a
            copy.
        VerifyError
            A module that is not deterministic, whose training mode computes something else,
            whose gradient by autograd is not its derivative; shapes that do not fit.

        Examples
        --------
        >>> import torch, verify
        >>> layers = torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)
        >>> model = torch.nn.Sequential(*layers)
        >>> claim = verify.Claim.about_module(
        ...     "mine", model, "input_gradient_norm", 100, inputs={"x": verify.domain.ball(2)}
        ... )
        >>> claim.subject.noun
        'model'
        """
        own = importlib.import_module("verify.own.module")  # it builds what is defined here
        built: Claim = own.build_about_module(
            name,
            module,
            quantity,
            right_side,
            inputs=inputs,
            parameters=parameters,
            output=output,
            loss=loss,
            measures=measures or {},
            sense=sense,
            where=where,
            source=source,
            latex=latex,
            tolerance=tolerance,
            rounding=rounding,
        )
        return built


def _least(value: Any) -> Any:
    if isinstance(value, Enclosure):
        return Enclosure(value.lower.amin(-1), value.upper.amin(-1), value.quality, value.method)
    return value.amin(dim=-1) if isinstance(value, Tensor) and value.ndim else value


def claim_about(subject: Subject, bound: bounds.Bound, quantity: Quantity | None = None) -> Claim:
    """The claim of a bound on one of the subject's quantities, with the subject's own readings.

    Parameters
    ----------
    subject : Subject
        What the bound is about.
    bound : Bound
        The right side.
    quantity : Quantity, optional
        The left side; the subject's quantity of the bound's key if None.

    Returns
    -------
    Claim

    Raises
    ------
    VerifyError
        The subject has no such quantity, or no reading for a symbol.

    Examples
    --------
    >>> import bounds, verify
    >>> about = verify.claims()["gradient"].subject
    >>> verify.claim_about(about, bounds.get("input_gradient")).name
    'input_gradient'
    """
    if quantity is None:
        if bound.quantity not in subject.quantities:
            raise VerifyError(
                "quantity", repr(bound.quantity), "one of " + ", ".join(subject.quantities)
            )
        quantity = subject.quantities[bound.quantity]
    known = subject.readings[quantity.over]
    needed = sorted({*bound.symbols, *bound.failure_symbols})
    return Claim(bound, quantity, {s: known[s] for s in needed if s in known}, subject)
