"""The quarantine file finds every refused row back, and harms nobody who opens it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import FileError
from crm_ml.data.reading import read_transactions

ROLES = {"customer_id": "id", "timestamp": "day", "amount": "net"}
ROWS = (
    "id,day,net",
    "a,2024-01-01,1",
    '"=1+1",soon,2',
    "+31612345678,never,-3",
    "b,2024-01-02,4,5",
    "-12,later,6",
)


def test_rows_are_found_back_with_reason_and_content(csv, tmp_path):
    """File, row, reason and what stood there, for judged rows and for lines without fields."""
    path = tmp_path / "q.parquet"
    read_transactions(csv(*ROWS), **ROLES, quarantine=path)
    table = pd.read_parquet(path)
    assert list(table.columns) == [
        "quarantine_file", "quarantine_row", "quarantine_reason", "quarantine_text", "id", "day", "net",
    ]  # fmt: skip
    assert table["id"].tolist()[:3] == ["=1+1", "+31612345678", "-12"]
    assert table["quarantine_reason"].tolist() == ["date unreadable"] * 3 + ["too many fields (byte 62)"]
    assert table["quarantine_row"].tolist() == [2, 3, 5, 4]
    assert table["quarantine_text"].tolist()[-1] == "b,2024-01-02,4,5"


def test_a_spreadsheet_runs_no_cell_of_it(csv, tmp_path):
    """Text from the data is text in the CSV too; numbers stay what they are (line 34)."""
    path = tmp_path / "q.csv"
    read_transactions(csv(*ROWS), **ROLES, quarantine=path)
    written = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert written["id"].tolist() == ["'=1+1", "+31612345678", "-12", ""]
    assert written["net"].tolist()[:3] == ["2", "-3", "6"]


def test_nothing_refused_is_an_empty_table(csv, tmp_path):
    """A job that looks for the file finds it."""
    path = tmp_path / "q.parquet"
    read_transactions(csv(*ROWS[:2]), **ROLES, quarantine=path)
    assert len(pd.read_parquet(path)) == 0


def test_other_suffixes_are_refused_and_nothing_is_left(csv, tmp_path):
    """A failed run leaves no half-written file."""
    with pytest.raises(FileError, match=r"\.parquet or \.csv"):
        read_transactions(csv(*ROWS), **ROLES, quarantine=tmp_path / "out" / "q.xlsx")
    assert not (tmp_path / "out").exists()


def test_numbers_stay_right_where_bad_lines_stand_between(csv, tmp_path):
    """The number of a refused row is its place below the header, whatever was set apart before it."""
    kinds = ["a,2024-01-01,1", "x,{},1", "ragged,{}", "too,many,fields,{}"]
    random = np.random.default_rng(1)
    chosen = [0, 0, *random.integers(0, 4, 300)]
    lines = [kinds[kind].format(f"row{place}") for place, kind in enumerate(chosen, start=1)]
    path = tmp_path / "q.parquet"
    read_transactions(csv("id,day,net", *lines), **ROLES, quarantine=path)
    table = pd.read_parquet(path)
    told = table["day"].fillna("") + table["quarantine_text"].str.extract(r"(row\d+)")[0].fillna("")
    assert len(table) == sum(kind > 0 for kind in chosen)
    assert told.tolist() == [f"row{row}" for row in table["quarantine_row"]]


@pytest.mark.parametrize("above", ["", "sep=,\n"])
def test_numbers_count_below_the_header(csv, tmp_path, above):
    """A separator line above the header and empty lines between rows are no rows."""
    path = tmp_path / "q.parquet"
    text = f"{above}id,day,net\na,2024-01-01,1\n\nragged\n\nb,soon,1\n"
    read_transactions(csv(raw=text.encode()), **ROLES, quarantine=path)
    assert sorted(pd.read_parquet(path)["quarantine_row"]) == [2, 3]
