"""Expected purchases until dropout against mpmath at 60 digits, far outside what data look like."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from crm_ml.models.clv import expectation
from crm_ml.models.clv.expectation import log_beta, purchases_until_dropout


def exact(a, B, R, q):
    """Fader, Hardie & Lee (2005), eq. 10 for those alive, after Euler's transformation.

    The removable singularities are moved by 1e-25; mpmath chooses its own route to the Gauss function.
    """
    with mp.workdps(60):
        a, B, R, q = (mp.mpf(float(one)) for one in (a, B, R, q))
        a += mp.mpf(10) ** -25 if a == 1 else 0
        C = a + B - 1
        C += mp.mpf(10) ** -25 if C == 0 else 0
        z = q / (1 + q)
        return float(C / (a - 1) * (1 - (1 - z) ** (a - 1) * mp.hyp2f1(C - R, a - 1, C, z)))


def cases(n):
    rng = np.random.default_rng(4)
    for i in range(n):
        x = int(rng.choice([0, 0, 1, 2, 10, 100, 3_000, 20_000, 100_000]))
        r, a, b = 10 ** rng.uniform(-2, 1.5), 10 ** rng.uniform(-2, 1.5), 10 ** rng.uniform(-2, 2)
        if i % 6 == 0:
            a = 1.0
        if i % 6 == 1:
            a, x = min(a, 0.9), 0
            b = 1.0 - a
        # From a day ahead after 50 years (z near 0) to 50 years ahead after minutes (z near 1).
        yield a, b + x, r + x, 10 ** rng.uniform(-4.3, 6)


def test_210_generated_cases_to_1e_9():
    worst = 0.0
    for a, B, R, q in cases(210):
        ours = purchases_until_dropout(a, np.array([B]), np.array([R]), np.array([q]))[0]
        worst = max(worst, abs(ours / exact(a, B, R, q) - 1.0))
    assert worst < 1e-9


def test_both_routes_agree_where_both_hold():
    """The trapezoid rule is an independent check of the series."""
    B, R, q = (
        np.array([2.4, 5.0, 90.0, 3e4]),
        np.array([0.3, 2.0, 80.0, 3e4]),
        np.array([0.01, 1.0, 5.0, 8.0]),
    )
    for a in (0.05, 0.8, 1.0, 1.5, 12.0):
        quick = expectation._by_series(a, a + B - 1.0, R, q)
        np.testing.assert_allclose(quick, expectation._by_trapezoid(a, B, R, q), rtol=1e-11)


@pytest.mark.parametrize("a", [0.3, 1.0, 7.0])
def test_no_horizon_gives_nothing(a):
    assert purchases_until_dropout(a, np.array([2.0]), np.array([3.0]), np.array([0.0]))[0] == 0.0


def test_log_beta_keeps_its_digits_where_log_gamma_is_huge():
    for a, b in [(0.01, 1e5), (3.0, 1e9), (31.0, 29.0), (1e4, 1e5), (0.5, 0.5)]:
        with mp.workdps(40):
            expected = float(mp.log(mp.beta(a, b)))
        assert float(log_beta(a, b)) == pytest.approx(expected, rel=1e-13, abs=1e-12)
