"""The scripts of the gallery run, each in a process of its own, and say what their pages say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.afresh import run_afresh

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "examples" / "gallery").glob("plot_*.py"))
#: Lines that a page's text rests on.
SAYS = {
    "plot_01_refute_repair_prove": ["two terms: violated", "CONFIRMED: 'two terms'", "proved"],
    "plot_02_own_activation": ["K    = 1", "hessian.closed   holds"],
    "plot_03_own_model": ["violated", "holds"],
    "plot_04_ten_million_parameters": ["10,487,808 parameters", "Both ends are certified"],
    "plot_05_convergence_certificate": ["certified at step", "F3, glued"],
    "plot_06_implicit_bias": ["least l1 norm of an interpolant: 3.500000000"],
    "plot_07_generalization": ["with probability 0.95", "HeldOut"],
    "plot_08_campaign": ["5 of 12 items", "finished: True"],
    "plot_09_counterexample_to_test": ["textbook: violated", "1 failed"],
    "plot_10_depth": ["loose"],
    "plot_11_matrix_inequality": ["rows: violated", "root of the rows: tight"],
    "plot_12_along_training": ["hessian.closed.summed after [CV25] Thm 4.1"],
}
QUICK = {"plot_06_implicit_bias"}
SPREAD = [
    pytest.param(path, id=path.stem, marks=() if path.stem in QUICK else pytest.mark.slow)
    for path in SCRIPTS
]


def test_every_page_of_the_gallery_says_something_that_is_looked_for():
    assert {path.stem for path in SCRIPTS} == set(SAYS)
    assert len(SCRIPTS) >= 10


@pytest.mark.parametrize("script", SPREAD)
def test_a_script_of_the_gallery_prints_what_its_page_rests_on(script):
    done = run_afresh(
        "import matplotlib, runpy, warnings\n"
        "matplotlib.use('Agg')\n"
        "warnings.simplefilter('ignore', UserWarning)\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    assert done.returncode == 0, done.stderr
    for line in SAYS[script.stem]:
        assert line in done.stdout
