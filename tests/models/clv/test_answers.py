"""Next purchase, diagnostics, tracking, choosing, equity, and features for other models."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import BundleError, ColumnError, InputError
from crm_ml.models.clv.bg_bb import BGBB
from crm_ml.models.clv.bg_nbd import BGNBD
from crm_ml.models.clv.choosing import fit_best
from crm_ml.models.clv.diagnostics import diagnostics, tracking
from crm_ml.models.clv.equity import cohort_forecast, customer_equity, equity_bridge
from crm_ml.models.clv.erlang_nbd import ErlangNBD
from crm_ml.models.clv.features import BTYDFeatures
from crm_ml.models.clv.lifetime_value import LifetimeValue
from crm_ml.models.clv.mbg_nbd import MBGNBD
from crm_ml.models.clv.nbd import NBD
from crm_ml.models.clv.pareto_nbd import ParetoNBD
from crm_ml.models.clv.simulation import simulate
from crm_ml.models.clv.timing import next_purchase, next_purchase_curve


@pytest.fixture(scope="module")
def bg(cdnow):
    return BGNBD(time_unit="week").fit(cdnow)


@pytest.fixture(scope="module")
def clv(cdnow):
    return LifetimeValue(BGNBD(time_unit="week"), margin=0.3).fit(cdnow)


@pytest.fixture(scope="module")
def held_out(cdnow_log):
    """The summary at week 39 in days, and the purchases of the 39 weeks after it."""
    days = cdnow_log.drop_duplicates(["customer_id", "day"])
    cutoff = pd.Timestamp("1997-10-01")
    before = days[days["day"] < cutoff].groupby("customer_id")["day"]
    first = before.min()
    summary = pd.DataFrame(
        {
            "frequency": before.size() - 1,
            "t_x": (before.max() - first).dt.days,
            "T": (cutoff - pd.Timedelta(days=1) - first).dt.days,
        }
    )
    future = days[days["day"] >= cutoff].groupby("customer_id").size().reindex(summary.index, fill_value=0)
    return summary, future


def test_next_purchase_of_nbd_has_a_closed_form(cdnow):
    model = NBD(time_unit="week").fit(cdnow)
    r, alpha = model.theta
    found = next_purchase(model, cdnow, 500)
    R, A = r + cdnow["frequency"], alpha + cdnow["T"]
    median = A * (2 ** (1 / R) - 1)
    short = median < 400
    np.testing.assert_allclose(found["time_quantile"][short], median[short], rtol=5e-3)
    curve = next_purchase_curve(model, cdnow, [0, 10])
    np.testing.assert_allclose(curve[10.0], 1 - (A / (A + 10)) ** R)
    assert (curve[0.0] == 0).all()


def test_next_purchase_of_somebody_new_matches_simulation(bg):
    """The chance to come back within 26 weeks."""
    one = pd.DataFrame({"frequency": [0], "t_x": [0.0], "T": [0.0]})
    people = simulate(bg, np.full(40_000, 26.0), seed=2)
    found = next_purchase(bg, one, 26)
    assert found["probability"][0] == pytest.approx((people["frequency"] > 0).mean(), abs=0.01)
    once = people[people["frequency"] == 1]["t_x"]
    assert 0 < found["expected_time"][0] < once.mean()  # who came more often came sooner


def test_customers_who_will_hardly_return_have_no_median(bg):
    gone = pd.DataFrame({"frequency": [9], "t_x": [10.0], "T": [39.0]})
    assert np.isnan(next_purchase(bg, gone, 26)["time_quantile"][0])


def test_repeat_frequencies_add_up_to_the_customers(bg, cdnow):
    found = diagnostics(bg, cdnow)
    assert found.table["observed"].sum() == 2357
    assert found.table["expected"].sum() == pytest.approx(2357, rel=1e-9)
    # Fader, Hardie & Lee (2005), figure 1: the model fits the zero class closely.
    assert found.table.loc["0", "observed"] == 1411
    assert found.table.loc["0", "expected"] == pytest.approx(1411, rel=0.02)


def test_held_out_figures_of_cdnow(held_out):
    """RMSE of counts in weeks 40 to 78 near 1.608, and the model beats the naive rate."""
    summary, future = held_out
    found = BGNBD().fit(summary).diagnostics(summary, future, 273)
    assert found.figures["rmse_model"] == pytest.approx(1.608, abs=0.005)
    assert found.figures["rmse_model"] < found.figures["rmse_naive"]
    assert found.figures["auc_model"] > found.figures["auc_naive"]
    assert not found.warnings
    calibration = found.tables["calibration"]
    assert calibration["customers"].sum() == len(summary)
    assert calibration["expected"].is_monotonic_increasing


def test_a_model_that_loses_says_so(held_out):
    """Customers who go on exactly as before make the naive rate perfect."""
    summary, _ = held_out
    model = BGNBD().fit(summary)
    rare = diagnostics(model, summary, future=summary["frequency"] * 273 / summary["T"], horizon=273)
    assert any("loses to the naive rate" in note for note in rare.warnings)


def test_a_season_is_noticed(bg):
    """All purchases of a year in one month."""
    born, rng = np.zeros(500), np.random.default_rng(0)
    spread, crowded = rng.uniform(0, 52, 700), rng.uniform(44, 48, 700)
    calm = tracking(bg, born, spread, until=52, step=4)
    assert any("season" in note for note in tracking(bg, born, crowded, until=52, step=4).warnings)
    assert calm.figures["swing"] < tracking(bg, born, crowded, until=52, step=4).figures["swing"]


def test_a_large_bias_is_said(held_out):
    summary, future = held_out
    found = diagnostics(BGNBD().fit(summary), summary, future=future * 3, horizon=273)
    assert any("season" in note for note in found.warnings)


def test_held_out_needs_both_parts_and_the_same_customers(bg, cdnow):
    with pytest.raises(InputError, match="both"):
        diagnostics(bg, cdnow, horizon=3)
    with pytest.raises(InputError, match="different customers"):
        diagnostics(bg, cdnow, future=pd.Series([1]), horizon=3)


@pytest.mark.parametrize(("kind", "error"), [(BGNBD, -0.040), (MBGNBD, -0.066), (ParetoNBD, -0.015)])
def test_cumulative_tracking_of_cdnow(cdnow_log, held_out, kind, error):
    """Cumulative repeat purchases at week 78 against the known errors -4.0, -6.6 and -1.5 %."""
    days = cdnow_log.drop_duplicates(["customer_id", "day"]).copy()
    days["time"] = (days["day"] - days["day"].min()).dt.days
    born = days.groupby("customer_id")["time"].min()
    repeats = days[days["time"] > days["customer_id"].map(born)]["time"]
    found = tracking(kind().fit(held_out[0]), born.to_numpy(), repeats.to_numpy(), until=546, step=7)
    assert found.figures["cumulative_error"] == pytest.approx(error, abs=0.006)
    assert len(found.table) == 78
    np.testing.assert_allclose(found.table["actual"].cumsum(), found.table["actual_cumulative"])


def test_the_right_model_is_chosen():
    truth = NBD(time_unit="week")
    truth.params_ = pd.Series({"r": 1.5, "alpha": 12.0})
    table = simulate(truth, np.random.default_rng(0).uniform(20, 60, 900), seed=1)
    choice = fit_best(table, time_unit="week")
    assert type(choice.model) is NBD
    assert choice.comparison.table["behind"].min() == 0
    assert "NBD" in choice.reason


def test_regular_timing_is_recognised():
    truth = ErlangNBD(3, time_unit="week")
    truth.k_ = 3
    truth.params_ = pd.Series({"r": 2.0, "alpha": 2.0, "a": 0.8, "b": 4.0})
    table = simulate(truth, np.random.default_rng(0).uniform(20, 60, 2000), seed=1)
    assert ErlangNBD(time_unit="week").fit(table).k_ == 3
    assert ErlangNBD(time_unit="week").fit(table.drop(columns="log_gaps")).k_ == 3
    choice = fit_best(table, [MBGNBD(time_unit="week"), ErlangNBD(time_unit="week")])
    assert type(choice.model) is ErlangNBD
    with pytest.raises(InputError, match="BG/BB"):
        fit_best(table, [BGBB()])


def test_equity_is_the_sum_with_limits_of_its_own(clv, cdnow):
    single = clv.predict()
    found = customer_equity(clv, cdnow)
    assert found.figures["equity"] == pytest.approx(single["clv"].sum())
    total = found.table.loc["total"]
    assert single["clv_low"].sum() < total["equity_low"] < total["equity"] < total["equity_high"]
    grouped = customer_equity(
        clv, cdnow, by=pd.Series(np.where(cdnow["frequency"] > 0, "r", "o"), cdnow.index)
    )
    assert grouped.table.loc[["o", "r"], "equity"].sum() == pytest.approx(total["equity"])
    assert grouped.table["customers"].tolist() == [1411, 946, 2357]


def test_bridge_adds_up():
    before = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0, "e": 3.0})
    after = pd.Series({"a": 12.0, "b": 4.0, "d": 7.0, "e": 3.0})
    amounts = equity_bridge(before, after).table["amount"]
    assert amounts.iloc[:-1].sum() == pytest.approx(amounts["end"])
    with pytest.raises(InputError, match="twice"):
        equity_bridge(before, pd.concat([after, after]))


def test_cohort_forecast_sums_the_customers(clv, cdnow):
    cohort = pd.Series(np.where(cdnow["T"] > 33, "1997-01", "1997-02"), cdnow.index)
    found = cohort_forecast(clv, cdnow, cohort, [91, 182]).table
    expected = clv.purchases_.expected_purchases(cdnow, 26).sum()
    assert found[found["horizon_days"] == 182]["expected_purchases"].sum() == pytest.approx(expected)
    assert (found["low"] < found["expected_purchases"]).all()


def test_features_are_frozen_and_leave_gaps_where_history_is_missing(cdnow):
    days = cdnow.assign(t_x=cdnow["t_x"] * 7, T=cdnow["T"] * 7)
    made = BTYDFeatures(horizon_days=90).fit(days)
    broken = days.head(4).copy()
    broken.iloc[1, 0] = np.nan
    found = made.transform(broken)
    assert found.iloc[1].isna().all()
    assert found.iloc[[0, 2, 3]].notna().all(axis=None)
    pd.testing.assert_frame_equal(made.transform(days).head(4).iloc[[0, 2, 3]], found.iloc[[0, 2, 3]])
    assert made.get_feature_names_out().tolist() == list(found.columns)
    again = BTYDFeatures.from_dict(json.loads(json.dumps(made.to_dict())))
    pd.testing.assert_frame_equal(again.transform(days), made.transform(days))
    with pytest.raises(ColumnError, match="t_x"):
        made.transform(days.drop(columns="t_x"))
    with pytest.raises(BundleError):
        BTYDFeatures.from_dict({"kind": "Other"})
