"""Values as they come: dates, amounts, ids (lines 10 to 24 of the list of bad input)."""

from __future__ import annotations

import datetime as dt
import functools
from types import SimpleNamespace

import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.quality import completeness
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules
from crm_ml.data.windows import as_day

from .conftest import balanced, found, rows_of

HEAD = "id,day,net"


def dates(csv, *texts):
    """Write a file with these dates."""
    return csv(HEAD, *(f'c{number},"{text}",1' for number, text in enumerate(texts)))


def amounts(csv, *texts):
    """Write a file with these amounts."""
    return csv(HEAD, *(f'c{number:02},2024-01-01,"{text}"' for number, text in enumerate(texts)))


def money(tx):
    """Return accepted amounts in currency units, in the order of the file."""
    return [amount / 10_000 for _, amount in rows_of(tx, "customer_id", "amount")]


@pytest.mark.parametrize(
    ("texts", "format_"),
    [
        (("31-12-2024", "01-02-2024"), "%d-%m-%Y"),
        (("12/31/2024", "2/1/2024"), "%m/%d/%Y"),
        (("2024-12-31", "2024-02-01"), "%Y-%m-%d"),
        (("2024-12-31 23:59:59", "2024-02-01T00:00:00.123"), "%Y-%m-%d"),
        (("20241231", "20240201"), "%Y%m%d"),
        (("31.12.24", "01.02.24"), "%d.%m.%y"),
        (("31-Dec-2024", "01-Feb-2024"), "%d-%b-%Y"),
        (("31 December 2024", "1 February 2024"), "%d %B %Y"),
        (("Dec 31, 2024", "Feb 1, 2024"), "%b %d, %Y"),
    ],
)
def test_line_10_one_format_is_decided_on_the_whole_column(csv, read, texts, format_):
    """The usual ways to write a date need no config, and the report says which one it was."""
    tx = read(dates(csv, *texts))
    assert rows_of(tx, "day") == [(as_day("2024-02-01"),), (as_day("2024-12-31"),)]
    assert f"date format {format_}" in found(tx)


def test_line_10_day_and_month_that_can_be_exchanged_ask(csv, read):
    """1/2/2024 alone is not guessed; the rule settles it."""
    path = dates(csv, "01/02/2024", "03/04/2024")
    with pytest.raises(InputError, match="day and month can be exchanged"):
        read(path)
    assert rows_of(read(path, date_format="%d/%m/%Y"), "day")[0] == (as_day("2024-02-01"),)


def test_line_10_rows_that_do_not_fit_are_quarantined(csv, read):
    """30 February and another format are set apart with row numbers; the rest is read."""
    tx = read(dates(csv, "2024-01-31", "2024-02-30", "31/12/2024", "", "2024-03-01", "2024-03-02", "soon"))
    assert tx.counts["accepted"] == 3
    table = tx.quality().table.set_index("finding")
    assert table.loc["date unreadable", "example_rows"] == "2, 3, 7"
    assert found(tx)["date missing"] == 1
    assert balanced(tx)


def test_line_10_really_mixed_formats_stop(csv, read):
    """Half d/m and half m/d cannot be read without reading some days wrongly."""
    with pytest.raises(InputError, match="two date formats are mixed"):
        read(dates(csv, "31/12/2024", "30/11/2024", "12/31/2024", "11/30/2024", "01/02/2024"))


def test_line_10_text_that_is_no_date_stops_with_examples(csv, read):
    """The wrong column is recognised by what it holds."""
    with pytest.raises(InputError, match=r"no date format fits the column 'day'.*'apples'"):
        read(dates(csv, "apples", "pears"))


@pytest.mark.parametrize(
    ("values", "format_", "day"),
    [
        ((45657, 45292), "excel", "2024-12-31"),
        ((1735603200, 1704067200), "epoch_s", "2024-12-31"),
        ((1735603200000, 1704067200000), "epoch_ms", "2024-12-31"),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_line_11_serial_numbers_only_by_rule(read, values, format_, day, as_text):
    """Excel and epoch numbers are suggested by their range, and read when the config says so."""
    table = pd.DataFrame(
        {"id": ["a", "b"], "day": [str(one) for one in values] if as_text else values, "net": 1.0}
    )
    with pytest.raises(InputError, match=f'date_format to "{format_}"'):
        read(table)
    assert rows_of(read(table, date_format=format_), "day") == [(as_day("2024-01-01"),), (as_day(day),)]


def test_line_11_day_numbers_of_eight_digits_need_no_rule(read):
    """20241231 as a number can only be one thing."""
    assert rows_of(read(pd.DataFrame({"id": ["a"], "day": [20241231], "net": [1.0]})), "day") == [
        (as_day("2024-12-31"),)
    ]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/New_York"])
def test_line_12_an_instant_falls_on_a_day_of_the_business_zone(read, csv, zone):
    """Half past eleven in the evening in Greenwich is tomorrow in Amsterdam, in text and in typed columns."""
    moments = pd.to_datetime(["2024-07-01T23:30:00Z", "2024-01-01T03:00:00Z"])
    expected = sorted((as_day(one.date()),) for one in moments.tz_convert(zone))
    frame = pd.DataFrame({"id": ["a", "b"], "day": moments, "net": 1.0})
    assert rows_of(read(frame, time_zone=zone), "day") == expected
    text = dates(csv, *(one.isoformat() for one in moments.tz_convert("Asia/Tokyo")))
    assert rows_of(read(text, time_zone=zone), "day") == expected


def test_line_12_naive_moments_are_in_the_business_zone_already(read):
    """A moment without a zone keeps its own date, whatever the zone of business or machine."""
    frame = pd.DataFrame({"id": ["a"], "day": pd.to_datetime(["2024-07-01 23:30"]), "net": 1.0})
    for zone in ("UTC", "Asia/Tokyo"):
        assert rows_of(read(frame, time_zone=zone), "day") == [(as_day("2024-07-01"),)]


def test_line_12_mixed_zones_stop(csv, read):
    """Moments with and without a zone cannot be compared."""
    with pytest.raises(InputError, match="with and without a time zone"):
        read(dates(csv, "2024-07-01T10:00:00Z", "2024-07-01T10:00:00"))


def test_line_12_the_doubled_hour_of_daylight_saving_is_harmless(csv, read):
    """Two o'clock happens twice on the last Sunday of October; both are that day."""
    tx = read(
        dates(csv, "2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"), time_zone="Europe/Amsterdam"
    )
    assert rows_of(tx, "day") == [(as_day("2024-10-27"),)] * 2


def test_line_13_impossible_dates_are_quarantined(csv, read):
    """Sentinels of other systems are no purchases."""
    future = (dt.date.today() + dt.timedelta(days=30)).isoformat()
    tx = read(
        dates(
            csv,
            "2024-01-01",
            "2024-01-02",
            "2024-01-03",
            "2024-01-04",
            "1900-01-01",
            "9999-12-31",
            "0024-01-01",
            future,
        )
    )
    assert tx.counts["accepted"] == 4
    assert found(tx)["date before 1970-01-01"] == 2
    assert found(tx)["date in the future"] == 2
    assert balanced(tx)


def test_line_13_bounds_are_rules(csv, read):
    """A config may say from when to when its data run."""
    tx = read(
        dates(csv, "2023-12-31", "2024-01-01", "2024-06-30", "2024-07-01"),
        first_day="2024-01-01",
        last_day="2024-06-30",
    )
    assert tx.counts["accepted"] == 2
    assert found(tx)["date after 2024-06-30"] == 1


def test_line_13_the_day_of_the_export_bounds_it_instead_of_the_clock(csv, monkeypatch):
    """What is refused must not change with the day on which a job runs; the bundle keeps no such bound."""
    path = dates(csv, "2024-06-30", "2024-07-01", "2024-07-02")
    for today in (dt.date(2024, 7, 1), dt.date(2034, 7, 1)):
        clock = SimpleNamespace(date=SimpleNamespace(today=functools.partial(dt.date.replace, today)))
        monkeypatch.setattr("crm_ml.data.refusals.dt", clock)
        tx = read_transactions(path, customer_id="id", timestamp="day", as_of="2024-07-01")
        assert (tx.counts["accepted"], found(tx)["date after 2024-07-01"]) == (2, 1)
        assert tx.mapping["rules"]["last_day"] is None
    ruled = DataRules(last_day="2024-06-30")
    tx = read_transactions(path, customer_id="id", timestamp="day", as_of="2024-07-01", rules=ruled)
    assert tx.counts["accepted"] == 1


def test_line_13_a_base_in_the_future_stops(csv, read):
    """When most rows lie after today, the clock or the year is wrong, not the rows."""
    with pytest.raises(InputError, match="in the future"):
        read(dates(csv, "2024-01-01", "2924-01-01", "2924-01-02"))


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1.234,56", "12,5", "7"), [1234.56, 12.5, 7.0]),
        (("1,234.56", "12.5", "7"), [1234.56, 12.5, 7.0]),
        (("€ 12,50", "-€ 3,00", "€ 1.000,00"), [12.5, -3.0, 1000.0]),
        (("(12.50)", "12.50-", "-12.50", "+12.50"), [-12.5, -12.5, -12.5, 12.5]),
        (("$90,000 ", "$1,200", "$7 "), [90000.0, 1200.0, 7.0]),
        (("1 234,56", "1'234,56", "1\u00a0234,56"), [1234.56] * 3),
        (("12,50 EUR", "EUR 3,25"), [12.5, 3.25]),
        (("1e3", "1.5E-2"), [1000.0, 0.015]),
        ((".5", "5."), [0.5, 5.0]),
    ],
)
def test_line_14_amounts_as_people_write_them(csv, read, texts, values):
    """One convention is decided on the whole column."""
    assert money(read(amounts(csv, *texts))) == values


def test_line_14_mixed_conventions_stop(csv, read):
    """1.234,56 beside 1,234.56 is an error of the export; a rule keeps one and sets the other apart."""
    path = amounts(csv, "1.234,56", "1,234.56")
    with pytest.raises(InputError, match="both decimal marks"):
        read(path)
    tx = read(path, decimal=",")
    assert money(tx) == [1234.56]
    assert found(tx)["amount unreadable"] == 1


def test_line_14_three_digits_behind_every_mark_ask(csv, read):
    """1.234 is a thousand or one and a bit, and nothing in the column tells."""
    path = amounts(csv, "1.234", "5.678")
    with pytest.raises(InputError, match="can be read in two ways"):
        read(path)
    assert money(read(path, decimal=".")) == [1.234, 5.678]
    assert money(read(path, decimal=",")) == [1234.0, 5678.0]


def test_line_14_mixed_currency_signs_stop(csv, read):
    """Euros and dollars are not added up."""
    with pytest.raises(InputError, match="several currencies"):
        read(amounts(csv, "€ 12.50", "$ 12.50"))


def test_line_15_amounts_that_are_none_are_quarantined(csv, read):
    """Text, infinities and numbers beyond all money never become an amount."""
    texts = ("1.5", "n/a", "-", "#N/A", "", "inf", "1e308", "twelve", "2024-01-01", "1-2", "NaN")
    tx = read(amounts(csv, *texts))
    assert money(tx) == [1.5]
    assert found(tx)["amount missing"] == 5
    assert found(tx)["amount unreadable"] == 5
    assert balanced(tx)


def test_line_15_typed_amounts_that_are_none_are_quarantined(read):
    """NaN and infinity in a float column, too."""
    table = pd.DataFrame(
        {"id": list("abcde"), "day": "2024-01-01", "net": [1.0, float("nan"), float("inf"), -1e308, None]}
    )
    tx = read(table)
    assert money(tx) == [1.0]
    assert balanced(tx)


def test_line_15_missing_optional_numbers_stay_missing(csv, read):
    """A marker of "no value" in a column that is not required is no reason to lose the row."""
    tx = read(
        csv("id,day,net,n", "a,2024-01-01,1,n/a", "b,2024-01-01,1,", "c,2024-01-01,1,x", "d,2024-01-01,1,2"),
        roles={"quantity": "n"},
    )
    assert rows_of(tx, "customer_id", "quantity") == [("a", None), ("b", None), ("d", 2.0)]
    assert found(tx)["quantity unreadable"] == 1


@pytest.mark.parametrize(
    ("rule", "accepted", "reason"),
    [
        ("keep", 2, "zero amount"),
        ("drop", 1, "zero amount (left out by rule)"),
        ("quarantine", 1, "zero amount (suspect)"),
    ],
)
def test_line_16_zero_amounts_by_rule(csv, read, rule, accepted, reason):
    """A free order is a purchase unless the config says otherwise; it is counted in any case."""
    tx = read(amounts(csv, "0", "5"), zero_amounts=rule)
    assert tx.counts["accepted"] == accepted
    assert found(tx)[reason] == 1
    assert balanced(tx)


def test_line_17_returns_count_on_their_own_day_and_are_no_purchase(csv, read):
    """Money of a return is booked when it came back; a return without a sale is reported."""
    path = csv(
        "id,day,net,n,p",
        "a,2024-01-01,10,1,x",
        "a,2024-03-01,-10,-1,x",
        "b,2024-02-01,-5,-1,y",
        "c,2024-02-01,5,-1,y",
    )
    tx = read(path, roles={"quantity": "n", "product_id": "p"})
    assert rows_of(tx, "customer_id", "day", "is_purchase") == [
        ("a", as_day("2024-01-01"), True),
        ("a", as_day("2024-03-01"), False),
        ("b", as_day("2024-02-01"), False),
        ("c", as_day("2024-02-01"), False),
    ]
    report = completeness(tx).table.set_index("finding")
    assert report.loc["returns", "rows"] == 3
    assert report.loc["returns without a sale", "rows"] == 2


def test_line_18_cancellations_and_adjustments_by_prefix(csv, read):
    """A cancelled order is no purchase, a correction of the books no transaction."""
    path = csv(
        "id,day,net,o", "a,2024-01-01,10,1", "a,2024-01-02,10,C2", "a,2024-01-03,-99,A3", "a,2024-01-04,1,"
    )
    tx = read(path, roles={"order_id": "o"}, cancellation_prefix="C", adjustment_prefix="A")
    assert rows_of(tx, "day", "is_purchase") == [
        (as_day("2024-01-01"), True),
        (as_day("2024-01-02"), False),
        (as_day("2024-01-04"), True),
    ]
    assert found(tx)["adjustment of the books"] == 1
    assert found(tx)["cancellation"] == 1


def test_line_19_twins_are_counted_and_kept(csv, read):
    """Two equal lines may be two purchases; only a line id tells that they are one."""
    path = csv(
        "id,day,net,line", "a,2024-01-01,1,L1", "a,2024-01-01,1,L1", "a,2024-01-01,1,L2", "a,2024-01-01,1,"
    )
    assert completeness(read(path)).table.set_index("finding").loc["exact duplicate rows", "rows"] == 3
    tx = read(path, duplicates="drop", line_id="line")
    assert tx.counts["accepted"] == 3
    assert found(tx)["order line repeated"] == 1
    with pytest.raises(InputError, match="line_id"):
        read(path, duplicates="drop")


def test_line_20_orders_of_several_customers_and_days_are_reported(csv, read):
    """An order is (customer, order id); the report says where the ids are not what they seem."""
    path = csv("id,day,net,o", "a,2024-01-01,1,1", "b,2024-01-01,1,1", "a,2024-01-01,1,2", "a,2024-01-05,1,2")
    tx = read(path, roles={"order_id": "o"})
    report = completeness(tx).table.set_index("finding")
    assert report.loc["order id of several customers", "rows"] == 2
    assert report.loc["order spread over several days", "rows"] == 2
    assert tx.counts["accepted"] == 4


def test_line_21_nobody_in_particular_is_quarantined_with_the_revenue(csv, read):
    """Rows without a customer cannot be scored, but their money is told."""
    ids = ("a", "", "NULL", "0", "guest", "Test", "n/a")
    tx = read(csv(HEAD, *(f"{one},2024-01-01,10" for one in ids)))
    assert found(tx)["customer id missing"] == 3
    assert found(tx)["customer id unknown"] == 3
    report = completeness(tx).table.set_index("finding")
    assert report.loc["no customer id", "revenue"] == 60
    assert "85.7% of revenue" in report.loc["no customer id", "detail"]
    assert balanced(tx)


def test_line_21_real_data_without_ids(data_folder, read):
    """online_retail: 28 % of the rows belong to nobody."""
    roles = {"customer_id": "customer_id", "timestamp": "invoice_ts", "amount": "quantity * unit_price"}
    tx = read(data_folder / "online_retail.parquet", roles=roles)
    assert found(tx)["customer id missing"] == 88_652
    assert balanced(tx)


def test_line_22_ids_are_kept_as_written(csv, read):
    """00123 is not 123, and a thousand characters are still an id."""
    long = "x" * 1_000
    tx = read(csv(HEAD, *(f"{one},2024-01-01,1" for one in ("00123", "123", "Ａ1", "A1", long, "A1 "))))
    assert {one for (one,) in rows_of(tx, "customer_id")} == {"00123", "123", "Ａ1", "A1", long}
    assert found(tx)["white space around the customer id"] == 1
    alike = completeness(tx).table.set_index("finding").loc["customer ids that look alike"]
    assert alike["rows"] == 4
    kept = read(csv(HEAD, "A1,2024-01-01,1", "A1 ,2024-01-01,1"), trim_ids=False)
    assert kept.counts["customers"] == 2


@pytest.mark.parametrize("ids", [[123.0, 7.0, None], ["123.0", "7.0", ""], ["123.0", "7", ""]])
def test_line_22_whole_numbers_that_passed_through_a_float_are_restored(read, ids):
    """A missing id makes pandas turn all ids into floats; they come back exactly."""
    tx = read(pd.DataFrame({"id": ids, "day": "2024-01-01", "net": 1.0}))
    assert rows_of(tx, "customer_id") == [("123",), ("7",)]


@pytest.mark.parametrize("ids", [[123.5, 7.0], ["1.23E+05", "7"], [2.0**60, 1.0]])
def test_line_22_ids_that_lost_digits_stop(read, ids):
    """What a spreadsheet rounded cannot be restored."""
    with pytest.raises(InputError, match="customer ids in 'id'"):
        read(pd.DataFrame({"id": ids, "day": "2024-01-01", "net": 1.0}))


def test_line_22_dots_in_other_ids_are_left_alone(read):
    """12.0 beside A-1 is a name, not a number."""
    assert ("12.0",) in rows_of(
        read(pd.DataFrame({"id": ["12.0", "A-1"], "day": "2024-01-01", "net": 1.0})), "customer_id"
    )


def test_line_23_currencies_need_rates(csv, read):
    """A mix stops even when nobody mapped the column; with rates it is converted and said."""
    path = csv("id,day,net,currency", "a,2024-01-01,10,EUR", "b,2024-01-01,10,USD", "c,2024-01-01,10,XXX")
    with pytest.raises(InputError, match=r"several currencies.*EUR, USD"):
        read(path)
    tx = read(path, currency_column="currency", rates={"EUR": 1.0, "USD": 0.5})
    assert money(tx) == [10.0, 5.0]
    assert found(tx)["currency without rate"] == 1
    assert "USD at 0.5" in tx.basis


def test_line_24_a_dominant_customer_is_named_and_can_be_excluded(csv, read):
    """A reseller or cash register hides what all others do."""
    rows = [f"c{number},2024-01-{1 + number % 28:02},1" for number in range(40)]
    path = csv(HEAD, *rows, *(f"till,2024-01-{1 + number % 28:02},1" for number in range(40)))
    report = completeness(read(path))
    assert any("'till' has 50% of the rows" in warning for warning in report.warnings)
    tx = read(path, exclude_customers=("till",))
    assert found(tx)["customer excluded"] == 40
    assert not completeness(tx).warnings or "till" not in completeness(tx).warnings[0]
