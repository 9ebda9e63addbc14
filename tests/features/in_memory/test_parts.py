"""A log that does not fit in memory is sorted in parts, and no feature tells."""

from __future__ import annotations

import dataclasses

import narwhals as nw
import pandas as pd
import pytest

from crm_ml.data.engines.make import make_engine
from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.catalogue import choose
from crm_ml.features.in_memory import parts


@pytest.fixture(params=[2, 7, 200])
def in_parts(request, monkeypatch):
    """Divide every log into so many parts, or as many as it has customers."""
    monkeypatch.setattr(parts, "_MOST_PARTS", 1000)
    return lambda: monkeypatch.setattr(parts, "_parts", lambda tx, specs: request.param)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_parts_do_not_show(messy, cutoff, put, in_parts, engine):
    expected = build_feature_panel(put(messy), [cutoff - 300, cutoff])
    in_parts()
    tx = put(messy, make_engine(engine))
    pd.testing.assert_frame_equal(build_feature_panel(tx, [cutoff - 300, cutoff]), expected, check_exact=True)
    native = tx.engine.to_arrow(nw.from_native(build_features(tx, cutoff, output="native")).lazy())
    whole = native.to_pandas().set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(whole, build_features(put(messy), cutoff), check_exact=True)


def test_no_part_is_left_in_the_engine(messy, cutoff, put, in_parts):
    in_parts()
    tx = put(messy)
    build_features(tx, cutoff)
    assert tx.engine._connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_memory_decides_how_many_parts_there_are(messy, put):
    tx = put(messy, make_engine("duckdb", memory_limit="64MB"))

    def of(lines):
        many = dataclasses.replace(tx, counts={"accepted": lines, "customers": 10})
        return parts._parts(many, choose(None, tx.columns))

    assert of(10**5) == 1
    assert of(10**6) > 2
    assert of(10**7) == pytest.approx(10 * of(10**6), rel=0.1)
