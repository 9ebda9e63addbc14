"""Blocks: results and cards as a reader sees them, long ones shortened and counted."""

from __future__ import annotations

import pandas as pd

from crm_ml.analysis.words import Note, note
from crm_ml.base.result import Result
from crm_ml.reporting.blocks import card_blocks, result_blocks
from crm_ml.reporting.page import Table, Words


def tables(blocks):
    return [block.table for block in blocks if isinstance(block, Table)]


def test_long_tables_show_their_start_and_count_the_rest():
    """A page with ten thousand rows is no page; a short table is shown whole."""
    for rows, shown in ((30, 30), (31, 12)):
        (table,) = tables(result_blocks(Result("abc", pd.DataFrame({"n": range(rows)})), "en"))
        assert len(table.rows) == shown
        assert bool(table.note) == (rows > 30)


def test_a_result_without_rows_still_says_why():
    """'Not computed' is an answer."""
    blocks = result_blocks(Result("abc", pd.DataFrame(), warnings=("not computed: costs missing",)), "en")
    assert [block.words for block in blocks if isinstance(block, Words)][1] == "not computed: costs missing"
    assert not tables(blocks)


def test_what_is_missing_comes_after_what_is_there():
    """A reader with few tables would meet nothing but absences first."""
    absent, said = note("not_computed", table=Note("analysis_missing.costs")), note("estimated")
    result = Result("abc", pd.DataFrame({"n": [1]}), warnings=(absent, said))
    styles = [one.style if isinstance(one, Words) else one.block for one in result_blocks(result, "nl")]
    assert styles == ["heading", "warning", "table", "missing", "note"]


def test_the_numbers_of_a_column_have_the_same_decimals():
    """Amounts stand under each other, and the shares of single customers are not all 0 %."""
    frame = pd.DataFrame({"value": [13990.9, 4968.0], "share": [0.0006, 0.0004], "share_top": [0.5, 0.25]})
    (table,) = tables(result_blocks(Result("abc", frame), "en"))
    assert table.rows == (("13,990.9", "0.06%", "50%"), ("4,968.0", "0.04%", "25%"))


def test_basis_count_formula_and_source_stand_below():
    """What money means stands with every amount."""
    result = Result("abc", pd.DataFrame({"n": [1]}), basis="revenue", n=1234, formula="f", source="s")
    footnote = result_blocks(result, "nl")[-1]
    assert footnote.words == "Bedragen zijn: omzet · Aantal (n): 1.234 · Berekening: f · Bron: s"


def test_a_card_shows_facts_mappings_tables_and_results():
    """Whatever a bundle knows has a readable form."""
    card = {
        "owner": "sales",
        "seed": 0,
        "quality": Result("quality", pd.DataFrame({"finding": ["gap"]})),
        "fairness": pd.DataFrame({"group": ["a"], "error": [0.1]}),
        "versions": {"crm_ml": "0.1.0"},
        "empty": {},
    }
    blocks = card_blocks(card, "en")
    headings = [block.words for block in blocks if isinstance(block, Words) and block.style == "heading"]
    assert headings == ["Data quality", "Fairness", "Versions"]
    assert tables(blocks)[0].rows == (("Owner", "sales"), ("Seed", "0"))
    assert tables(blocks)[-1].rows == (("crm ml", "0.1.0"),)
