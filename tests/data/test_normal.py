"""The own normal: by hand, and blind to the horizon."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.normal import NormalSettings, baseline, customer_days, own_normal

from .logs import log_of, steady_base

CUTOFF = 400


def normals(tx, cutoff=CUTOFF, horizon=90, settings=None):
    table = tx.engine.to_arrow(own_normal(tx, cutoff, horizon, settings)).to_pandas()
    return table.set_index("customer_id").sort_index()


@pytest.fixture
def small():
    rows = [("old", day, 100.0) for day in range(0, 400, 40)]
    rows += [("young", 200, 500.0), ("young", 240, 30.0), ("young", 240, 10.0), ("young", 300, 40.0)]
    rows += [("burst", 395, 10.0), ("burst", 396, 10.0), ("burst", 398, 10.0)]
    rows += [("once", 390, 70.0)]
    rows += [
        ("refunded", 100, 20.0),
        ("refunded", 150, 20.0),
        ("refunded", 160, -60.0),
        ("refunded", 170, 5.0),
    ]
    rows += [("gone", 3, 50.0), ("gone", 9, 50.0), ("gone", 12, 50.0)]
    rows += [("old", 500, 999.0), ("young", 401, 999.0)]
    return log_of(rows, first=0, last=600)


def test_a_customer_older_than_the_baseline_is_taken_over_the_whole_baseline(small):
    old = normals(small).loc["old"]
    assert old["purchase_days"] == old["repeat_days"] == 9  # days 40 … 360 of the 365 before day 400
    assert old["normal"] == pytest.approx(9 * 100 * 10_000 / 365 * 90)


def test_the_first_purchase_of_a_young_customer_is_no_part_of_the_rate(small):
    young = normals(small).loc["young"]
    assert young["exposure_days"] == 200
    assert young["purchase_days"] == 3
    assert young["repeat_days"] == 2
    assert young["normal"] == pytest.approx(80 * 10_000 / 200 * 90)
    with_first = normals(small, settings=NormalSettings(skip_first_purchase=False)).loc["young"]
    assert with_first["normal"] == pytest.approx(580 * 10_000 / 365 * 90)


def test_three_orders_in_a_week_are_no_yearly_rate(small):
    burst = normals(small).loc["burst"]
    assert burst["exposure_days"] == 90
    assert burst["normal"] == pytest.approx(20 * 10_000)


def test_established_needs_three_purchase_days_inside_the_baseline(small):
    established = normals(small)["established"]
    assert established[["old", "young", "burst", "refunded"]].all()
    assert not established["once"]
    assert "gone" not in established.index  # bought before the baseline only


def test_a_normal_is_never_negative(small):
    assert normals(small).loc["refunded", "normal"] == 0


def test_nothing_on_or_after_the_cutoff_counts(small):
    cut = log_of([("old", day, 100.0) for day in range(0, 400, 40)] + [("old", 400, 1e6)], last=600)
    assert normals(cut).loc["old", "normal"] == normals(small).loc["old", "normal"]


def test_too_short_a_history_makes_nobody_established():
    tx = log_of([("a", day, 10.0) for day in range(0, 100, 5)], last=300)
    assert not normals(tx, cutoff=100, horizon=90)["established"].any()
    assert normals(tx, cutoff=100, horizon=45)["established"].all()  # two short horizons are enough


def test_without_amounts_the_normal_counts_purchase_days():
    tx = log_of([("a", day, 1.0) for day in (0, 10, 10, 200, 300)], money=False, last=500)
    assert normals(tx, cutoff=365, horizon=73).loc["a", "normal"] == pytest.approx(3 / 365 * 73)


def test_a_day_with_purchase_and_return_is_one_purchase_day_at_its_net_amount():
    tx = log_of([("a", 1, 30.0), ("a", 1, -10.0), ("a", 2, -5.0)])
    table = tx.engine.to_arrow(customer_days(tx)).to_pandas().sort_values("day")
    assert table["value"].tolist() == [200_000, -50_000]
    assert table["purchase"].tolist() == [1, 0]


def test_a_cutoff_on_the_first_day_is_refused():
    with pytest.raises(InputError, match="nothing precedes"):
        baseline(log_of([("a", 10, 1.0)]), 10, NormalSettings())


@pytest.mark.parametrize("wrong", [{"min_purchase_days": 0}, {"index_limits": (1.1, 2.0)}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        NormalSettings(**wrong)


def test_engines_agree():
    rows = steady_base(50)
    duck, polars = (log_of(rows, engine=name) for name in ("duckdb", "polars"))
    assert normals(duck, 700).equals(normals(polars, 700)[normals(duck, 700).columns])
