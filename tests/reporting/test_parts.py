"""A list that comes in parts is written as the list in one piece, byte for byte."""

from __future__ import annotations

import pandas as pd
import pytest

from crm_ml.prediction.risk_list import RiskList
from crm_ml.reporting.summary import by_group, call_list, left_out, summarise
from crm_ml.reporting.tables import write_csv
from crm_ml.reporting.workbook import write_workbook

from .lists import make_risk_list


class InParts(RiskList):
    """The same list, handed out a piece at a time."""

    def batches(self):
        for start in range(0, len(self.table), 130):
            yield self.table.iloc[start : start + 130].reset_index(drop=True)


@pytest.fixture(scope="module")
def whole():
    return make_risk_list(500)


@pytest.fixture(scope="module")
def parts(whole):
    return InParts(whole.table, whole.totals, whole.meta, whole.warnings)


@pytest.mark.parametrize("capacity", [None, 7])
def test_a_workbook_of_parts(whole, parts, tmp_path, capacity):
    """Sheets, number formats, capacity of each owner and sums do not depend on where a part ends."""
    first = write_workbook(whole, tmp_path / "whole.xlsx", capacity=capacity)
    second = write_workbook(parts, tmp_path / "parts.xlsx", capacity=capacity)
    assert sheets(first) == sheets(second)


def sheets(path):
    import openpyxl

    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            [(round(cell.value, 6) if isinstance(cell.value, float) else cell.value, cell.number_format)]
            for row in sheet.iter_rows()
            for cell in row
        ]
        for sheet in book.worksheets
    }


@pytest.mark.parametrize("locale", ["en", "nl"])
def test_a_csv_of_parts(whole, parts, tmp_path, locale):
    """One header, one byte order mark, the same cells."""
    first = write_csv(whole.table, tmp_path / "whole.csv", locale=locale)
    second = write_csv(parts.batches(), tmp_path / "parts.csv", locale=locale)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("capacity", [None, 1, 7])
def test_sums_of_parts(whole, parts, capacity):
    """Groups, calls and those left out add up over the parts."""
    found = summarise(parts.batches(), {"owner": None, "risk_band": ("high", "middle", "low")}, capacity)
    pd.testing.assert_frame_equal(
        found.groups["risk_band"], by_group(whole.table, "risk_band", ("high", "middle", "low"))
    )
    assert found.calls["customers"].sum() == len(call_list(whole.table, capacity))
    assert found.left_out == {name: len(rows) for name, rows in left_out(whole.table, capacity).items()}
