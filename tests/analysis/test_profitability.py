"""Profitability: costing, whale, concentration, attention, leaks, drop, template; bad and empty input."""

import pandas as pd
import pytest

from crm_ml.analysis.profitability.attention import attention_concentration
from crm_ml.analysis.profitability.concentration import profit_concentration, size_by_profit
from crm_ml.analysis.profitability.costing import allocate_pools, customer_profit, forward_profit
from crm_ml.analysis.profitability.drop import drop_simulation
from crm_ml.analysis.profitability.leaks import profit_leaks
from crm_ml.analysis.profitability.matrix import margin_by_cost_to_serve
from crm_ml.analysis.profitability.profit import profitable
from crm_ml.analysis.profitability.template import usual_cost_pools, write_costs_template
from crm_ml.analysis.profitability.top_sheet import top_sheet
from crm_ml.analysis.profitability.whale import whale_curve
from crm_ml.base.exceptions import ColumnError, InputError


def customers(**columns):
    return pd.DataFrame({"customer_id": list("abcdefgh")[: len(next(iter(columns.values())))], **columns})


def costs(rows):
    return pd.DataFrame(rows, columns=["activity", "customer_id", "driver_quantity", "pool_cost"])


def test_three_customers_share_a_pool_to_the_last_hundredth_of_a_cent():
    lines, pools = allocate_pools(costs([("visit", one, 1, 100.0) for one in "abc"]))
    assert lines["units"].tolist() == [333_334, 333_333, 333_333]
    assert pools["units"].tolist() == [1_000_000]


def test_a_pool_without_driver_stays_visible_and_unallocated():
    rows = [("visit", "a", 2, 50.0), ("rent", None, None, 900.0), ("visit", "zz", 2, 50.0)]
    result = customer_profit(customers(revenue=[100.0], margin=[60.0]), costs(rows))
    table = result.table.set_index("activity")
    assert table.loc["rent", ["allocated", "unallocated"]].tolist() == [0.0, 900.0]
    assert table.loc["visit", ["allocated", "unknown_customers"]].tolist() == [25.0, 25.0]
    assert result.warnings[0] == "25.00 of cost belongs to customers that are not in the transactions"
    assert result.warnings[1] == "without a driver, so not allocated: rent (900.00)"
    assert result.warnings[1].said("nl").startswith("zonder kostenveroorzaker")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("visit", "a", -1, 50.0)], "driver_quantity"),
        ([("visit", "a", 1, 50.0), ("visit", "b", 1, 60.0)], "one pool_cost"),
        ([("visit", "a", "many", 50.0)], "must hold numbers"),
    ],
)
def test_wrong_costs_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        allocate_pools(costs(rows))


def test_a_missing_column_names_the_nearest():
    table = costs([("visit", "a", 1, 50.0)]).rename(columns={"driver_quantity": "driver_qty"})
    with pytest.raises(ColumnError, match="driver_qty"):
        allocate_pools(table)


def test_without_cost_nothing_is_invented_and_a_margin_rate_is_labelled(two_years):
    assert whale_curve(two_years).table.empty
    estimated = whale_curve(two_years, margin_rate=0.3)
    assert estimated.basis == "margin (estimated)"
    assert estimated.warnings[0] == "estimated: margin as a fixed share of revenue"
    assert estimated.figures["total_profit"] == pytest.approx(0.3 * (150.01 + 30.02 + 5 + 40.4 + 12.5))


def test_whale_curve_by_hand():
    result = whale_curve(customers(profit=[100.0, 50.0, -30.0, -20.0]))
    assert result.figures["peak"] == pytest.approx(1.5)
    assert result.figures["customers_at_peak"] == 0.5
    assert result.figures["erosion"] == 50
    assert result.figures["loss_customers"] == 2


@pytest.mark.parametrize("profit", [[-5.0, -1.0], [5.0, -5.0], [0.0]])
def test_a_total_of_zero_or_less_turns_the_axis_to_money(profit):
    result = whale_curve(customers(profit=profit))
    assert result.table["cumulative_share"].isna().all()
    assert result.table["cumulative_profit"].iloc[-1] == sum(profit)
    assert "shares are not defined" in result.warnings[0]
    result.plot("nl")


def test_one_customer():
    assert whale_curve(customers(profit=[7.0])).figures["customers_at_peak"] == 1.0
    assert profit_concentration(customers(revenue=[7.0], profit=[1.0])).table["customers"].sum() == 1
    assert size_by_profit(customers(revenue=[7.0], profit=[1.0])).table["customers"].sum() == 1


def test_hurdle_decides_what_is_profitable():
    assert profitable(customers(profit=[10.0, 4.0, -1.0]), hurdle=5).table["customers"].tolist() == [1, 2]


def test_matrix_at_the_medians():
    table = customers(margin=[10.0, 10, 1, 1], cost_to_serve=[1.0, 9, 1, 9])
    result = margin_by_cost_to_serve(table)
    assert result.table["customers"].tolist() == [1, 1, 1, 1]
    assert result.table["profit"].tolist() == [9, 1, 0, -8]


def test_attention_proxies_come_in_their_order_and_nobody_without_contact_takes_much():
    table = customers(profit=[9.0, 1, 1, 1, 1], contacts=[0, 0, 0, 0, 10], minutes=[0, 0, 0, 0, 0])
    assert attention_concentration(table).parameters["attention"] == "minutes"
    by_contacts = attention_concentration(table.drop(columns="minutes"))
    assert by_contacts.tables["customers"]["class"].tolist()[4] == "much_attention_little_profit"
    none = attention_concentration(table.assign(minutes=0))
    assert "much_attention_little_profit" not in set(none.tables["customers"]["class"])
    assert attention_concentration(customers(profit=[1.0])).warnings == (
        "not computed: contacts table missing",
    )


def test_leaks_by_hand():
    from crm_ml.data.reading import read_transactions

    rows = [("big", "2020-01-01", 80.0, 10, "x"), ("other", "2020-01-02", 20.0, 1, "x")]
    log = pd.DataFrame(rows, columns=["customer", "day", "amount", "quantity", "product"])
    tx = read_transactions(
        log,
        customer_id="customer",
        timestamp="day",
        amount="amount",
        quantity="quantity",
        product_id="product",
    )
    served = pd.DataFrame({"customer_id": ["big", "other"], "cost_to_serve": [9.0, 1.0]})
    table = profit_leaks(tx, served, order_cost=5.0).table
    assert table["customer_id"].tolist() == ["big"]
    assert table["price_leak"].iloc[0] == pytest.approx(10 * 100 / 11 - 80)
    assert table["order_leak"].iloc[0] == pytest.approx((1 - 80 / 50) * 5)
    assert table["service_leak"].iloc[0] == pytest.approx(9 - 80 * 10 / 100)
    assert table["reason"].iloc[0] == "price_leak"


def test_dropping_customers_keeps_the_fixed_part_of_their_cost():
    table = customers(revenue=[100.0, 50.0], profit=[30.0, -10.0], cost_to_serve=[5.0, 20.0])
    result = drop_simulation(table, fixed_share=0.25).table.set_index("scenario")
    assert result.loc["dropped_part_saved", "profit"] == 25.0
    assert result.loc["dropped_all_saved", "delta_revenue"] == -50.0


def test_top_sheet_breaks_ties_and_says_what_is_absent():
    result = top_sheet(customers(revenue=[5.0, 5.0, 9.0]), most=2)
    assert result.table["customer_id"].tolist() == ["c", "a"]
    assert result.warnings == (
        "without profit: that part is left out",
        "without attention: that part is left out",
    )


def test_forward_profit_per_purchase():
    table = customers(orders=[4, 0], margin=[40.0, 0.0], cost_to_serve=[8.0, 1.0])
    result = forward_profit(table, customers(expected_purchases=[1.0, 3.0])).table
    assert result["expected_profit"].iloc[0] == 8.0
    assert pd.isna(result["expected_profit"].iloc[1])


def test_the_template_is_what_the_costs_table_needs(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = write_costs_template(tmp_path / "costs.xlsx", "nl")
    book = openpyxl.load_workbook(path)
    assert [cell.value for cell in book["costs"][1]] == [
        "activity",
        "customer_id",
        "driver_quantity",
        "pool_cost",
    ]
    assert book["pools"].max_row == len(usual_cost_pools()) + 1
    assert path.read_bytes() == write_costs_template(tmp_path / "again.xlsx", "nl").read_bytes()


def test_a_customer_with_only_returns_counts_in_profit_so_that_it_ties_to_the_ledger():
    from crm_ml.data.reading import read_transactions

    rows = [("a", "2020-01-01", 50.0, 20.0), ("b", "2021-06-01", -8.0, -3.0), ("c", "2021-12-31", 9.0, 4.0)]
    log = pd.DataFrame(rows, columns=["customer", "day", "amount", "profit"])
    tx = read_transactions(log, customer_id="customer", timestamp="day", amount="amount", profit="profit")
    result = whale_curve(tx)
    assert (result.n, result.figures["total_profit"], result.figures["loss_customers"]) == (2, 1.0, 1)
