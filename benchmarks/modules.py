"""Which models `from_module` and `Claim.about_module` take: variants by hand, and torchvision's.

    python -m benchmarks.modules            the 35 variants
    python -m benchmarks.modules --vision   and torchvision's classification models, where installed

Each is asked for a claim about its gradient in the input, made and checked at drawn inputs.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn.utils import parametrizations as P

import verify
from numerics import ACTIVATIONS, NumericsError, WeightNormNetwork, WidthScale

D = torch.float64
Build = Callable[[], nn.Module]


def normed(k: int, m: int, gain: float | None = 1.0, bias: bool = False) -> nn.Module:
    linear = P.weight_norm(nn.Linear(k, m, bias=bias))
    if gain is not None:
        nn.init.constant_(linear.parametrizations.weight.original0, gain)
    return linear


def block(k: int, m: int, phi: Callable[[], nn.Module] = nn.Tanh) -> list[nn.Module]:
    return [normed(k, m), WidthScale(m), phi()]


def head(m: int, outputs: int = 1, bias: bool = False) -> nn.Module:
    return nn.Linear(m, outputs, bias=bias)


class Sine(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x)


class Residual(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.inner(x)


class Attends(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found, _ = self.attention(x, x, x)
        return found.mean(1)


class Swap(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


class Last(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)[0][:, -1]


def S(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


def old_norm() -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linear = nn.utils.weight_norm(nn.Linear(4, 6, bias=False))
    nn.init.ones_(linear.weight_g)
    return S(linear, WidthScale(6), nn.Tanh(), head(6))


V, I, Q = (4,), (1, 8, 8), (3, 4)
#: name -> (module, shape of one input)
VARIANTS: dict[str, tuple[Build, tuple[int, ...]]] = {
    "inner": (lambda: S(*block(4, 6), head(6)), V),
    "outer": (lambda: S(normed(4, 6), nn.Tanh(), WidthScale(6), head(6)), V),
    "folded gain": (lambda: S(normed(4, 6, 6**-0.5), nn.Tanh(), head(6)), V),
    "old weight norm": (old_norm, V),
    "nested": (lambda: S(S(*block(4, 6)), S(S(*block(6, 5)), head(5))), V),
    "identity beside": (lambda: S(nn.Identity(), *block(4, 6), nn.Identity(), head(6)), V),
    "dropout": (lambda: S(*block(4, 6), nn.Dropout(0.5), head(6)), V),
    "flatten": (lambda: S(nn.Flatten(), *block(4, 6), head(6)), V),
    "gain -1": (lambda: S(normed(4, 6, -1.0), WidthScale(6), nn.Tanh(), head(6)), V),
    "gain and scale": (
        lambda: S(normed(4, 6, (4 / 6) ** 0.5), WidthScale(4), nn.Tanh(), head(6)), V
    ),
    "three outputs": (lambda: S(*block(4, 6), head(6, 3)), V),
    "own activation": (lambda: S(*block(4, 6, Sine), head(6)), V),
    "free gains": (lambda: S(normed(4, 6, None), nn.Tanh(), head(6)), V),
    "bias": (lambda: S(normed(4, 6, bias=True), WidthScale(6), nn.Tanh(), head(6)), V),
    "output bias": (lambda: S(*block(4, 6), head(6, bias=True)), V),
    "plain mlp": (lambda: S(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)), V),
    "relu mlp": (lambda: S(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)), V),
    "leaky relu": (lambda: S(nn.Linear(4, 6), nn.LeakyReLU(), nn.Linear(6, 1)), V),
    "prelu": (lambda: S(nn.Linear(4, 6), nn.PReLU(), nn.Linear(6, 1)), V),
    "gelu by tanh": (lambda: S(nn.Linear(4, 6), nn.GELU("tanh"), nn.Linear(6, 1)), V),
    "mixed activations": (lambda: S(*block(4, 6), *block(6, 5, nn.Sigmoid), head(5)), V),
    "spectral norm": (lambda: S(P.spectral_norm(nn.Linear(4, 6)), nn.Tanh(), head(6)), V),
    "orthogonal": (lambda: S(P.orthogonal(nn.Linear(4, 4)), nn.Tanh(), head(4)), V),
    "layer norm": (lambda: S(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), head(6)), V),
    "batch norm": (lambda: S(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), head(6)), V),
    "residual": (lambda: S(Residual(S(*block(4, 4))), head(4)), V),
    "softmax": (lambda: S(nn.Linear(4, 3), nn.Softmax(-1)), V),
    "bilinear gate": (lambda: S(nn.Linear(4, 8), nn.GLU(), head(4)), V),
    "convolution": (lambda: S(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 3)), I),
    "convolution, pooling": (
        lambda: S(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 3)), I
    ),
    "residual convolution": (
        lambda: S(Residual(S(nn.Conv2d(1, 1, 3, padding=1), nn.BatchNorm2d(1), nn.ReLU())),
                  nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4, 3)), I
    ),
    "attention": (lambda: S(Attends(), nn.Linear(4, 3)), Q),
    "transformer": (
        lambda: S(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Flatten(),
                  nn.Linear(12, 3)), Q
    ),
    "mixer": (
        lambda: S(Residual(S(Swap(), nn.Linear(3, 3), nn.GELU(), Swap())), nn.LayerNorm(4),
                  nn.Flatten(), nn.Linear(12, 3)), Q
    ),
    "lstm": (lambda: S(Last(nn.LSTM(4, 3, batch_first=True)), nn.Linear(3, 3)), Q),
}  # fmt: skip


def vision(pixels: int) -> Iterator[tuple[str, Build, tuple[int, ...]]]:
    """torchvision's classification models, untrained; its compiled operators are not needed.

    pixels: of one side of an image, where a model takes any.
    """
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            library.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")
    from torchvision import models

    for name in models.list_models(module=models):
        extra: dict[str, object] = {}
        if name in ("inception_v3", "googlenet"):
            extra["init_weights"] = False
        if name.startswith("vit"):
            patch = int(name.rsplit("_", 1)[1])
            extra["image_size"] = max(patch, pixels // patch * patch)
        side = int(extra.get("image_size", 224 if name.startswith("maxvit") else max(75, pixels)))

        def build(name: str = name, extra: dict[str, object] = extra) -> nn.Module:
            return models.get_model(name, weights=None, **extra)

        yield name, build, (3, side, side)


def said(work: Callable[[], object]) -> str:
    """Empty if it works, else the reason."""
    try:
        work()
    except (verify.VerifyError, NumericsError) as error:
        return str(error)
    return ""


def takes(
    name: str,
    module: nn.Module,
    shape: tuple[int, ...],
    checked: bool,
    quantity: str = "input_gradient_norm",
) -> str:
    """A claim about one quantity, and one check of it."""

    def work() -> None:
        outputs = module(torch.zeros(1, *shape)).numel()
        claim = verify.Claim.about_module(
            name, module, quantity, 10**9, output=0 if outputs > 1 else None,
            inputs=lambda g, n: torch.randn(n, *shape, generator=g, dtype=D),
        )  # fmt: skip
        if checked:
            case = claim.subject.drawn(claim.subject.shapes(claim)[0], 1, 0, claim)
            found = verify.check(claim, case)
            if found.verdict is not verify.Verdict.HOLDS:
                raise verify.VerifyError("check", found.verdict.value, "holds")

    return said(work)


def main() -> int:
    """Print one line for each model and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vision", action="store_true")
    parser.add_argument(
        "--largest", type=int, default=30_000_000, help="parameters of a vision model"
    )
    parser.add_argument(
        "--seconds", type=float, default=1e9, help="stop vision models after so long"
    )
    parser.add_argument("--quantity", default="input_gradient_norm", help="of vision models")
    parser.add_argument("--pixels", type=int, default=224, help="side of an image")
    options = parser.parse_args()
    torch.set_num_threads(1)
    read, about = 0, 0
    for name, (build, shape) in VARIANTS.items():
        torch.manual_seed(0)
        torch.set_default_dtype(D)  # so that gains are what they say
        module = build().eval()
        torch.set_default_dtype(torch.float32)
        output = 0 if name == "three outputs" else None
        first = said(
            lambda m=module, o=output: WeightNormNetwork.from_module(
                m, output=o, activations={Sine: ACTIVATIONS["sin"]}
            )
        )
        second = takes(name, build().float().eval(), shape, True)
        read, about = read + (not first), about + (not second)
        print(f"{name:22} from_module {first[:90] or 'yes'} | about_module {second[:120] or 'yes'}")
    print(f"{len(VARIANTS)} variants: from_module takes {read}, about_module {about}", flush=True)
    if options.vision:
        _vision(options.largest, options.seconds, options.pixels, options.quantity)
    return 0


def _vision(largest: int, seconds: float, pixels: int, quantity: str) -> None:
    tried = taken = skipped = 0
    end = time.monotonic() + seconds
    for name, build, shape in vision(pixels):
        with torch.device("meta"):
            size = sum(p.numel() for p in build().parameters())
        if size > largest or time.monotonic() > end:
            skipped += 1
            continue
        torch.manual_seed(0)
        started, reason = time.monotonic(), takes(
            name, build().eval(), shape, False, quantity
        )
        tried, taken = tried + 1, taken + (not reason)
        print(
            f"{name:22} {size:>12,} parameters, {time.monotonic() - started:6.1f} s: "
            f"{reason[:160] or 'yes'}",
            flush=True,
        )
    print(
        f"torchvision: about_module takes {taken} of {tried} tried; {skipped} not tried", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
