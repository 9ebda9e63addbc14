"""The pages for users of lifetimes and pymc-marketing: their blocks run, and what they name exists."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pandas as pd
import pytest

from crm_ml.models.clv.bg_nbd import BGNBD

HOWTO = Path(__file__).parents[3] / "docs" / "howto"
PAGES = ["moving_from_lifetimes", "beside_pymc_marketing"]


def page(name):
    return (HOWTO / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_blocks_run_and_give_the_model_they_promise(name, cdnow):
    """With parameters known from elsewhere, on the summary that a reader has at hand."""
    BetaGeoFitter = type(
        "BetaGeoFitter", (), {"params_": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}}
    )
    names = {"fitter": BetaGeoFitter(), "summary": cdnow}
    blocks = re.findall(r"```python\n(.*?)```", page(name), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), names)
    model = names["model" if "model" in names else "theirs"]
    best = BGNBD(time_unit="week").fit(cdnow)
    assert model.score(cdnow) == pytest.approx(best.score(cdnow), abs=1e-5)
    pd.testing.assert_series_equal(
        model.expected_purchases(cdnow, 39), best.expected_purchases(cdnow, 39), rtol=2e-3
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_name_on_the_page_exists(name, cdnow):
    fitted = BGNBD(time_unit="week").fit(cdnow)
    ours = re.sub(r"^\|[^|]*\|", "|", page(name), flags=re.MULTILINE)  # the first column is of others
    for method in re.findall(r"`model\.(\w+)", ours):
        assert hasattr(fitted, method), method
    modules = ("plots", "intervals", "outcomes", "log_summary", "diagnostics", "equity_change")
    for module, found in re.findall(rf"`(?:models\.clv\.)?({'|'.join(modules)})\.(\w+)", ours):
        room = importlib.import_module(f"crm_ml.models.clv.{module}")
        assert hasattr(room, found), f"{module}.{found}"
