"""The figures' settings are those published, and the starts are drawn as stated."""

import math
from dataclasses import replace

import pytest
import torch

from numerics import NumericsError
from numerics.weightnorm.training import loss_and_gradient
from numerics.weightnorm.training.presets import (
    FIGURES,
    REGIMES,
    figure_curves,
    figure_data,
    figure_setting,
)
from numerics.weightnorm.training.starts import uniform_network


def test_figure_settings_are_the_published_ones():
    first, second = FIGURES[1], FIGURES[2]
    assert (first.data, first.widths, first.half_width) == ("cifar10", (1024, 2048), 0.5)
    assert (second.data, second.widths, second.half_width) == ("mnist", (512, 1024), 5.0)
    for setting in (first, second):
        assert (setting.depth, setting.batch_size, setting.learning_rate) == (2, 512, 0.001)


def test_an_unknown_figure_is_refused():
    with pytest.raises(NumericsError, match="1 or 2"):
        figure_setting(3)


def test_uniform_starts_fill_their_interval_and_v_is_on_the_sphere():
    network = uniform_network((30, 100, 50), half_width=5.0, seed=0, batch=2)
    for weight, m in zip(network.weights, (100, 50), strict=True):
        bound = 5.0 / math.sqrt(m)
        assert weight.abs().max() <= bound
        assert weight.abs().max() > 0.99 * bound
        assert weight.mean().abs() < 0.05 * bound
    assert torch.allclose(network.v.norm(dim=-1), torch.ones(2, dtype=torch.float64))


def test_a_figure_is_drawn_from_digits_where_the_real_data_are_absent():
    setting = replace(figure_setting(2), widths=(8, 12), batch_size=64)
    data = figure_data(setting, None, digits=True)
    curves = list(figure_curves(setting, data, steps=6, track_every=3, track_n=50))
    assert [curve.width for curve in curves] == [8, 12]
    for curve in curves:
        assert curve.trajectory.records.steps == (0, 3, 6)
        assert curve.trajectory.network.dtype == torch.float32
        assert curve.trajectory.records.values["ratio"].shape == (3, 1)


@pytest.mark.parametrize("name", sorted(REGIMES))
def test_regimes_start_with_the_row_norms_they_name(name):
    regime = REGIMES[name]
    network, data = regime.network(), regime.data()
    norms = network.weights[0].norm(dim=-1)
    assert ((norms > 0.5 * regime.row_norm) & (norms < 2 * regime.row_norm)).all()
    assert torch.isfinite(loss_and_gradient(network, data.x, data.y)[0]).all()


def test_a_figure_continues_in_its_folder(tmp_path):
    setting = replace(figure_setting(1), widths=(8,), batch_size=64)
    data = figure_data(setting, None, digits=True)
    options = {"track_every": 2, "track_n": 50, "checkpoint_every": 2, "trackers": ("loss",)}
    list(figure_curves(setting, data, steps=4, folder=tmp_path, **options))
    resumed = next(figure_curves(setting, data, steps=6, folder=tmp_path, **options))
    straight = next(figure_curves(setting, data, steps=6, **options))
    assert (tmp_path / "width-8" / "step-0000000006.checkpoint").exists()
    assert torch.equal(resumed.trajectory.network.v, straight.trajectory.network.v)
    assert torch.equal(
        resumed.trajectory.records.values["loss"], straight.trajectory.records.values["loss"]
    )
