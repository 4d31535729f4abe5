"""Row and input patterns are what their names say, at every width and scale."""

from __future__ import annotations

import math

import pytest
import torch

from verify import VerifyError, network_case
from verify.weightnorm.specs import LayerSpec, NetworkSpec, build_batch


def cosines(pattern: str, width: int = 4) -> torch.Tensor:
    """Cosine of each row of layer 1 to the input."""
    network, x = NetworkSpec((LayerSpec(width, pattern, -2.0, 3.0),), input_dim=5, seed=3).build()
    weight = network.weights[0].reshape(width, 5)
    return (weight @ x) / (torch.linalg.vector_norm(weight, dim=1) * torch.linalg.vector_norm(x))


@pytest.mark.parametrize(
    "pattern, cosine",
    [("parallel", 1.0), ("perpendicular", 0.0), ("oblique", 1 / math.sqrt(3))],
)
def test_rows_stand_to_the_input_as_the_pattern_says(pattern, cosine):
    expected = torch.full((4,), cosine, dtype=torch.float64)
    assert torch.allclose(cosines(pattern), expected, atol=1e-14)


def test_duplicate_rows_come_in_pairs_and_equal_rows_are_equal():
    assert bool((cosines("duplicate")[0::2] - cosines("duplicate")[1::2]).abs().max() < 1e-14)
    assert float(cosines("equal").std()) < 1e-14


def test_orthogonal_rows_are_orthogonal():
    network, _ = NetworkSpec((LayerSpec(3, "orthogonal"),), input_dim=5).build()
    gram = network.weights[0][0] @ network.weights[0][0].T
    assert torch.allclose(gram, torch.eye(3, dtype=torch.float64), atol=1e-14)


@pytest.mark.parametrize("norm", [-4.0, 0.0, 2.0])
def test_row_norms_span_the_decades_asked_for(norm):
    network, _ = NetworkSpec((LayerSpec(5, "gaussian", norm, 2.0),)).build()
    norms = torch.linalg.vector_norm(network.weights[0][0], dim=1)
    assert float(norms[0]) == pytest.approx(10**norm)
    assert float(norms[-1]) == pytest.approx(10 ** (norm + 2))


@pytest.mark.parametrize("rows", ["parallel", "perpendicular", "oblique"])
def test_a_zero_input_and_a_width_of_one_still_build(rows):
    spec = NetworkSpec((LayerSpec(1, rows), LayerSpec(1, rows)), input_dim=1, x="zero")
    network, x = spec.build()
    assert float(x.abs().max()) == 0
    assert network.depth == 2


def test_unknown_patterns_and_no_layers_are_refused_by_name():
    with pytest.raises(VerifyError, match="rows"):
        NetworkSpec((LayerSpec(2, "diagonal"),)).build()
    with pytest.raises(VerifyError, match="`x`"):
        NetworkSpec((LayerSpec(2),), x="nan").build()
    with pytest.raises(VerifyError, match="layers"):
        NetworkSpec(()).build()


def test_a_batch_holds_each_network_and_refuses_mixed_architectures():
    specs = [NetworkSpec((LayerSpec(3),), seed=s) for s in (1, 2)]
    network, x = build_batch(specs)
    for index, spec in enumerate(specs):
        alone, x_alone = spec.build()
        assert bool((network.select(index).weights[0] == alone.weights[0]).all())
        assert bool((x[index, 0] == x_alone).all())
    with pytest.raises(VerifyError, match="specs"):
        build_batch([specs[0], NetworkSpec((LayerSpec(2),))])


@pytest.mark.parametrize(
    "x, named",
    [
        (torch.zeros(3, dtype=torch.float32), "x"),
        (torch.full((3,), math.nan, dtype=torch.float64), "x"),
        (torch.zeros(4, dtype=torch.float64), "x"),
        (torch.zeros(2, 1, 3, dtype=torch.float64), "x"),
    ],
)
def test_a_case_refuses_inputs_it_cannot_judge(x, named):
    network, _ = NetworkSpec((LayerSpec(2),)).build()
    with pytest.raises(VerifyError, match=f"`{named}`"):
        network_case(network, x)
