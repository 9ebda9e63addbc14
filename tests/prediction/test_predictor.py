"""One implementation of prediction: a table, one customer and a part of the answer give the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.datasets import load_cdnow
from crm_ml.prediction.feature_table import FeatureTable
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.scores import SCORES


@pytest.fixture(scope="module")
def predictor(small_training):
    return Predictor.load(small_training.bundle_folder)


@pytest.fixture(scope="module")
def rows(predictor):
    snapshot = predictor.snapshot(load_cdnow(sample=True), "1998-07-01")
    return snapshot.groupby("established").sample(20, random_state=1)


def as_features(row):
    return {name: None if pd.isna(value) else float(value) for name, value in row.items()}


def test_one_customer_gets_the_numbers_of_the_table(predictor, rows):
    """The way without a table is the same way; quadrature of lifetime value is exact to about 1e-12."""
    table = predictor.predict(rows)
    for customer, row in rows.iterrows():
        one = predictor.predict_one(as_features(row))
        assert tuple(one) == SCORES
        numbers = [one[name] for name in SCORES[:-1]]
        np.testing.assert_allclose(numbers, table.loc[customer, list(SCORES[:-1])].astype(float), rtol=1e-9)
        assert one["score_basis"] == table.loc[customer, "score_basis"]


@pytest.mark.parametrize("name", SCORES)
def test_a_part_of_the_answer_is_that_part(predictor, rows, name):
    """Asking for less changes no number, whichever number is asked for."""
    row = as_features(rows.iloc[-1])
    whole, part = predictor.predict_one(row), predictor.predict_one(row, [name])
    assert list(part) == [name]
    assert part[name] == whole[name] or (np.isnan(part[name]) and np.isnan(whole[name]))


def test_what_is_missing_is_named_with_what_looks_like_it(predictor, rows):
    """A client that misspells a feature is told so, in either form."""
    row = as_features(rows.iloc[0])
    needed = predictor.models.reads[0]
    wrong = {(f"{name}s" if name == needed else name): value for name, value in row.items()}
    with pytest.raises(ColumnError, match=f"did you mean '{needed}s' for '{needed}'"):
        predictor.predict_one(wrong)
    with pytest.raises(ColumnError, match=needed):
        predictor.predict(rows.rename(columns={needed: f"{needed}s"}))


@pytest.mark.parametrize("name", ["established", "purchase_days"])
def test_columns_that_only_scoring_reads_are_asked_for_too(predictor, rows, name):
    """They are features of no model, and their absence is an answer and not a crash."""
    with pytest.raises(ColumnError, match=name):
        predictor.predict(rows.drop(columns=name))


def test_order_and_further_columns_are_harmless(predictor, rows):
    """A feature row is a mapping."""
    turned = rows[rows.columns[::-1]].assign(note="text")
    pd.testing.assert_frame_equal(predictor.predict(turned), predictor.predict(rows))


def test_infinite_numbers_are_refused(predictor, rows):
    """An infinite amount is a mistake upstream."""
    row = as_features(rows.iloc[0])
    with pytest.raises(InputError, match="infinite"):
        predictor.predict_one({**row, predictor.models.reads[0]: np.inf})


def test_no_rows_give_no_scores(predictor, rows):
    """An empty base is no error."""
    assert len(predictor.predict(rows.iloc[:0])) == 0


def test_a_base_rate_reads_no_feature():
    """A model of nothing gets its constant."""
    table = FeatureTable.of_one({}, ())
    np.testing.assert_array_equal(table.matrix(["constant"]), [[0.0]])
