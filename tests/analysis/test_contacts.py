"""Contacts, funnel, service: hand-checked figures, refusals with row numbers, empty and tiny tables."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.analysis.contacts.buying_group import buying_group_coverage
from crm_ml.analysis.contacts.costs import acquisition_and_retention_cost
from crm_ml.analysis.contacts.deliveries import delivery_reliability
from crm_ml.analysis.contacts.economics import contact_economics, contact_matrix
from crm_ml.analysis.contacts.funnel import funnel_status
from crm_ml.analysis.contacts.helpdesk import helpdesk_times
from crm_ml.analysis.contacts.own_contact import lack_of_attention
from crm_ml.analysis.contacts.programme import programme_effect
from crm_ml.analysis.contacts.referrals import referrals
from crm_ml.analysis.contacts.service_concepts import CONCEPTS, service_concepts
from crm_ml.analysis.contacts.traffic import click_through
from crm_ml.analysis.dated import dated_table
from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.data.contact_tables import CONTACTS, DELIVERIES
from crm_ml.data.windows import Window

YEAR = {"as_of": "2022-01-01", "period_days": 365}


def test_a_purchase_belongs_to_the_last_contact_before_it(two_years):
    """Last touch within 14 days; the day itself counts, money counts once."""
    contacts = pd.DataFrame(
        {
            "customer_id": ["grower", "grower", "new", "new", "same"],
            "date": ["2021-01-05", "2021-01-10", "2021-12-17", "2021-12-16", "2021-06-02"],
            "channel": ["visit", "mail", "mail", "visit", "visit"],
            "cost": [50, 2, 2, 50, 50],
        }
    )
    table = contact_economics(two_years, contacts, **YEAR).table.set_index("channel")
    assert table.loc["mail", ["contacts", "revenue"]].tolist() == [
        2,
        190.41,
    ]  # grower's and new's last contact
    assert table.loc["visit", ["contacts", "revenue"]].tolist() == [3, 0.0]
    assert table.loc["all", "cost_per_contact"] == pytest.approx(30.8)
    assert table.loc["mail", "conversion_rate"] == 1.0
    figures = contact_economics(two_years, contacts, **YEAR).figures
    assert figures["attributed_share"] == pytest.approx(190.41 / 237.93)


def test_fifteen_days_later_is_too_late(two_years):
    contacts = pd.DataFrame({"customer_id": ["new"], "date": ["2021-12-16"]})
    assert contact_economics(two_years, contacts, **YEAR).table["revenue"].tolist() == [0.0]
    assert contact_economics(two_years, contacts, within_days=15, **YEAR).table["revenue"].tolist() == [40.4]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["grower", "same", "new", "old"]),
            st.integers(0, 364),
            st.sampled_from(["visit", "mail"]),
            st.sampled_from(["sell", "serve"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_money_counts_twice(two_years, rows):
    """Whatever the contacts, what is attributed never exceeds the revenue, and every division adds up."""
    contacts = pd.DataFrame(rows, columns=["customer_id", "ago", "channel", "stage"])
    contacts["date"] = pd.Timestamp("2021-12-31") - pd.to_timedelta(contacts.pop("ago"), unit="D")
    economics = contact_economics(two_years, contacts, **YEAR)
    matrix = contact_matrix(two_years, contacts, **YEAR)
    total = economics.table.set_index("channel").loc["all"]
    assert economics.figures["attributed_share"] <= 1 + 1e-9
    assert matrix.table["contacts"].sum() == total["contacts"] == len(contacts)
    assert matrix.table["revenue"].sum() == pytest.approx(total["revenue"])


def test_cells_that_cannot_be_right_are_refused_with_their_rows(two_years):
    contacts = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2021-01-01", "not a day"], "cost": [1, -2]})
    with pytest.raises(InputError, match=r"cost not of at least 0 in row 2"):
        contact_economics(two_years, contacts.assign(date="2021-01-01"), **YEAR)
    with pytest.raises(InputError, match="date"):
        contact_economics(two_years, contacts.assign(cost=1), **YEAR)
    with pytest.raises(InputError, match=r"stage not one of attract, inform.* in row 1"):
        contact_matrix(two_years, contacts.assign(date="2021-01-01", cost=1, stage=["sel", "sell"]), **YEAR)
    with pytest.raises(ColumnError, match=r"'date' \(nearest: dat"):
        contact_economics(two_years, contacts.rename(columns={"date": "dat"}), **YEAR)


def test_contacts_outside_the_period_do_not_count(two_years):
    contacts = pd.DataFrame({"customer_id": ["new"], "date": ["2022-01-01"]})
    result = contact_economics(two_years, contacts, **YEAR)
    assert result.table.empty
    assert result.warnings == ("no contacts in the period",)


def test_the_funnel_takes_the_furthest_sign(two_years):
    """Stated, contacted and quoted signs place people; who never bought is no customer."""
    accounts = pd.DataFrame(
        {
            "customer_id": ["s", "l", "p", "q", "c", "same"],
            "status": ["suspect"] * 4 + ["customer", "suspect"],
        }
    )
    contacts = pd.DataFrame(
        {
            "customer_id": ["l", "p", "p", "s"],
            "answered": ["yes", "yes", "no", "no"],
            "initiative": ["us", "us", "customer", "us"],
        }
    )
    quotes = pd.DataFrame({"customer_id": ["q", "q", "q", "same"]})
    result = funnel_status(two_years, accounts, contacts, quotes, **YEAR)
    status = result.tables["customers"].set_index("customer_id")["status"]
    assert status[["s", "l", "p", "q", "c"]].tolist() == [
        "suspect",
        "lead",
        "prospect",
        "prospect",
        "prospect",
    ]
    assert status[["same", "stopper"]].tolist() == ["customer", "inactive"]
    assert result.tables["many_quotes"].to_numpy().tolist() == [["q", 3]]
    assert result.warnings == ("1 customers by the accounts table never bought: they count as prospects",)
    reached = result.table.set_index("status")["reached"]
    assert reached[:4].tolist() == [11, 10, 9, 6]
    assert result.table["conversion_rate"].iloc[3] == pytest.approx(6 / 9)


def test_a_wrong_status_is_refused(two_years):
    with pytest.raises(InputError, match=r"unknown status of an account.*prospect"):
        funnel_status(two_years, pd.DataFrame({"customer_id": ["a"], "status": ["prospct"]}))


def test_every_combination_has_a_concept():
    """All eight rows of the rule table are reachable and lead to one of the four concepts."""
    assert len(CONCEPTS) == 8
    assert set(CONCEPTS.values()) == {"transactional", "representation", "account_management", "consultative"}


def test_concepts_without_advice_need_say_so():
    table = pd.DataFrame(
        {"customer_id": ["a", "b"], "margin_per_order": [9, 1], "days_between_orders": [5, 50]}
    )
    result = service_concepts(table)
    assert result.tables["customers"]["concept"].tolist() == ["account_management", "transactional"]
    assert result.warnings == ("without need for advice: that part is left out",)


def test_cost_of_a_new_and_of_a_kept_customer(two_years):
    """One new customer in 2021 (`old` was reactivated), three of five kept."""
    marketing = pd.DataFrame(
        {
            "date": ["2021-05-01", "2021-06-01", "2020-05-01"],
            "purpose": ["acquisition", "retention", "acquisition"],
            "cost": [100, 60, 999],
        }
    )
    result = acquisition_and_retention_cost(two_years, marketing, **YEAR)
    assert result.table["customers"].tolist() == [1, 3]
    assert result.table["cost_per_customer"].tolist() == [100, 20]
    assert result.table["share_of_budget"].tolist() == [0.625, 0.375]
    assert result.figures["cost_ratio"] == 5


def test_more_clicks_than_impressions_are_refused():
    wrong = pd.DataFrame({"impressions": [10, 10], "clicks": [2, 11]})
    with pytest.raises(InputError, match=r"more clicks than impressions.*1 rows, at 1"):
        click_through(wrong)
    nothing = click_through(pd.DataFrame({"visits": [0], "orders": [0]}))
    assert nothing.table["conversion_rate"].isna().all()
    assert click_through(None).warnings == ("not computed: traffic table missing",)


def test_a_promise_that_passed_is_broken(two_years):
    """Delivered on the promised day is on time; not delivered and due is late; not due yet does not count."""
    lines = pd.DataFrame(
        {
            "ordered": ["2021-03-01", "2021-03-01", "2021-12-20", "2021-12-30"],
            "promised": ["2021-03-03", "2021-03-03", "2021-12-25", "2022-01-05"],
            "delivered": ["2021-03-03", "2021-03-06", "", ""],
            "as_described": ["yes", "no", "", ""],
        }
    )
    row = delivery_reliability(two_years, lines, **YEAR).table.iloc[-1]
    assert row[["lines", "not_delivered", "median_days"]].tolist() == [4, 2, 3.5]
    assert row["on_time_share"] == pytest.approx(1 / 3)
    assert row["as_described_share"] == 0.5


def test_delivered_before_ordered_is_refused(two_years):
    lines = pd.DataFrame({"ordered": ["2021-03-02"], "delivered": ["2021-03-01"]})
    with pytest.raises(InputError, match=r"delivered before it was ordered.*at 0"):
        delivery_reliability(two_years, lines, **YEAR)


def test_answered_before_asked_is_refused():
    wrong = pd.DataFrame({"customer_id": ["a"], "opened": ["2024-01-02"], "first_response": ["2024-01-01"]})
    with pytest.raises(InputError, match=r"'first_response' lies before 'opened'"):
        helpdesk_times(wrong)


def test_every_role_known_and_met():
    """A role met that nobody listed counts as known too."""
    roles = pd.DataFrame({"customer_id": ["a", "a", "b"], "role": ["buyer", "user", "buyer"]})
    met = pd.DataFrame({"customer_id": ["a", "a", "b"], "role": ["buyer", "user", "decider"]})
    result = buying_group_coverage(roles, met)
    assert result.figures == {"coverage": 0.75, "share_covered": 0.5}
    assert result.tables["customers"].iloc[0].tolist() == ["b", 2, 1, 0.5, "buyer"]


def test_who_is_at_risk_without_our_contact():
    """A contact on the customer's initiative is not attention of ours."""
    customers = pd.DataFrame({"customer_id": list("abcd"), "revenue": [10.0, 20.0, 30.0, 40.0]})
    contacts = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "date": ["2021-12-01", "2021-12-01", "2021-01-01", "2022-01-01"],
            "initiative": ["us", "customer", "us", "us"],
        }
    )
    scores = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "p_at_risk": [0.9, 0.9, None, 0.2],
            "p_stopped": [0.1, 0.1, 0.8, 0.1],
            "expected_loss": [5.0, 6.0, 7.0, 8.0],
        }
    )
    result = lack_of_attention(customers, contacts, scores, as_of="2022-01-01")
    assert result.tables["at_risk_no_contact"]["customer_id"].tolist() == ["c", "b"]
    assert result.figures["loss_without_contact"] == 13
    assert result.figures["without_own_contact"] == 3  # the contact on the reference date lies in the future
    assert lack_of_attention(customers, None, as_of="2022-01-01").warnings == (
        "not computed: contacts table missing",
    )


def test_referred_customers_and_an_unknown_referrer(two_years):
    accounts = pd.DataFrame({"customer_id": ["new", "same", "old"], "referred_by": ["same", None, "ghost"]})
    result = referrals(two_years, accounts, **YEAR)
    table = result.table.set_index("origin")
    assert table.loc["referred", ["customers", "bought"]].tolist() == [2, 2]
    assert table.loc["referred", "revenue"] == pytest.approx(62.9)
    assert result.figures["share_of_new_customers"] == 1.0
    assert result.warnings == ("1 referrers are not in the transactions",)


def test_a_programme_that_does_nothing_shows_nothing(shop):
    """Members drawn at random: the interval of the difference holds 0; the self-selection warning stands."""
    ids = [f"c{number:03d}" for number in range(300)]
    accounts = pd.DataFrame(
        {"customer_id": ids, "programme_member": [number % 2 == 0 for number in range(300)]}
    )
    result = programme_effect(shop, accounts, cost_per_member=1.0)
    table = result.table.set_index("outcome")
    assert table.loc["orders", "low"] < 0 < table.loc["orders", "high"]
    assert "self-selection" in result.warnings[0]
    everybody = programme_effect(shop, accounts.assign(programme_member=True))
    assert everybody.table.empty
    late = programme_effect(shop, accounts.assign(member_since="2021-12-30"))
    assert late.table.empty


def test_rows_of_a_period_and_cells_of_any_engine():
    """The same rows from text, timestamps and another engine; a row without a date belongs to no period."""
    import pyarrow as pa

    texts = pd.DataFrame({"customer_id": ["1", "2", "3"], "date": ["2024-01-31", "2024-02-01", ""]})
    stamps = texts.assign(date=pd.to_datetime(texts["date"].where(texts["date"] != ""), format="ISO8601"))
    window = Window("2024-02-01", 29)
    for table in (texts, stamps, pa.Table.from_pandas(stamps)):
        assert dated_table(table, CONTACTS, window=window)["customer_id"].tolist() == ["2"]
    assert len(dated_table(texts, CONTACTS)) == 3
    flags = pd.DataFrame({"ordered": "2024-01-01", "delivered": "", "as_described": ["perhaps"]})
    with pytest.raises(InputError, match="as_described neither yes nor no in row 1"):
        dated_table(flags, DELIVERIES, date="ordered")


def test_engines_agree_on_contacts_and_service():
    """DuckDB and Polars give the same tables."""
    from crm_ml.analysis.company import Company
    from crm_ml.analysis.themes import analyse_themes
    from crm_ml.data.company.make import make_company

    made = make_company(60, seed=8)
    one, other = (
        dict(
            analyse_themes(
                Company(made.log(engine), made.tables, made.as_of), ["contacts", "service", "scorecard"]
            )
        )
        for engine in ("duckdb", "polars")
    )
    for theme, results in one.items():
        for first, second in zip(results, other[theme], strict=True):
            pd.testing.assert_frame_equal(first.table, second.table, rtol=1e-9, obj=first.name)
            assert first.figures == pytest.approx(second.figures, nan_ok=True), first.name
