"""The running sums of BG/BB against stories added one by one, and against mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from crm_ml.models.clv import opportunities
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.rows import Rows, read_rows

THETA = np.array([1.2, 0.75, 0.66, 2.8])


def histories(n, longest, seed=0):
    rng = np.random.default_rng(seed)
    T = rng.integers(1, longest + 1, n)
    t_x = (T * rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], n)).astype(int)
    x = np.where(t_x > 0, np.maximum(1, (t_x * rng.random(n)).astype(int)), 0)
    return Rows(*(one.astype(float) for one in (x, t_x, T, rng.integers(1, 5, n))))


@pytest.mark.parametrize("longest", [1, 6, 60, 900])
@pytest.mark.parametrize("theta", [THETA, THETA * [3.0, 30.0, 0.3, 20.0]])
def test_running_sums_give_what_stories_one_by_one_give(longest, theta):
    rows = histories(150, longest)
    fast, slow = opportunities.log_likelihood(theta, rows), opportunities._one_by_one(theta, rows)
    assert fast.value == pytest.approx(slow.value, rel=1e-12)
    for name in ("gradient", "hessian"):
        exact = getattr(slow, name)
        np.testing.assert_allclose(getattr(fast, name), exact, rtol=1e-9, atol=1e-11 * np.abs(exact).max())


def test_stories_too_small_for_a_running_sum_are_added_one_by_one():
    """A history after 3,000 opportunities is below the smallest double times the first story of its x."""
    x, t_x, T = np.array([[1000.0, 1000.0, 3.0], [1010.0, 2900.0, 900.0], [3000.0, 3000.0, 2000.0]])
    rows = Rows(x, t_x, T, np.array([2.0, 3.0, 1.0]))
    deep = opportunities._Sums(THETA, rows).deep
    assert deep.any()
    assert not deep.all()
    fast, slow = opportunities.log_likelihood(THETA, rows), opportunities._one_by_one(THETA, rows)
    np.testing.assert_allclose(fast.gradient, slow.gradient, rtol=1e-9)
    shares = opportunities.shares_of(THETA, rows)
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-12)


def exact(theta, x, t_x, T, horizon):
    """P(alive) and P(no purchase at the next opportunities) from their definitions (paper, eq. 6)."""
    alpha, beta, gamma, delta = (mp.mpf(float(one)) for one in theta)

    def alive(t):
        return mp.beta(alpha + x, beta + t - x) * mp.beta(gamma, delta + t)

    def gone(first, last):
        dead = (mp.beta(alpha + x, beta + t - x) * mp.beta(gamma + 1, delta + t) for t in range(first, last))
        return mp.fsum(dead)

    total = alive(T) + gone(t_x, T)
    silent = (alive(T + horizon) + gone(t_x, T + horizon)) / total
    return alive(T) / total, silent


def test_answers_against_mpmath():
    """40 generated histories of up to 600 opportunities, parameters from 0.03 to 30: 1e-9 relative."""
    rows, rng = histories(40, 600, seed=1), np.random.default_rng(2)
    for x, t_x, T in zip(rows.x, rows.t_x, rows.T, strict=True):
        theta, horizon = 10 ** rng.uniform(-1.5, 1.5, 4), int(rng.integers(1, 60))
        model = BGBB()
        model.params_ = pd.Series(theta, index=list(BGBB.parameters))
        row = pd.DataFrame({"frequency": [x], "t_x": [t_x], "T": [T]})
        with mp.workdps(40):
            alive, silent = exact(theta, int(x), int(t_x), int(T), horizon)
        assert model.probability_alive(row)[0] == pytest.approx(float(alive), rel=1e-9)
        assert model.probability_no_purchase(row, horizon)[0] == pytest.approx(float(silent), rel=1e-9)


def test_every_row_is_in_one_piece():
    rows = histories(400, 3000)
    pieces = opportunities.cut_by_x(rows)
    assert len(pieces) > 5
    assert sorted(np.concatenate(pieces).tolist()) == list(range(400))


def test_many_opportunities_are_no_burden():
    """The number of evaluated cells, not a clock: customers more by the hundred cost no story more."""
    one = histories(200, 500)
    many = Rows(*(np.tile(column, 100) for column in (one.x, one.t_x, one.T, one.count)))
    cells = [opportunities._Sums(THETA, rows).cells.size for rows in (one, many)]
    assert cells[0] == cells[1]
    grouped = read_rows(pd.DataFrame({"frequency": many.x, "t_x": many.t_x, "T": many.T})).grouped()[0]
    assert len(grouped.x) <= 200
