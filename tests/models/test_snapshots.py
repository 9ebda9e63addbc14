"""What is held out is later data where there are any."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crm_ml.models.snapshots import held_out, latest_snapshot


def panel(cutoffs):
    index = pd.MultiIndex.from_product([range(300), cutoffs], names=["customer_id", "cutoff"])
    return pd.DataFrame({"x": np.arange(len(index))}, index=index)


def customers(table, mask):
    return set(table.index.get_level_values("customer_id")[mask])


def test_other_customers_at_the_latest_cutoff_judge():
    """Dates and day numbers alike, whatever their order in the table."""
    for cutoffs in ([dt.date(2024, 1, 1), dt.date(2024, 4, 1)], [9, 10]):
        table = panel(cutoffs).sample(frac=1, random_state=0)
        split = held_out(table, np.tile([0, 1], 300), seed=0)
        assert set(table.index.get_level_values("cutoff")[split.judging]) == {cutoffs[1]}
        assert set(table.index.get_level_values("cutoff")[split.growing]) == {cutoffs[0]}
        assert 60 < split.judging.sum() < 120
        assert customers(table, split.growing).isdisjoint(customers(table, split.judging))


def test_too_few_customers_apart_leave_the_split_in_time():
    """With 20 cases a class, 30 % of the customers cannot judge; the whole latest snapshot can."""
    table = panel([1, 2])
    rare = np.asarray(table.index.get_level_values("customer_id") < 20).astype(int)
    split = held_out(table, rare, seed=0)
    assert split.judging.sum() == split.growing.sum() == 300


def test_one_snapshot_gives_a_seeded_share_of_every_class():
    """Strata keep their shares; the seed decides who."""
    strata = np.array([0] * 900 + [1] * 100)
    table = panel([1])
    assert latest_snapshot(table) is None
    split = held_out(np.zeros((1000, 1)), strata, seed=1)
    assert split.judging[:900].sum() == 225
    assert split.judging[900:].sum() == 25
    assert (split.growing == ~split.judging).all()
    assert (split.judging == held_out(np.zeros((1000, 1)), strata, seed=1).judging).all()
    assert (split.judging != held_out(np.zeros((1000, 1)), strata, seed=2).judging).any()


def test_few_rows_or_a_rare_class_are_not_split():
    """Nothing is judged on a handful of customers."""
    assert held_out(np.zeros((199, 1)), np.zeros(199, dtype=int), seed=0) is None
    assert held_out(np.zeros((1000, 1)), np.array([0] * 985 + [1] * 15), seed=0) is None
    table = panel([1, 2])
    only_late = (table.index.get_level_values("cutoff") == 2).astype(int)
    assert held_out(table, only_late, seed=0) is None
