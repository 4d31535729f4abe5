"""Claims about any module: right verdicts where the truth is known, and refusals that say why."""

from __future__ import annotations

import copy

import pytest
import sympy as sp
import torch
from torch import nn

import verify
from numerics import NumericsError
from verify.counterexample.files import load
from verify.verdict import Grade, Verdict

D = torch.float64
S = sp.Symbol("s", nonnegative=True)


def inputs(*shape: int):
    return lambda generator, count: torch.randn(count, *shape, generator=generator, dtype=D)


def mlp(*, seed: int = 0, dtype: torch.dtype = D) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).to(dtype)


def about(module, quantity="output", right=10**6, **words):
    return verify.Claim.about_module(
        "mine", module, quantity, right, **({"inputs": inputs(3)} | words)
    )


def checked(claim, seed=0):
    case = claim.subject.drawn(claim.subject.shapes(claim)[0], 8, seed, claim)
    return verify.check(claim, case), case


def product_of_norms(p):
    first, second = (torch.linalg.matrix_norm(p[n], 2) for n in ("0.weight", "2.weight"))
    return first * second


def test_the_lipschitz_bound_of_an_mlp_holds_and_half_of_it_falls():
    for factor, verdict in ((1, Verdict.HOLDS), (sp.Rational(1, 4), Verdict.VIOLATED)):
        claim = about(
            mlp(),
            "input_gradient_norm",
            factor * S,
            parameters=0.3,
            measures={"s": product_of_norms},
        )
        found, _ = checked(claim)
        assert found.verdict is verdict
        assert found.grade is Grade.PERTURBED


def quadratic() -> nn.Module:
    """f = <x, A x> / 2 with A = diag(1, -3), loss f - y: Hessians known by heart."""

    class Form(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.t = nn.Parameter(torch.tensor([0.5, -0.25], dtype=D))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 0.5 * (self.t[0] ** 2 - 3.0 * self.t[1] ** 2) + 0.0 * x.sum()

    return Form()


def test_the_hessian_of_a_known_form_has_its_known_norm_and_top():
    norm = about(quadratic(), "hessian_norm", 3, sense=">=")
    assert checked(norm)[0].verdict is Verdict.TIGHT
    data = {"x": inputs(1, 1), "y": inputs(1)}

    def draw(generator, count):
        return {name: sampler(generator, count) for name, sampler in data.items()}

    top = about(quadratic(), "sharpness", 1, inputs=draw, loss=lambda f, y: (f - y).sum())
    assert checked(top)[0].verdict is Verdict.TIGHT  # the largest eigenvalue, not the largest norm


def test_a_large_hessian_is_searched_from_below_and_agrees_with_the_dense_one(monkeypatch):
    claim = about(mlp(), "hessian_norm", 0)
    dense, _ = checked(claim)
    monkeypatch.setattr("verify.own.derivative.DENSE", 3)
    below, _ = checked(about(mlp(), "hessian_norm", 0))
    assert torch.allclose(dense.lower, below.lower, rtol=1e-4)
    assert bool((below.lower <= dense.upper).all())
    assert below.grade in (Grade.SEARCHED, Grade.PERTURBED)
    assert bool(below.upper.isinf().all())
    high = checked(about(mlp(), "hessian_norm", 1000))[0]
    assert high.verdict is Verdict.NOT_REFUTED, "from below nothing may hold"


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU())
        self.head = nn.Linear(2 * 9, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head((x + self.body(x)).flatten(1))


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.attention(x, x, x)[0].mean(1))


MODELS = {
    "residual with convolution and batch norm": (Residual, (2, 3, 3)),
    "attention": (Attention, (3, 4)),
    "transformer": (
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Flatten(), nn.Linear(12, 3)
        ),
        (3, 4),
    ),
    "lstm": (lambda: nn.Sequential(nn.LSTM(4, 3, batch_first=True)), (3, 4)),
    "pooling and group norm": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 4, 3), nn.GroupNorm(2, 4), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(4, 3)
        ),
        (2, 4),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("quantity", ["gradient_norm", "input_gradient_norm"])
def test_usual_models_are_taken_and_their_gradient_is_that_of_autograd(name, quantity):
    build, shape = MODELS[name]
    torch.manual_seed(0)
    model = build().double().eval()
    chosen = (lambda out: out[0][:, -1, 1]) if name == "lstm" else 1
    claim = about(model, quantity, 0, inputs=inputs(*shape), output=chosen)
    case = claim.subject.drawn(claim.subject.shapes(claim)[0], 2, 0, claim)
    truth = case.truth(claim.quantity)
    x = case.tensors()["x"].unsqueeze(0).requires_grad_()
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        out = model(x)
    value = chosen(out).sum() if callable(chosen) else out[0, 1]
    wanted = [x] if quantity == "input_gradient_norm" else list(model.parameters())
    grads = torch.autograd.grad(value, wanted, allow_unused=True)
    norm = sum(float((g**2).sum()) for g in grads if g is not None) ** 0.5
    assert float(truth.lower[0]) <= norm * (1 + 1e-12)
    assert float(truth.upper[0]) >= norm * (1 - 1e-12)


def test_the_users_module_is_never_touched_and_float32_is_taken_as_it_is():
    module = mlp(dtype=torch.float32)
    module.train()
    before, kept = copy.deepcopy(module.state_dict()), module[0].weight
    claim = about(module, "gradient_norm", 10**6)
    assert checked(claim)[0].verdict is Verdict.HOLDS
    assert module.training
    assert module[0].weight is kept
    assert kept.dtype == torch.float32
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    assert any("taken to float64" in line for line in claim.subject.statement)


def test_a_claim_keeps_the_module_it_was_made_of():
    module = mlp()
    claim = about(module, "output", 10**6)
    first = checked(claim)[0].lower
    with torch.no_grad():
        module[0].weight.mul_(100.0)
    assert torch.equal(checked(claim)[0].lower, first)


class Random(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum() + torch.rand((), dtype=D)


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=D))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x.sum()


class OwnDropout(nn.Module):
    """Does something else while training, and no rule knows its type."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (2.0 if self.training else 1.0) * x.sum()


class Detached(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x * x.detach()).sum()


class StraightThrough(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x + (torch.sign(x) * x**2 - x).detach()).sum()


class Narrow(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (3.0 * x.float()).double().sum()


class Escaping(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum() * float(x.sum().detach())


REFUSED = {
    "dropout": (nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.5)), r"layer 1 \(Dropout\).*training"),
    "batch norm": (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), r"layer 1 \(BatchNorm1d\)"),
    "random": (Random(), "two outputs at one input"),
    "counting": (Counting(), "calls"),
    "own dropout": (OwnDropout(), "training mode computes something else"),
    "detached": (Detached(), "by autograd"),
    "straight-through": (StraightThrough(), "by autograd"),
    "float32 inside": (Narrow(), "float32"),
    "leaves torch": (Escaping(), "leave torch|by autograd"),
    "several outputs": (nn.Linear(3, 2), "place of one number"),
    "no module": (torch.sin, "Module"),
    "wrong inputs": (nn.Linear(4, 1), "takes the drawn inputs"),
    "lazy": (nn.LazyLinear(1), "without values"),
    "complex": (nn.Linear(3, 1, dtype=torch.complex128), "complex"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_judged_is_refused_with_the_reason(name):
    module, found = REFUSED[name]
    with pytest.raises((verify.VerifyError, NumericsError), match=found):
        about(module, "input_gradient_norm", 1)


def test_a_gradient_at_a_kink_is_not_decided():
    """relu(x) - relu(-x) is x, whose gradient at 0 is 1; autograd says 0 there."""

    class Identity(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (torch.relu(x) - torch.relu(-x)).sum()

    claim = about(
        Identity(), "input_gradient_norm", sp.Rational(1, 2), sense=">=", inputs=inputs(1)
    )
    shape = claim.subject.shapes(claim)[0]
    case = claim.subject.drawn(shape, 1, 0, claim)
    away = verify.check(claim, case)
    assert away.verdict is Verdict.HOLDS
    kink = case.with_tensors({"x": torch.zeros(1, dtype=D)})
    assert verify.check(claim, kink).verdict is Verdict.UNDECIDED


def test_a_quantity_of_ones_own_calls_the_module_with_the_samples_parameters():
    def gap(call, sample):
        return (call(sample["x"][None]) - call(-sample["x"][None])).abs().sum()

    odd = nn.Sequential(
        nn.Linear(3, 4, bias=False), nn.Tanh(), nn.Linear(4, 1, bias=False)
    ).double()
    claim = about(
        odd, gap, 2 * S, parameters=0.5, measures={"s": lambda p: p["2.weight"].abs().sum()}
    )
    assert checked(claim)[0].verdict is Verdict.HOLDS


def test_a_violation_is_shrunk_and_confirmed_from_its_file(tmp_path):
    claim = about(
        mlp(), "input_gradient_norm", S / 8, inputs={"x": verify.domain.ball(3)},
        measures={"s": product_of_norms},
    )  # fmt: skip
    found = verify.investigate(claim, evaluations=30)
    assert found.verdict is Verdict.VIOLATED
    assert "model" in found.sentence
    path = found.counterexample.save(tmp_path / "mine.json")
    again = load(path).case()
    assert verify.check(claim, again).verdict is Verdict.VIOLATED


@pytest.mark.slow
def test_the_page_of_ten_lines_runs():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    claim = verify.Claim.about_module(
        "relu network is 1-Lipschitz", model, "input_gradient_norm", 1,
        inputs={"x": verify.domain.box(-1, 1, shape=2)}, parameters=1.0,
    )  # fmt: skip
    assert verify.investigate(claim, evaluations=20).verdict is Verdict.VIOLATED
