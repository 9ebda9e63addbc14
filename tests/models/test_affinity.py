"""Association rules: published counts, exact thresholds, suggestions that are true."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.models.affinity import AssociationRules, association_rules
from crm_ml.models.parts import Parts


@pytest.fixture(scope="module")
def groceries(data_folder):
    return pd.read_parquet(data_folder / "groceries.parquet")[["transaction_id", "item"]]


@pytest.mark.parametrize(
    ("support", "confidence", "rules", "lift"),
    [(0.01, 0.5, 15, 3.03), (0.006, 0.25, 463, 3.956), (0.001, 0.5, 5668, 18.996), (0.001, 0.8, 410, None)],
)
def test_published_counts(groceries, support, confidence, rules, lift):
    """The numbers of arules on its own data; a float comparison at .8 would give 406."""
    found = association_rules(groceries, min_support=support, min_confidence=confidence)
    assert len(found.table) == rules
    assert found.baskets == 9835
    if lift is not None:
        assert found.table["lift"].max() == pytest.approx(lift, abs=5e-4)


def by_hand(lines, min_count, min_confidence):
    baskets = [frozenset(group) for _, group in lines.groupby("order")["item"]]
    items = sorted(set(lines["item"]))
    count = {
        found: sum(set(found) <= basket for basket in baskets)
        for size in (1, 2, 3, 4)
        for found in itertools.combinations(items, size)
    }
    return {
        (tuple(k for k in found if k != one), one): n
        for found, n in count.items()
        if len(found) > 1 and n >= min_count
        for one in found
        if n >= min_confidence * count[tuple(k for k in found if k != one)]
    }


def test_equal_to_counting_by_hand():
    """All sets up to four items in random baskets."""
    rng = np.random.default_rng(0)
    lines = pd.DataFrame({"order": rng.integers(0, 200, 900), "item": rng.choice(list("abcdefg"), 900)})
    baskets = lines["order"].nunique()
    found = association_rules(lines, min_support=10 / baskets, min_confidence=0.5, max_items=4).table
    expected = by_hand(lines.drop_duplicates(), 10, 0.5)
    rules = zip(found["antecedent"], found["consequent"], found["count"], strict=True)
    given = {(before, after): count for before, after, count in rules}
    assert given == expected
    np.testing.assert_allclose(found["support"], found["count"] / baskets)


def test_repeated_lines_and_row_order_do_not_matter(groceries):
    """A basket holds an item or it does not."""
    twice = pd.concat([groceries, groceries.iloc[::3]]).sample(frac=1, random_state=0)
    one = association_rules(groceries, min_support=0.01).table
    pd.testing.assert_frame_equal(association_rules(twice, min_support=0.01).table, one)


def test_suggestions_follow_from_what_is_owned(groceries):
    """Every suggested item is not owned, every reason is, and the confidence is that of a rule."""
    rules = association_rules(groceries, min_support=0.005, min_confidence=0.3)
    owned = groceries.iloc[:2000]
    given = rules.recommend(owned, most=2)
    has = owned.groupby("transaction_id")["item"].agg(set)
    known = {
        (before, after): sure
        for before, after, sure in rules.table[["antecedent", "consequent", "confidence"]].itertuples(
            index=False
        )
    }
    assert len(given) > 100
    for row in given.itertuples():
        assert row.item not in has[row.transaction_id]
        assert set(row.because) <= has[row.transaction_id]
        assert known[row.because, row.item] == row.confidence
    assert given.groupby("transaction_id").size().max() <= 2
    assert not given.duplicated(["transaction_id", "item"]).any()


def test_parts_round_trip(groceries, tmp_path):
    """Rules are stored like any model."""
    rules = association_rules(groceries, min_support=0.01)
    loaded = AssociationRules.from_parts(Parts.load(rules.to_parts().save(tmp_path)))
    pd.testing.assert_frame_equal(loaded.table, rules.table)
    assert (loaded.baskets, loaded.settings) == (rules.baskets, rules.settings)


def test_no_rule_is_an_empty_table_and_no_line_an_error(tmp_path):
    """Nothing frequent is an answer; nothing at all is a mistake."""
    lines = pd.DataFrame({"order": [1, 2], "item": ["a", "b"]})
    nothing = association_rules(lines, min_support=0.9)
    assert nothing.table.empty
    assert nothing.recommend(lines).empty
    assert AssociationRules.from_parts(Parts.load(nothing.to_parts().save(tmp_path))).table.empty
    with pytest.raises(InputError, match="at least one row"):
        association_rules(lines.iloc[:0])
