"""The simulated company: the same twice, consistent between tables, and small or large without a fault."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.company import TABLES
from crm_ml.base.exceptions import InputError
from crm_ml.data.company.make import make_company
from crm_ml.data.contact_tables import CONTACT_SCHEMAS
from crm_ml.data.optional_tables import SCHEMAS
from crm_ml.data.table_schema import check_table


@pytest.fixture(scope="module")
def made():
    return make_company(150, seed=4)


def test_the_same_seed_gives_the_same_tables(made):
    """Every table, not only the transactions; another seed gives others."""
    again, other = make_company(150, seed=4), make_company(150, seed=5)
    pd.testing.assert_frame_equal(made.transactions, again.transactions)
    for name, table in made.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
    assert not made.tables["contacts"].equals(other.tables["contacts"])
    assert made.planted == again.planted


def test_every_table_is_known_and_fits_its_schema(made):
    """A table that the analyses do not know would be seen by nobody."""
    assert set(made.tables) <= set(TABLES)
    optional = {**CONTACT_SCHEMAS, **SCHEMAS}
    assert set(optional) <= set(made.tables)
    for name, schema in optional.items():
        check_table(made.tables[name], schema)


def test_customers_of_tables_are_customers_of_the_log(made):
    """No table speaks of somebody whom neither the transactions nor the accounts know."""
    accounts = set(made.tables["accounts"]["customer_id"])
    assert set(made.transactions["customer_id"]) <= accounts
    for name, table in made.tables.items():
        if "customer_id" in table:
            assert set(table["customer_id"].dropna()) <= accounts, name


def test_nothing_happens_after_the_reference_date(made):
    """Contacts, answers, requests and expenses lie before the day after the data."""
    end = pd.Timestamp(made.as_of)
    columns = {
        "contacts": "date", "quotes": "date", "helpdesk": "closed", "marketing": "date", "traffic": "date",
        "deliveries": "delivered", "survey": "date", "complaints": "closed", "accounts": "member_since",
    }  # fmt: skip
    for name, column in columns.items():
        assert made.tables[name][column].dropna().max() < end, name
    assert made.transactions["date"].max() < end


def test_the_programme_adds_orders_to_members_only(made):
    """The added orders are the planted 15 % of the members' orders of the last year."""
    recent = made.transactions[made.transactions["date"] >= pd.Timestamp(made.as_of) - pd.Timedelta(days=365)]
    orders = recent[recent["quantity"] > 0].drop_duplicates("order_id")
    added = orders["order_id"].str.startswith("P")
    members = set(made.customers.index[made.customers["member"]])
    assert set(orders.loc[added, "customer_id"]) <= members
    own = orders["customer_id"].isin(members) & ~added
    assert added.sum() / own.sum() == pytest.approx(made.planted["programme_lift"], abs=0.04)


@pytest.mark.parametrize("size", [3, 25])
def test_a_tiny_company_is_one_too(size):
    """A handful of customers still has every table."""
    made = make_company(size, seed=2)
    assert len(made.tables) == len(make_company(40).tables)
    assert np.isfinite(made.planted["nps"])


def test_too_short_a_history_is_refused():
    with pytest.raises(InputError, match="two years"):
        make_company(10, days=700)
