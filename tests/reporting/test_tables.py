"""CSV and Parquet: opens well in a spreadsheet, never acts, and the same bytes twice."""

from __future__ import annotations

import csv
import datetime as dt

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_ml.base.exceptions import InputError
from crm_ml.prediction.columns import column_names
from crm_ml.reporting.tables import guard, write_csv, write_parquet

from .lists import make_risk_list

# fmt: off
FORMULAS = [
    "=1+1", "+1+cmd|' /C calc'!A0", "@SUM(1+1)", "-a", "-", "--", "\t=1", "\r=1", "\n=1", "\tplain", '"=1+1"',
    "'=1", "   =1", "＝1+1", "＋A1", "－A1", "＠A1", "\u3000=1", "+A1", "-1+2", "=", "- 1", "+HYPERLINK(1)",
    "-2+3+cmd|x!A0",
]
HARMLESS = [
    "-12", "-12,50", "-12.5", "+12", "1.5E+10", "+31612345678", "+31 (0)20 123 45 67", "06-12345678",
    "O'Neill", "klant=goed", "a@b.nl", "", "00123", "5-3",
]
# fmt: on


@pytest.mark.parametrize("cell", FORMULAS)
def test_cells_that_look_like_formulas_are_defused(cell):
    """A spreadsheet runs what begins with =, +, -, @ or a tab, also behind quotes and spaces."""
    assert guard(pd.Series([cell])).tolist() == [f"'{cell}"]


@pytest.mark.parametrize("cell", HARMLESS)
def test_numbers_phones_and_ordinary_text_survive(cell):
    """An id such as -12 or +316… must match the id in the company's own system."""
    assert guard(pd.Series([cell])).tolist() == [cell]


def test_guard_works_by_position_not_by_label():
    """Rows with equal index labels are different cells."""
    cells = pd.Series(["=1", "fine", None], index=["a", "a", "a"])
    assert guard(cells).iloc[:2].tolist() == ["'=1", "fine"]
    assert guard(cells).isna().tolist() == [False, False, True]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20))
def test_no_cell_of_a_csv_starts_like_a_formula(tmp_path_factory, cells):
    """Whatever the data holds, read back as a spreadsheet reads it."""
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    write_csv(pd.DataFrame({"name": cells}), path)
    with path.open(encoding="utf-8", newline="") as file:
        read = [row[0] if row else "" for row in csv.reader(file)][1:]
    starts = tuple("=+@\t\r＝＋＠")
    risky = [cell for cell in read if cell.lstrip(" \"'").startswith(starts) and not cell.startswith("'")]
    assert all(set(cell) <= set("0123456789+-.,()/ eE") for cell in risky), risky


def test_a_dutch_spreadsheet_opens_it(tmp_path):
    """Semicolon, decimal comma and a byte order mark."""
    path = write_csv(make_risk_list().table, tmp_path / "list.csv", locale="nl")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig", dtype={"customer_id": str})
    assert read.columns.tolist() == column_names()
    assert read["expected_loss"].dtype == float
    assert read.loc[0, "customer_id"] == make_risk_list().table.loc[0, "customer_id"], "leading zeros survive"
    assert read.loc[0, "as_of"] == "2024-07-01"


def test_money_to_cents_chances_to_four_decimals_and_no_minus_zero(tmp_path):
    """Nobody pays a thousandth of a cent, and -0.0 looks like an error."""
    table = pd.DataFrame(
        {"clv": [1.23456, -0.001, None], "p_stopped": [0.123456, 0.5, None], "other": [0.123456, 1, 2]}
    )
    text = write_csv(table, tmp_path / "table.csv").read_text()
    assert text == "clv,p_stopped,other\n1.23,0.1235,0.123456\n0.0,0.5,1.0\n,,2.0\n"


def test_flags_dates_and_categories(tmp_path):
    """Every type has one plain way to be written."""
    table = pd.DataFrame(
        {
            "flag": pd.array([True, False, None], dtype="boolean"),
            "day": pd.to_datetime(["2024-01-31", None, "2024-02-01"]),
            "date": [dt.date(2024, 1, 31)] * 3,
            "kind": pd.Categorical(["=a", "b", None]),
        }
    )
    text = write_csv(table, tmp_path / "table.csv").read_text()
    assert text.splitlines()[1:] == [
        "true,2024-01-31,2024-01-31,'=a",
        "false,,2024-01-31,b",
        ",2024-02-01,2024-01-31,",
    ]


def test_headers_are_guarded_and_a_named_index_is_a_column(tmp_path):
    """Own columns bring own names."""
    table = pd.DataFrame({"=cmd()": [1]}, index=pd.Index(["a"], name="customer_id"))
    assert write_csv(table, tmp_path / "table.csv").read_text() == "customer_id,'=cmd()\na,1\n"


def test_unknown_locale_is_named(tmp_path):
    """A typing error gets the choices."""
    with pytest.raises(InputError, match="locale"):
        write_csv(pd.DataFrame(), tmp_path / "table.csv", locale="de")


def test_parquet_is_untouched_and_typed(tmp_path):
    """Programs read the exchange format: names as they are, dates as dates."""
    table = make_risk_list().table
    path = write_parquet(table, tmp_path / "list.parquet")
    back = pd.read_parquet(path)
    assert back["name"].tolist() == table["name"].tolist()
    assert str(pq.read_schema(path).field("as_of").type) == "date32[day]"
    assert back.columns.tolist() == column_names()


def test_the_same_list_gives_the_same_bytes(tmp_path):
    """A list can be compared with the one that was sent."""
    for suffix, write in (("csv", write_csv), ("parquet", write_parquet)):
        one = write(make_risk_list().table, tmp_path / f"one.{suffix}").read_bytes()
        assert one == write(make_risk_list().table, tmp_path / f"two.{suffix}").read_bytes()


def test_an_old_file_stays_when_writing_fails(tmp_path):
    """Half a list is worse than the old one."""
    path = tmp_path / "list.csv"
    path.write_text("old")

    class Bad:
        def __str__(self):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(pd.DataFrame({"a": [Bad()]}), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["list.csv"]
