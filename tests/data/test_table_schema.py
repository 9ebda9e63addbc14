"""Optional tables are typed cell by cell, and wrong cells are refused with their rows."""

import datetime as dt

import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.optional_tables import COMPLAINTS, MARKET, SCHEMAS, SURVEY
from crm_ml.data.table_schema import TableColumn, TableSchema, check_table
from crm_ml.data.windows import as_day


def survey(**columns):
    n = len(next(iter(columns.values()), ["x"]))
    return pd.DataFrame({"customer_id": ["a"] * n, "kind": ["overall"] * n, "score": [4] * n} | columns)


def test_scores_out_of_range_are_refused_with_every_row():
    with pytest.raises(InputError, match=r"score not between 0 and 10 in rows 2, 4"):
        check_table(survey(score=[9, 11, 3, -1]), SURVEY)


def test_every_problem_stands_in_one_message():
    table = survey(score=["7", "x", None], kind=["overal", "overall", "overall"])
    said = r"3 problems.*not one of.*row 1.*not a number in row 2.*empty in row 3"
    with pytest.raises(InputError, match=said):
        check_table(table, SURVEY)


def test_only_the_first_rows_are_listed_and_the_rest_counted():
    with pytest.raises(InputError, match=r"rows 1, 2, 3, 4, 5 and 1,995 more"):
        check_table(survey(score=[99] * 2000), SURVEY)


def test_a_decimal_comma_is_a_number():
    assert check_table(survey(score=["7,5", "8"]), SURVEY)["score"].tolist() == [7.5, 8.0]


def test_anonymous_answers_keep_an_empty_customer():
    found = check_table(survey(customer_id=["a", "", None, "  "]), SURVEY)
    assert found["customer_id"].isna().tolist() == [False, True, True, True]


def test_a_numeric_customer_becomes_text():
    assert check_table(survey(customer_id=[12, 13]), SURVEY)["customer_id"].tolist() == ["12", "13"]
    found = check_table(survey(customer_id=[12, None]), SURVEY)["customer_id"]  # pandas makes it 12.0
    assert found.iloc[0] == "12"
    assert found.isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "written",
    [
        ["2024-12-31", "2024-01-02"],
        ["31-12-2024", "02-01-2024"],
        ["31/12/2024", "2/1/2024"],
        ["2024-12-31T10:00:05", "2024-01-02"],
        [20241231, 20240102],
        pd.to_datetime(["2024-12-31 10:00", "2024-01-02 00:00"]),
        [dt.date(2024, 12, 31), dt.date(2024, 1, 2)],
    ],
)
def test_days_are_read_however_they_are_written(written):
    found = check_table(pd.DataFrame({"customer_id": ["a", "b"], "opened": written}), COMPLAINTS)["opened"]
    assert found.tolist() == [as_day("2024-12-31"), as_day("2024-01-02")]


def test_a_date_that_is_none_is_refused_with_its_row():
    table = pd.DataFrame({"customer_id": ["a", "b"], "opened": ["2024-12-31", "soon"]})
    with pytest.raises(InputError, match="opened not a date in row 2"):
        check_table(table, COMPLAINTS)


def test_days_that_can_be_read_in_two_ways_are_refused_with_what_to_write():
    table = pd.DataFrame({"customer_id": ["a", "b"], "opened": ["01/02/2024", "03/04/2024"]})
    with pytest.raises(InputError, match=r"complaints\.opened.*write dates as 2024-12-31"):
        check_table(table, COMPLAINTS)


def test_infinite_numbers_are_no_numbers():
    table = pd.DataFrame({"product_group": ["a"], "group_revenue": [float("inf")]})
    with pytest.raises(InputError, match="group_revenue not a number in row 1"):
        check_table(table, MARKET)


def test_columns_of_ones_own_stay_as_they_are():
    assert check_table(survey(note=[" x "]), SURVEY)["note"].tolist() == [" x "]


def test_an_empty_table_passes():
    assert check_table(survey().iloc[:0], SURVEY).empty


def test_every_schema_says_what_its_columns_mean():
    for schema in SCHEMAS.values():
        assert schema.needs
        assert all(column.meaning for column in schema.columns), schema.name
        assert all(name in schema.summary for name in schema.needs)


def test_the_summary_puts_required_columns_first():
    columns = (TableColumn("b", "text", "b"), TableColumn("a", "text", "a", required=True))
    assert TableSchema("t", "a row a thing", columns).summary == "a; b: a row a thing"


def test_a_key_on_two_rows_is_named_with_the_later_row():
    """Whose figure would count? Nobody knows, so the table says where they are; an empty key is no key."""
    who = TableColumn("customer_id", "text", "who", required=True, may_be_empty=True)
    schema = TableSchema("accounts", "a row a customer", (who,), key=("customer_id",))
    with pytest.raises(InputError, match="customer_id seen before in row 3"):
        check_table(pd.DataFrame({"customer_id": ["a", "b", " a"]}), schema)
    assert len(check_table(pd.DataFrame({"customer_id": ["a", None, None]}), schema)) == 3
