"""The chance level finds nothing where nobody changes and something where somebody does."""

from __future__ import annotations

import numpy as np
import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.data.windows import Window
from crm_ml.evaluation.chance import chance_level

from ..data.logs import log_of, steady_base

WINDOW = Window(700, 90)


def rows_of(tx, **options):
    return chance_level(tx, WINDOW, **options).table.set_index("state")


def test_of_a_base_that_does_not_change_everything_is_chance():
    rows = rows_of(log_of(steady_base(800)), draws=20)
    assert rows["net"].abs().max() < 0.03
    assert rows.loc["dries_up", "chance_low"] <= rows.loc["dries_up", "observed"] + 0.02


def test_customers_who_really_dry_up_stand_out():
    """Every fifth customer keeps one purchase in four from the cutoff on."""
    rows = [row for row in steady_base(800) if row[1] < 700 or int(row[0][1:]) % 5 or row[1] % 4 == 0]
    rows = rows_of(log_of(rows), draws=20)
    assert rows.loc["at_risk", "net"] > 0.06
    assert rows.loc["dries_up", "observed"] > rows.loc["dries_up", "chance_high"]


def test_the_same_seed_gives_the_same_level_on_any_order_of_rows():
    rows = steady_base(100)
    shuffled = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    first = chance_level(log_of(rows), WINDOW, draws=5).table
    assert first.equals(chance_level(log_of(shuffled), WINDOW, draws=5).table)
    assert not first.equals(chance_level(log_of(rows), WINDOW, draws=5, seed=1).table)


def test_a_large_base_is_sampled_and_keeps_its_level(monkeypatch):
    tx = log_of(steady_base(800))
    whole = rows_of(tx, draws=10)
    monkeypatch.setattr("crm_ml.evaluation.chance._MOST_CUSTOMERS", 400)
    assert rows_of(tx, draws=10)["chance"].to_numpy() == pytest.approx(whole["chance"].to_numpy(), abs=0.03)


def test_without_established_customers_it_says_so():
    found = chance_level(log_of([("a", 5, 1.0), ("b", 9, 1.0)], first=0, last=900), WINDOW, draws=2)
    assert found.n == 0
    assert found.warnings


def test_it_works_on_counts():
    rows = rows_of(log_of(steady_base(200), money=False), draws=3)
    assert rows["chance"].notna().all()


def test_an_unobserved_window_is_refused():
    with pytest.raises(WindowError):
        chance_level(log_of(steady_base(20, 500)), WINDOW)
