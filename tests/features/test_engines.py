"""One definition, three engines: DuckDB = Polars = Spark, for every feature by discovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.engines.make import make_engine
from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.catalogue import catalogue
from crm_ml.features.summary import rfm_summary

# PySpark leaves the socket of toArrow() to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module", params=["polars", pytest.param("spark", marks=pytest.mark.spark)])
def other(request, messy, put):
    """The messy log on another engine than the default one."""
    engine = make_engine(request.param)
    assert engine.name == request.param
    return put(messy, engine)


@pytest.fixture(scope="module")
def both(other, messy, cutoff, put):
    return build_features(other, cutoff), build_features(put(messy), cutoff)


def test_the_same_customers_in_the_same_order(both):
    theirs, ours = both
    assert list(theirs.index) == list(ours.index)
    assert list(theirs.columns) == list(ours.columns)


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.name)
def test_a_feature_is_the_same_on_every_engine(both, spec):
    theirs, ours = (frame[spec.name] for frame in both)
    assert theirs.dtype == ours.dtype
    scale = float(np.nanmax(np.abs(ours.to_numpy(dtype=float)), initial=0.0))
    np.testing.assert_allclose(
        theirs.to_numpy(dtype=float), ours.to_numpy(dtype=float), rtol=1e-9, atol=1e-9 * scale
    )


def test_the_grouped_summary_is_the_same_on_every_engine(other, messy, cutoff, put):
    theirs, ours = rfm_summary(other, cutoff, grouped=True), rfm_summary(put(messy), cutoff, grouped=True)
    pd.testing.assert_frame_equal(theirs, ours, rtol=1e-9)


def test_a_panel_is_the_same_on_every_engine(other, messy, cutoff, put):
    names = ["recency_days", "orders_90d", "revenue", "gap_last"]
    theirs, ours = (
        build_feature_panel(one, [cutoff - 200, cutoff], features=names) for one in (other, put(messy))
    )
    pd.testing.assert_frame_equal(theirs, ours, rtol=1e-9)
