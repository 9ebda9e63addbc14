"""A result carries what a reader needs, and escapes what it shows."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.base.plotting import new_figure, to_png, to_svg
from crm_ml.base.result import Result


def drawn(result, language):
    figure, (axes,) = new_figure()
    axes.plot([0, 1], [0, 1], label=f"{result.name} {language}")
    return figure


RESULT = Result(
    "abc",
    pd.DataFrame({"name": ["<script>"]}),
    {"cuts": 0.8},
    basis="revenue",
    n=1,
    formula="f",
    source="s",
    plotter=drawn,
)


def test_names_from_data_are_escaped_in_a_notebook():
    assert "<script>" not in RESULT._repr_html_()


def test_explain_tells_formula_source_parameters_and_warnings():
    text = RESULT.with_warnings("few customers").explain()
    for part in ("formula: f", "source: s", "cuts = 0.8", "note: few customers", "basis: revenue"):
        assert part in text


def test_with_warnings_leaves_the_original_alone():
    RESULT.with_warnings("x")
    assert RESULT.warnings == ()


def test_a_result_without_a_plot_says_so():
    with pytest.raises(InputError, match="no plot"):
        Result("abc", pd.DataFrame()).plot()


def test_a_picture_has_the_same_bytes_twice():
    assert to_svg(RESULT.plot("nl")) == to_svg(RESULT.plot("nl"))
    assert to_png(RESULT.plot("en")) == to_png(RESULT.plot("en"))
