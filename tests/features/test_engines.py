"""One definition, four ways: DuckDB = Polars = Spark = sorted rows, for every feature by discovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.engines.make import make_engine
from crm_ml.features.build import build_feature_panel, build_features
from crm_ml.features.catalogue import catalogue
from crm_ml.features.in_memory.parts import fits_in_memory
from crm_ml.features.summary import rfm_summary

# PySpark leaves the socket of toArrow() to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)
WAYS = ["duckdb", "polars", "polars, in memory", pytest.param("spark", marks=pytest.mark.spark)]


@pytest.fixture(scope="module")
def ours(messy, cutoff, put):
    """What is told of the messy log, which is small enough to be sorted in memory."""
    tx = put(messy)
    assert fits_in_memory(tx, catalogue())
    return {
        "features": build_features(tx, cutoff),
        "counted": rfm_summary(tx, cutoff, grouped=True),
        "panel": build_feature_panel(tx, [cutoff - 200, cutoff]),
    }


@pytest.fixture(scope="module", params=WAYS)
def theirs(request, messy, cutoff, put, on_engine_only):
    """The same from an engine that does all of it itself, or hands out lines to be sorted."""
    name, *memory = request.param.split(", ")
    tx = put(messy, make_engine(name))
    assert tx.engine.name == name
    with on_engine_only(not memory):
        return {
            "features": build_features(tx, cutoff),
            "counted": rfm_summary(tx, cutoff, grouped=True),
            "panel": build_feature_panel(tx, [cutoff - 200, cutoff]),
        }


def test_the_same_customers_in_the_same_order(theirs, ours):
    assert list(theirs["features"].index) == list(ours["features"].index)
    assert list(theirs["features"].columns) == list(ours["features"].columns)


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.name)
def test_a_feature_is_the_same_every_way(theirs, ours, spec):
    their, our = theirs["features"][spec.name], ours["features"][spec.name]
    assert their.dtype == our.dtype
    scale = float(np.nanmax(np.abs(our.to_numpy(dtype=float)), initial=0.0))
    np.testing.assert_allclose(
        their.to_numpy(dtype=float), our.to_numpy(dtype=float), rtol=1e-9, atol=1e-9 * scale
    )


def test_the_counted_summary_is_the_same_every_way(theirs, ours):
    pd.testing.assert_frame_equal(theirs["counted"], ours["counted"], rtol=1e-9)


def test_a_panel_is_the_same_every_way(theirs, ours):
    pd.testing.assert_frame_equal(theirs["panel"], ours["panel"], rtol=1e-9)


def test_how_large_a_log_is_never_shows_in_its_features(messy, cutoff, put, ours, on_engine_only):
    """The way is chosen by memory: it must not decide the last bit of anything."""
    with on_engine_only():
        pd.testing.assert_frame_equal(build_features(put(messy), cutoff), ours["features"], check_exact=True)
