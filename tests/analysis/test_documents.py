"""The pages on the analyses run, and the reference is what the functions say."""

import re
from pathlib import Path

import pytest

from crm_ml.analysis.reference import analyses, analysis_as_markdown, tables_as_markdown
from crm_ml.base.texts import keys

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [
    "segment_customers", "pyramid_and_concentration", "rate_accounts", "find_profit", "plan_growth",
    "measure_retention", "sell_more",
    "read_a_survey",
    "learn_from_complaints",
    "weigh_a_price_rise",
    "know_your_market",
    "test_claims",
    "follow_contacts",
    "steer_by_a_scorecard",
    "use_classes_in_a_model",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(page, capsys):
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "howto" / f"{page}.md").read_text("utf-8"), re.DOTALL)
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    assert blocks
    assert capsys.readouterr().out


def test_the_reference_holds_every_analysis():
    assert analysis_as_markdown() in (DOCS / "reference" / "analysis.md").read_text("utf-8"), (
        "run docs/reference/make.py"
    )
    titles = {key.partition(".")[2] for key in keys("analysis_titles")}
    assert {function.__name__ for _, function in analyses()} == titles


def test_the_reference_holds_every_optional_table():
    assert tables_as_markdown() in (DOCS / "reference" / "tables.md").read_text("utf-8"), (
        "run docs/reference/make.py"
    )


def test_every_analysis_is_documented_in_full():
    for module, function in analyses():
        for section in ("Parameters",):
            assert section in (function.__doc__ or ""), f"{module}.{function.__name__}"
