"""The workbook: what a marketer opens, and what must never happen in it."""

from __future__ import annotations

import dataclasses
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.base.texts import LANGUAGES, text
from crm_ml.prediction.columns import MARKETER_ORDER
from crm_ml.reporting.sheets import MOST_ROWS, check_rows
from crm_ml.reporting.workbook import write_workbook

from .lists import make_risk_list


@pytest.fixture(scope="module")
def risk_list():
    return make_risk_list()


@pytest.fixture(scope="module")
def book(risk_list, tmp_path_factory):
    path = write_workbook(risk_list, tmp_path_factory.mktemp("xlsx") / "list.xlsx", language="nl", capacity=5)
    return openpyxl.load_workbook(path)


def column_of(sheet, header):
    place = next(cell.column for cell in sheet[1] if cell.value and cell.value.startswith(header))
    return [row[0].value for row in sheet.iter_rows(min_row=2, min_col=place, max_col=place)]


def test_sheets_in_the_order_of_a_marketer(book):
    """Whom to call comes first, explanation last."""
    assert book.sheetnames == [
        "Bellijst", "Controlegroep (niet bellen)", "Alle klanten", "Totalen", "Wat de kolommen betekenen",
    ]  # fmt: skip


def test_call_list_holds_only_who_may_and_should_be_called(book, risk_list):
    """Nobody calls a held-out customer, a customer who may not be contacted, or one without threat."""
    called = column_of(book["Bellijst"], "Klantnummer")
    rows = risk_list.table.set_index("customer_id").loc[called]
    assert (rows["contact_group"] == "contact").all()
    assert not rows["may_contact"].eq(False).any()
    assert (rows["threat"] != "none").all()
    assert rows["rank"].is_monotonic_increasing


def test_capacity_is_kept_an_owner_and_the_best_stay(book, risk_list):
    """Five calls each, the largest losses of each owner."""
    called = column_of(book["Bellijst"], "Klantnummer")
    rows = risk_list.table.set_index("customer_id").loc[called]
    assert rows.groupby("owner").size().max() == 5
    for owner, mine in rows.groupby("owner"):
        theirs = risk_list.table
        able = theirs[
            (theirs["owner"] == owner)
            & (theirs["threat"] != "none")
            & (theirs["contact_group"] == "contact")
            & ~theirs["may_contact"].eq(False).fillna(False).astype(bool)
        ]
        assert mine.index.tolist() == able["customer_id"].head(5).tolist()


def test_holdout_and_all_customers_are_complete(book, risk_list):
    """The hold-out stands on its own sheet, and nobody of the list is missing."""
    held = set(risk_list.table.loc[risk_list.table["contact_group"] == "holdout", "customer_id"])
    assert set(column_of(book["Controlegroep (niet bellen)"], "Klantnummer")) == held
    assert column_of(book["Alle klanten"], "Klantnummer") == risk_list.table["customer_id"].tolist()


def test_text_is_never_a_formula_and_ids_are_text(book, risk_list):
    """Names from data cannot act, and 00012 does not become 12."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    cells = [row[2] for row in book["Alle klanten"].iter_rows(min_row=2)]
    assert all(cell.data_type == "s" and cell.number_format == "@" for cell in cells)
    names = column_of(book["Alle klanten"], "Naam")
    assert '=HYPERLINK("http://example.org";"klik")' in names
    assert names == risk_list.table["name"].tolist()


def test_numbers_are_numbers_with_formats(book, risk_list):
    """A marketer can add up a column."""
    sheet = book["Alle klanten"]
    loss = column_of(sheet, "Verwacht verlies (EUR)")
    np.testing.assert_allclose(loss, risk_list.table["expected_loss"])
    formats = {cell.value: sheet.cell(2, cell.column).number_format for cell in sheet[1]}
    assert formats["Kans op stoppen"] == "0%"
    assert formats["Laatste aankoop"] == "d mmm yyyy"
    assert column_of(sheet, "Laatste aankoop")[0].date() == risk_list.table["last_purchase"][0]
    usual = column_of(sheet, "Normale besteding")
    assert [value is None for value in usual] == risk_list.table["usual_spend"].isna().tolist()


def test_header_frozen_filter_on_technical_columns_folded(book):
    """Rows can be sorted and filtered; technical columns are there, at the right, out of sight."""
    sheet = book["Alle klanten"]
    assert sheet.freeze_panes == "D2"
    assert sheet.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(len(MARKETER_ORDER))}201"
    hidden = {}
    for dimension in sheet.column_dimensions.values():
        for place in range(dimension.min, dimension.max + 1):
            hidden[openpyxl.utils.get_column_letter(place)] = dimension.hidden
    marks = [bool(hidden[openpyxl.utils.get_column_letter(i + 1)]) for i in range(len(MARKETER_ORDER))]
    assert marks == [column.technical for column in MARKETER_ORDER]


def test_totals_tie_to_the_list(book, risk_list):
    """What is summed on the totals sheet is what stands on the list."""
    rows = [[cell.value for cell in row] for row in book["Totalen"].iter_rows()]
    found = {row[0]: row[1] for row in rows if row[0]}
    assert found["Klanten op de uitsluitlijst (nergens in dit bestand)"] == 3
    assert found["Omzet laatste 12 maanden: totaal van de boeken"] == pytest.approx(
        found["Omzet laatste 12 maanden: op de lijst"] + found["Omzet laatste 12 maanden: uitsluitlijst"]
    )
    bands = {row[0]: row for row in rows if row[0] in ("hoog", "midden", "laag")}
    assert sum(row[1] for row in bands.values()) == len(risk_list)
    assert sum(row[2] for row in bands.values()) == pytest.approx(risk_list.table["expected_loss"].sum())
    assert any("geen getoetste effecten" in str(row[0]) for row in rows)
    called = sum(row[4] or 0 for row in rows if len(row) > 4 and isinstance(row[4], int | float))
    assert called == len(column_of(book["Bellijst"], "Klantnummer"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_values_in_both_languages(risk_list, tmp_path, language):
    """Every column has its label, every code its word."""
    sheet = openpyxl.load_workbook(
        write_workbook(risk_list, tmp_path / "list.xlsx", language=language)
    ).worksheets[2]
    headers = [cell.value for cell in sheet[1]]
    assert [header.removesuffix(" (EUR)") for header in headers] == [
        one.label(language) for one in MARKETER_ORDER
    ]
    bands = set(column_of(sheet, MARKETER_ORDER[5].label(language)))
    assert bands == {text(f"values.risk_band.{band}", language) for band in ("high", "middle", "low")}


def test_the_same_list_gives_the_same_bytes(risk_list, tmp_path):
    """No clock in the file, neither in the properties nor in the archive."""
    one, two = (write_workbook(risk_list, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert one == two
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"2024-07-01" in archive.read("docProps/core.xml")


def test_a_sheet_too_small_is_refused_before_anything_is_written(risk_list, tmp_path):
    """1,048,575 rows fit; one more stops with advice."""
    check_rows(MOST_ROWS)
    big = pd.DataFrame(index=range(MOST_ROWS + 1))
    with pytest.raises(InputError, match="CSV or Parquet"):
        write_workbook(dataclasses.replace(risk_list, table=big), tmp_path / "list.xlsx")
    assert not list(tmp_path.iterdir())


def test_an_empty_list_and_one_without_money_still_open(risk_list, tmp_path):
    """Nobody left to list is an answer too; so are counts instead of amounts."""
    empty = dataclasses.replace(risk_list, table=risk_list.table.iloc[:0])
    assert len(openpyxl.load_workbook(write_workbook(empty, tmp_path / "empty.xlsx")).sheetnames) == 5
    table = risk_list.table.assign(revenue_12m=np.nan, revenue_prev_12m=np.nan, currency="")
    counts = dataclasses.replace(
        risk_list, table=table, meta={**risk_list.meta, "currency": "", "basis": "purchases"}
    )
    sheet = openpyxl.load_workbook(write_workbook(counts, tmp_path / "counts.xlsx"))["Alle klanten"]
    assert "Verwacht verlies" in [cell.value for cell in sheet[1]]


def test_capacity_must_make_sense(risk_list, tmp_path):
    """Nobody calls minus one customers."""
    with pytest.raises(InputError, match="capacity"):
        write_workbook(risk_list, tmp_path / "list.xlsx", capacity=0)
