"""A first config is close enough to correct by hand."""

from __future__ import annotations

import pytest

from crm_ml.base.exceptions import FileError, InputError
from crm_ml.data.proposal import propose_mapping
from crm_ml.data.reading import read_transactions
from crm_ml.data.rules import DataRules


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cdnow", {"customer_id": "customer_id", "timestamp": "date", "amount": "amount_usd"}),
        (
            "online_retail",
            {
                "customer_id": "customer_id",
                "timestamp": "invoice_ts",
                "amount": "quantity * unit_price",
                "order_id": "invoice",
                "product_id": "stock_code",
                "quantity": "quantity",
            },
        ),
        (
            "superstore",
            {
                "customer_id": "customer_id",
                "timestamp": "order_date",
                "amount": "sales",
                "profit": "profit",
                "discount": "discount",
                "category": "category",
                "order_id": "order_id",
            },
        ),
    ],
)
def test_real_bases_are_mapped(data_folder, name, expected):
    """The roles of three real exports are recognised, and the proposal reads them."""
    path = data_folder / f"{name}.parquet"
    proposal = propose_mapping(path)
    assert {role: proposal.mapping.get(role) for role in expected} == expected
    roles = {role: column for role, column in proposal.mapping.items() if role != "rules"}
    tx = read_transactions(path, **roles, rules=DataRules(**proposal.mapping.get("rules", {})))
    assert 4 * proposal.horizon_days <= (tx.last_day - tx.first_day).days + 1


def test_online_retail_gets_its_rules(data_folder):
    """Cancellations and codes that are no products are seen in the sample."""
    rules = propose_mapping(data_folder / "online_retail.parquet").mapping["rules"]
    assert rules["cancellation_prefix"] == "C"
    assert {"POST", "M", "BANK CHARGES"} <= set(rules["non_products"])


def test_dutch_columns(csv):
    """Exports of Dutch systems have Dutch headers."""
    path = csv(
        "Klantnummer;Factuurdatum;Factuurnr;Artikelnr;Aantal;Omzet",
        *(
            f"K{number % 9};{1 + number % 28:02}-0{1 + number // 28}-2024;F{number};A{number % 5};1;12,50"
            for number in range(200)
        ),
    )
    proposal = propose_mapping(path)
    assert dict(proposal.mapping) == {
        "timestamp": "Factuurdatum",
        "customer_id": "Klantnummer",
        "order_id": "Factuurnr",
        "quantity": "Aantal",
        "amount": "Omzet",
        "product_id": "Artikelnr",
    }
    assert proposal.horizon_days > 0


def test_what_cannot_be_decided_is_said(csv):
    """An ambiguous date is a note, not a failure: the config is written and corrected by hand."""
    proposal = propose_mapping(csv("customer_id,date,amount", "a,01/02/2024,1.50", "b,03/04/2024,2.50"))
    assert proposal.mapping["timestamp"] == "date"
    assert any("day and month can be exchanged" in note for note in proposal.notes)


def test_a_table_without_customers_is_refused(csv):
    """Nothing is mapped by force."""
    with pytest.raises(InputError, match="no column looks like customer_id"):
        propose_mapping(csv("x,date", "1,2024-01-01"))
    with pytest.raises(FileError, match="not found"):
        propose_mapping("nowhere.csv")
