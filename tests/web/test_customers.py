"""One customer of the list: everything that the list says, and what earlier lists said."""

import pytest

from crm_ml.reporting.tables import write_parquet

from .conftest import problem


def test_a_customer_is_the_row_of_the_list(client, risk_list):
    """Score, reasons, rule, value with its interval, purchases."""
    row = risk_list[risk_list["reason_1"] != ""].iloc[0]
    found = client.get(f"/v1/customers/{row['customer_id']}").json()
    assert found["rank"] == row["rank"]
    assert found["scores"]["p_stopped"] == row["p_stopped"]
    assert found["reasons"][0] == row["reason_1"]
    assert found["rule"] == row["rule"]
    value = found["lifetime_value"]
    assert value["low"] <= value["value"] <= value["high"]
    assert value["horizon_days"] == 1095
    assert found["purchases"]["last_purchase"] == str(row["last_purchase"])


def test_the_history_tells_what_each_list_said(client, risk_list):
    """Oldest first; the present list is the last entry."""
    found = client.get(f"/v1/customers/{risk_list['customer_id'].iloc[0]}").json()
    assert [one["as_of"] for one in found["history"]] == ["1998-06-01", "1998-07-01"]
    assert found["history"][0]["p_stopped"] == 0.25
    assert found["history"][1]["p_stopped"] == found["scores"]["p_stopped"]


@pytest.mark.parametrize(
    "customer",
    [
        "unknown",
        "'; DROP TABLE x; --",
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "a" * 1_000,
        "%F0%9F%98%80",
        "1 OR 1=1",
    ],
)
def test_who_is_not_on_the_list_is_not_found(client, customer):
    """An id is compared, whatever it looks like; unknown and suppressed look the same."""
    assert "no such customer" in problem(client.get(f"/v1/customers/{customer}"), 404)


@pytest.mark.parametrize("address", ["/v1/customers/", "/v1/customers"])
def test_nobody_is_nobody(client, address):
    """An empty id is no question for everybody."""
    assert client.get(address).status_code in (404, 422)


@pytest.mark.parametrize("customer", ["a/b?c#d", "=1+1", "naïve 😀", "../up", "100%"])
def test_any_id_can_be_asked_for(serve, risk_list, tmp_path, customer):
    """Slashes, dots and percent signs are part of an id when they are escaped."""
    from urllib.parse import quote

    table = risk_list.head(3).copy()
    table.loc[1, "customer_id"] = customer
    client = serve(data=str(write_parquet(table, tmp_path / "list.parquet")))
    found = client.get(f"/v1/customers/{quote(customer, safe='')}")
    assert found.json()["customer_id"] == customer
