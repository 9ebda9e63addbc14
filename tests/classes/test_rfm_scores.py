"""RFM scores: 5 is best, borders are stored, nested fifths lie within fifths, every cell has a name."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.classes.rfm_scores import SEGMENTS, RfmScores, segment_of


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(3)
    n = 2000
    return pd.DataFrame(
        {
            "recency_days": random.integers(1, 400, n),
            "purchase_days": random.geometric(0.3, n),
            "revenue": random.gamma(1.5, 100.0, n).round(2),
        },
        index=[f"c{number:04d}" for number in range(n)],
    )


def test_five_is_best_for_all_three(rows):
    scored = rows.join(RfmScores().fit(rows).transform(rows))
    means = scored.groupby("r")["recency_days"].mean()
    assert means.is_monotonic_decreasing
    assert scored.groupby("f")["purchase_days"].mean().is_monotonic_increasing
    assert scored.groupby("m")["revenue"].mean().is_monotonic_increasing
    assert scored["rfm_score"].eq(scored[["r", "f", "m"]].astype(str).agg("".join, axis=1)).all()


@pytest.mark.parametrize("method", ["independent", "nested"])
def test_a_score_depends_on_the_customer_alone(rows, method):
    scores = RfmScores(method).fit(rows)
    whole = scores.transform(rows)
    parts = [scores.transform(part) for part in (rows.iloc[:7], rows.iloc[7:])]
    pd.testing.assert_frame_equal(pd.concat(parts), whole)


def test_nested_fifths_of_money_lie_within_a_cell_of_recency_and_frequency(rows):
    scored = rows.join(RfmScores("nested").fit(rows).transform(rows))
    # Money has no ties here, so every large cell must be cut into fifths of its own.
    cells = scored.groupby(["r", "f"])["m"].agg(
        lambda m: m.value_counts(normalize=True).reindex(range(1, 6)).max()
    )
    sizes = scored.groupby(["r", "f"]).size()
    assert (cells[sizes >= 50] < 0.25).all()


@pytest.mark.parametrize("method", ["independent", "nested"])
def test_scores_survive_json(rows, method):
    scores = RfmScores(method).fit(rows)
    restored = RfmScores.from_dict(json.loads(json.dumps(scores.to_dict())))
    pd.testing.assert_frame_equal(restored.transform(rows), scores.transform(rows))


def test_a_cell_that_was_empty_at_fitting_still_gets_a_score():
    base = pd.DataFrame(
        {"recency_days": [1, 2, 3, 4, 5] * 4, "purchase_days": [1] * 20, "revenue": [5.0] * 20}
    )
    unseen = pd.DataFrame({"recency_days": [900], "purchase_days": [40], "revenue": [1e6]})
    scored = RfmScores("nested").fit(base).transform(unseen)
    assert scored[["r", "f", "m"]].isin(range(1, 6)).all(axis=None)


def test_without_money_orders_speak(rows):
    scored = RfmScores().fit(rows.drop(columns="revenue")).transform(rows.drop(columns="revenue"))
    assert (scored["m"] == scored["f"]).all()


def test_weights_make_the_weighted_score(rows):
    scored = RfmScores(weights=(2.0, 1.0, 1.0)).fit(rows).transform(rows)
    expected = (2 * scored["r"] + scored["f"] + scored["m"]) / 4
    np.testing.assert_allclose(scored["rfm_weighted"], expected)


def test_every_cell_has_a_segment_and_every_segment_a_text_in_both_languages():
    cells = pd.DataFrame(list(itertools.product(range(1, 6), repeat=3)), columns=["r", "f", "m"])
    named = {*segment_of(cells, np.full(125, 5)), *segment_of(cells, np.ones(125))}
    assert named == set(SEGMENTS)
    for segment, language in itertools.product(SEGMENTS, LANGUAGES):
        assert text(f"values.segment.{segment}", language)


def test_who_bought_once_is_never_a_champion():
    best = pd.DataFrame({"r": [5, 5], "f": [5, 5], "m": [5, 5]})
    assert segment_of(best, [1, 9]).tolist() == ["new", "champions"]


def test_a_missing_column_and_an_unknown_method_are_refused(rows):
    with pytest.raises(ColumnError, match="recency_days"):
        RfmScores().fit(rows.drop(columns="recency_days"))
    with pytest.raises(InputError, match="unknown method"):
        RfmScores("nestd")
