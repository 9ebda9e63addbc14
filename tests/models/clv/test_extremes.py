"""Every answer against mpmath on histories far outside the usual: no NaN, no overflow, 1e-9 relative.

x to 100,000, ages from a day to 50 years, horizons from a day to 50 years, one-time buyers, a = 1, a + b = 1.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.gamma_gamma import GammaGamma
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD

CASES = 210


def histories(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.choice([0, 0, 1, 2, 5, 30, 365, 3_000, 100_000], n)
    T = np.exp(rng.uniform(0, np.log(18_262), n)).round(1)
    # Most customers are quiet for a share of their age, some for none or almost all of it.
    quiet = rng.choice([0.0, 1e-3, 0.05, 0.3, 0.9], n)
    t_x = np.where(x > 0, T * (1 - quiet), 0.0)
    return pd.DataFrame({"frequency": x, "t_x": t_x, "T": T}), rng


def at(model, *theta):
    model.params_ = pd.Series(dict(zip(model.parameters, theta, strict=True)))
    return model


def dropout_answers(r, alpha, a, b, first, x, t_x, T, t):
    """P(gone), P(no purchase in t) of BG/NBD (first = 0) and MBG/NBD (first = 1) from their definitions."""
    R, chances = r + x, x + first
    odds = mp.mpf(0)
    if chances:
        odds = a / (b + chances - 1) * ((alpha + T) / (alpha + t_x)) ** R
    gone, alive = odds / (1 + odds), 1 / (1 + odds)
    return alive, gone + alive * ((alpha + T) / (alpha + T + t)) ** R


@pytest.mark.parametrize(("model", "first"), [(BGNBD, 0), (MBGNBD, 1)])
def test_dropout_models(model, first):
    table, rng = histories(CASES, 1)
    for i, (x, t_x, T) in enumerate(table.itertuples(index=False)):
        r, alpha = 10 ** rng.uniform(-2, 1), 10 ** rng.uniform(-1, 3)
        a, b = 10 ** rng.uniform(-2, 1), 10 ** rng.uniform(-2, 2)
        a, b = (1.0, b) if i % 5 == 0 else (0.3, 0.7) if i % 5 == 1 else (a, b)
        t = float(np.exp(rng.uniform(0, np.log(18_262))))
        fitted = at(model(), r, alpha, a, b)
        with mp.workdps(50):
            numbers = (mp.mpf(float(one)) for one in (r, alpha, a, b))
            moments = (mp.mpf(float(one)) for one in (t_x, T, t))
            alive, silent = dropout_answers(*numbers, first, int(x), *moments)
        row = table.iloc[[i]]
        assert relative(fitted.probability_alive(row).iloc[0], alive) < 1e-9
        assert relative(fitted.probability_no_purchase(row, t).iloc[0], silent) < 1e-9


def relative(ours, exact):
    """Relative error, or absolute below what a double can hold."""
    return float(abs(mp.mpf(float(ours)) - exact) / max(abs(exact), mp.mpf(10) ** -290))


def quiet_then_gone(R, A, s, B, span):
    """P(no purchase while alive, gone within the span) of Pareto/NBD, integrated over the moment."""
    if span == 0:
        return mp.mpf(0)
    scale = 1 / (R / A + (s + 1) / B)
    cuts = [scale * mp.mpf(2) ** k for k in range(-4, 40) if scale * mp.mpf(2) ** k < span]
    return mp.quad(lambda u: s / B * (1 + u / A) ** -R * (1 + u / B) ** (-s - 1), [0, *cuts, span])


def pareto_answers(r, alpha, s, beta, x, t_x, T, t):
    """P(alive), P(no purchase in t), E(purchases in t) from their definitions."""
    R = r + x
    gone = quiet_then_gone(R, alpha + t_x, s, beta + t_x, T - t_x)
    still = ((alpha + t_x) / (alpha + T)) ** R * ((beta + t_x) / (beta + T)) ** s
    alive, A, B = still / (still + gone), alpha + T, beta + T
    none = quiet_then_gone(R, A, s, B, t) + (1 + t / A) ** -R * (1 + t / B) ** -s
    expected = alive * R / A * (B / (s - 1)) * (1 - (1 + t / B) ** (1 - s))
    return alive, gone / (still + gone) + alive * none, expected


def test_pareto_nbd():
    table, rng = histories(60, 2)
    for i, (x, t_x, T) in enumerate(table.itertuples(index=False)):
        shapes, scales = 10 ** rng.uniform(-1, 1, 2), 10 ** rng.uniform(-1, 3, 2)
        theta = (shapes[0], scales[0], shapes[1], scales[1])
        fitted, row, t = (
            at(ParetoNBD(), *theta),
            table.iloc[[i]],
            float(np.exp(rng.uniform(0, np.log(18_262)))),
        )
        with mp.workdps(25):
            numbers = (mp.mpf(float(one)) for one in theta)
            moments = (mp.mpf(float(one)) for one in (t_x, T, t))
            alive, silent, expected = pareto_answers(*numbers, int(x), *moments)
        assert relative(fitted.probability_alive(row).iloc[0], alive) < 1e-9
        assert relative(fitted.probability_no_purchase(row, t).iloc[0], silent) < 1e-9
        assert relative(fitted.expected_purchases(row, t).iloc[0], expected) < 1e-9


def quiet(k, R, A, span):
    """P(fewer than k stages within the span) for a rate drawn from Gamma(R, A)."""
    q = span / (A + span)
    return mp.fsum(mp.rf(R, j) / mp.factorial(j) * q**j for j in range(k)) * (1 - q) ** R


def test_erlang_nbd():
    """Regular timing: P(alive) and P(no purchase in t) of 100 histories from their definitions."""
    table, rng = histories(100, 5)
    for x, t_x, T in table.itertuples(index=False):
        theta, k = 10 ** rng.uniform([-1, -1, -1, -1], [1, 3, 1, 1]), int(rng.integers(1, 6))
        fitted, t = at(ErlangNBD(k), *theta), float(np.exp(rng.uniform(0, np.log(18_262))))
        fitted.k_ = k
        row = pd.DataFrame({"frequency": [x], "t_x": [t_x], "T": [T]})
        with mp.workdps(60):
            r, alpha, a, b, start, end, t_ = (mp.mpf(float(one)) for one in (*theta, t_x, T, t))
            R, A = r + k * int(x), alpha + start
            still = quiet(k, R, A, end - start)
            gone = a / (b + int(x))
            alive = still / (still + gone)
            silent = (gone + quiet(k, R, A, end + t_ - start)) / (still + gone)
        assert relative(fitted.probability_alive(row).iloc[0], alive) < 1e-9
        assert relative(fitted.probability_no_purchase(row, t).iloc[0], silent) < 1e-9


def test_nbd_and_gamma_gamma_are_exact():
    table, rng = histories(CASES, 3)
    for i, (x, _, T) in enumerate(table.itertuples(index=False)):
        r, alpha, t = 10 ** rng.uniform(-2, 1), 10 ** rng.uniform(-1, 3), 10 ** rng.uniform(0, 4.2)
        nbd, row = at(NBD(), r, alpha), table.iloc[[i]]
        p, q, v = 10 ** rng.uniform(-1, 3), 1 + 10 ** rng.uniform(-3, 2), 10 ** rng.uniform(-2, 6)
        m = 10 ** rng.uniform(-2, 6)
        value = at(GammaGamma(), p, q, v).expected_value(row.assign(monetary_value=m)).iloc[0]
        with mp.workdps(40):
            r, alpha, t_, age, p, q, v, m = (mp.mpf(float(one)) for one in (r, alpha, t, T, p, q, v, m))
            silent = ((alpha + age) / (alpha + age + t_)) ** (r + int(x))
            expected = (r + int(x)) / (alpha + age) * t_
            mean = p * (v + int(x) * m) / (p * int(x) + q - 1)
        assert relative(nbd.probability_no_purchase(row, t).iloc[0], silent) < 1e-9
        assert relative(nbd.expected_purchases(row, t).iloc[0], expected) < 1e-9
        assert relative(value, mean) < 1e-9


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
@pytest.mark.parametrize("shape", [1e-3, 1.0, 1.0 + 1e-12, 50.0])
def test_removable_singularities(model, shape):
    """At a = 1 or s = 1 the closed forms divide by 0; just beside it they lose digits."""
    table, _ = histories(100, 4)
    near = at(model(), 0.5, 20.0, shape, 3.0).expected_purchases(table, 500)
    further = at(model(), 0.5, 20.0, shape * (1 + 1e-7), 3.0).expected_purchases(table, 500)
    assert np.isfinite(near).all()
    np.testing.assert_allclose(near, further, rtol=5e-5)
