"""All analyses of a company, by theme, in the order in which a reader needs them.

Each theme is one function ``(company, view) -> results``; what the data cannot give is named in a result
without rows, and nothing is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_view import customer_classes, customer_view
from crm_ml.analysis.results import empty_result, not_computed
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["THEMES", "Theme", "analyse_themes", "attempt"]

Theme: TypeAlias = "Callable[[Company, pd.DataFrame], Iterator[Result]]"


def attempt(name: str, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run an analysis; when the data do not allow it, say why in a result of that name."""
    try:
        return function(*args, **kwargs)
    except InputError as error:
        return empty_result(name, note("not_possible", why=error.message))


def rfm_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Scores, ranking, heat map."""
    from crm_ml.analysis.rfm import rfm

    yield attempt("rfm", rfm, company.tx, company.as_of)


def segments_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Clusters, profiles, needs and willingness."""
    from crm_ml.analysis.clusters import clusters
    from crm_ml.analysis.needs import needs_and_willingness
    from crm_ml.analysis.profiles import class_profiles

    tx, chosen = company.tx, company.settings
    found = attempt("clusters", clusters, tx, as_of=company.as_of, seed=chosen.seed)
    yield found
    if "customers" in found.tables and not view.empty:
        yield attempt("class_profiles", class_profiles, view, found.tables["customers"])
    contacts = company.table("contacts", "customer_id", "answered")
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("needs_and_willingness", needs_and_willingness, tx, contacts, **period)


def pyramid_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Pyramid and migration."""
    from crm_ml.analysis.pyramid import pyramid, pyramid_migration

    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days, "cuts": chosen.pyramid_cuts}
    funnel = company.table("accounts", "status")
    yield attempt("pyramid", pyramid, company.tx, funnel=funnel, **period)
    yield attempt("pyramid_migration", pyramid_migration, company.tx, **period)


def abc_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Concentration of revenue, and the growth–share matrix."""
    from crm_ml.analysis.abc import abc
    from crm_ml.analysis.portfolio import customer_portfolio

    chosen = company.settings
    yield attempt("abc", abc, company.tx, company.as_of, cuts=chosen.abc_cuts, period_days=chosen.period_days)
    wallets = company.table("accounts", "wallet")
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("customer_portfolio", customer_portfolio, company.tx, wallets, **period)


def accounts_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Significance, strategy, rating, classes, actions, price buyers, look-alikes."""
    from crm_ml.analysis.accounts.classes import account_classes
    from crm_ml.analysis.accounts.look_alikes import look_alikes
    from crm_ml.analysis.accounts.price_buyers import price_or_value_buyers
    from crm_ml.analysis.accounts.rating import customer_rating
    from crm_ml.analysis.accounts.significance import EFFECTS, significance, strategic_importance
    from crm_ml.analysis.accounts.whitney import whitney

    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    classes = customer_classes(company, view)
    joined = view.join(classes)
    scored = any(effect in view for effect in EFFECTS)
    yield attempt("significance", significance, company.tx, **period)
    accounts = view[[effect for effect in EFFECTS if effect in view]] if scored else None
    values = view[["clv"]].dropna() if "clv" in view else None
    yield attempt("strategic_importance", strategic_importance, accounts, values)
    criteria = joined.drop(columns=["strategic"], errors="ignore")
    yield attempt("customer_rating", customer_rating, criteria if "revenue" in joined else None)
    yield attempt(
        "account_classes", account_classes, joined if "rating" in joined else None, key_cut=chosen.key_cut
    )
    flags = {"strategic", "significant", "profitable"} <= set(joined)
    yield attempt("whitney", whitney, joined if flags else None)
    yield attempt("price_or_value_buyers", price_or_value_buyers, company.tx, **period)
    if chosen.wanted:
        known = company.table("accounts", chosen.wanted, *chosen.attributes)
        prospects = company.table("prospects", *chosen.attributes)
        options = {"wanted": chosen.wanted, "attributes": chosen.attributes, "seed": chosen.seed}
        yield attempt("look_alikes", look_alikes, known, prospects, **options)
    else:
        yield not_computed("look_alikes", "prospects")


def profitability_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Costing, the whale curve, concentration, attention, leaks, the drop simulation."""
    from crm_ml.analysis.profitability.attention import ATTENTION_COLUMNS, attention_concentration
    from crm_ml.analysis.profitability.concentration import profit_concentration, size_by_profit
    from crm_ml.analysis.profitability.costing import customer_profit
    from crm_ml.analysis.profitability.drop import drop_simulation
    from crm_ml.analysis.profitability.leaks import profit_leaks
    from crm_ml.analysis.profitability.matrix import margin_by_cost_to_serve
    from crm_ml.analysis.profitability.profit import profitable
    from crm_ml.analysis.profitability.top_sheet import top_sheet
    from crm_ml.analysis.profitability.whale import whale_curve

    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    rate = {"margin_rate": chosen.margin_rate, **period}
    yield attempt("customer_profit", customer_profit, tx, company.table("costs"), **rate)
    profit = view if "profit" in view else None
    if profit is None:
        names = ("profitable", "whale_curve", "profit_concentration", "size_by_profit", "drop_simulation")
        yield from (not_computed(name, "cost") for name in names)
    else:
        yield attempt("profitable", profitable, profit, hurdle=chosen.profit_hurdle)
        yield attempt("whale_curve", whale_curve, profit)
        for name, function in (
            ("profit_concentration", profit_concentration),
            ("size_by_profit", size_by_profit),
        ):
            yield attempt(name, function, profit)
        yield attempt("drop_simulation", drop_simulation, profit)
    served = view if {"margin", "cost_to_serve"} <= set(view) else None
    yield attempt("margin_by_cost_to_serve", margin_by_cost_to_serve, served)
    attention = next((name for name in ATTENTION_COLUMNS if name in view), None)
    yield attempt("attention_concentration", attention_concentration, view if attention else None)
    yield attempt("top_sheet", top_sheet, view, attention=attention or "attention")
    yield attempt("profit_leaks", profit_leaks, tx, served, order_cost=chosen.order_cost, **period)


def growth_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Growth target with measured decay, account targets, revenue at risk, dependence."""
    from crm_ml.analysis.growth.account_targets import account_variance
    from crm_ml.analysis.growth.dependence import mutual_dependence, payback
    from crm_ml.analysis.growth.efficiency import efficiency
    from crm_ml.analysis.growth.risk import concentration_risk, revenue_at_risk
    from crm_ml.analysis.growth.target import growth_target
    from crm_ml.analysis.pyramid import pyramid
    from crm_ml.analysis.retention.bridge import revenue_bridge
    from crm_ml.analysis.totals import last_window, previous

    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}

    def target() -> Result:
        # Classes of the period before: what happened to those who were top then is the decay of the top.
        start = previous(last_window(company.tx, company.as_of, chosen.period_days))
        before = pyramid(
            company.tx, as_of=start.end, period_days=chosen.period_days, cuts=chosen.pyramid_cuts
        )
        classes = revenue_bridge(company.tx, before.tables["customers"], group="class", **period).tables[
            "groups"
        ]
        return growth_target(classes[classes["start"] > 0], growth=chosen.growth)

    yield attempt("growth_target", target)
    yield attempt("account_variance", account_variance, company.table("targets"), view)
    scores = company.table("scores", "usual_spend", "expected_loss")
    yield attempt("revenue_at_risk", revenue_at_risk, scores, seed=chosen.seed)
    yield attempt("concentration_risk", concentration_risk, company.tx, **period)
    yield attempt("mutual_dependence", mutual_dependence, view if "wallet" in view else None)
    yield attempt("payback", payback, company.table("investments"), discount_rate=chosen.discount_rate)
    yield attempt("efficiency", efficiency, company.table("periods"))


def resources_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Hours in proportion to value, cost of people, commission, scores of sellers."""
    from crm_ml.analysis.growth.allocation import proportional_allocation
    from crm_ml.analysis.growth.people import employee_rates, farmer_commission, seller_scores
    from crm_ml.analysis.retention.bridge import revenue_bridge

    chosen = company.settings
    yield attempt("employee_rates", employee_rates, company.table("employees"))
    weight = next((name for name in ("profit", "clv", "revenue") if name in view), None)
    if chosen.hours and weight:
        hours = view.assign(hours=view["minutes"] / 60) if "minutes" in view else view
        yield attempt("proportional_allocation", proportional_allocation, hours, chosen.hours, weight=weight)
    else:
        yield empty_result("proportional_allocation", note("without_column", column="hours"))
    accounts = company.table("accounts", "owner")
    commission = company.table("accounts", "owner", "profit", "lifetime_years")
    yield attempt("farmer_commission", farmer_commission, commission)

    def sellers() -> Result:
        if accounts is None:
            return not_computed("seller_scores", "accounts")
        changes = revenue_bridge(
            company.tx, accounts, group="owner", as_of=company.as_of, period_days=chosen.period_days
        ).tables["customers"]
        return seller_scores(changes, company.table("quotes", "owner", "won"))

    yield attempt("seller_scores", sellers)


def retention_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Bridges, decay, cohorts and retention."""
    from crm_ml.analysis.retention.bridge import revenue_bridge
    from crm_ml.analysis.retention.chance import decay_net_of_chance
    from crm_ml.analysis.retention.cohorts import cohort_grid, first_year_decay
    from crm_ml.analysis.retention.customer_growth import growth_per_customer
    from crm_ml.analysis.retention.fiscal import fiscal_bridges
    from crm_ml.analysis.retention.rates import retention_index, retention_rates

    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    groups = company.table("accounts", chosen.group)
    named = {"group": chosen.group, **period}
    yield attempt("revenue_bridge", revenue_bridge, tx, groups, **named)
    yield attempt("fiscal_bridges", fiscal_bridges, tx, first_month=chosen.fiscal_month)
    options = {"min_purchases": chosen.min_purchases, "seed": chosen.seed, **period}
    yield attempt("decay_net_of_chance", decay_net_of_chance, tx, **options)
    yield attempt("first_year_decay", first_year_decay, tx, **period)
    yield attempt("cohort_grid", cohort_grid, tx, as_of=company.as_of, period_days=chosen.cohort_days)
    yield attempt("retention_rates", retention_rates, tx, **period)
    yield attempt("retention_index", retention_index, tx, groups, **named)
    yield attempt("growth_per_customer", growth_per_customer, tx, groups, **named)


def value_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Lifetime value, equity, build-up over the years, what-if, wallet."""
    from crm_ml.analysis.retention.build_up import profit_build_up
    from crm_ml.analysis.retention.equity_bridge import equity_bridge
    from crm_ml.analysis.retention.lifetime import customer_equity, retention_what_if, simple_lifetime_value
    from crm_ml.analysis.retention.wallet import potential_index, share_of_wallet

    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    money = {"margin_rate": chosen.margin_rate, "as_of": company.as_of}
    rates = {**money, "discount_rate": chosen.discount_rate, "period_days": chosen.period_days}
    simple = attempt("simple_lifetime_value", simple_lifetime_value, tx, **rates)
    yield simple
    if len(simple.table):
        lines = simple.table.set_index("line")["amount"]
        yearly = float(lines["margin_per_purchase"] * lines["purchases_per_year"])
        options = {"discount_rate": chosen.discount_rate, "customers": simple.n, "basis": simple.basis}
        yield attempt("retention_what_if", retention_what_if, yearly, float(lines["retention"]), **options)
    scores, groups = company.table("scores", "clv"), company.table("accounts", chosen.group)
    yield attempt("customer_equity", customer_equity, scores, groups, group=chosen.group)
    yield attempt("equity_bridge", equity_bridge, company.table("clv_before", "clv"), scores)
    yield attempt("profit_build_up", profit_build_up, tx, acquisition_cost=chosen.acquisition_cost, **money)
    yield attempt("share_of_wallet", share_of_wallet, tx, company.table("accounts", "wallet"), **period)
    yield attempt("potential_index", potential_index, tx, groups, profile=chosen.group, **period)


def cross_selling_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Rules, suggestions, head-room, breadth, forecast."""
    from crm_ml.analysis.cross_selling.breadth import product_breadth
    from crm_ml.analysis.cross_selling.forecast import sales_forecast
    from crm_ml.analysis.cross_selling.headroom import deep_selling, up_selling
    from crm_ml.analysis.cross_selling.rules import also_bought, association_rules

    tx, chosen = company.tx, company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("association_rules", association_rules, tx, **period)
    yield attempt("also_bought", also_bought, tx, **period)
    yield attempt("deep_selling", deep_selling, tx, **period)
    yield attempt("up_selling", up_selling, tx, company.table("products"), **period)
    yield attempt("product_breadth", product_breadth, tx, **period)
    yield attempt("sales_forecast", sales_forecast, tx, as_of=company.as_of, period_days=chosen.forecast_days)


THEMES: dict[str, Theme] = {
    "rfm": rfm_theme,
    "segments": segments_theme,
    "pyramid": pyramid_theme,
    "abc": abc_theme,
    "accounts": accounts_theme,
    "profitability": profitability_theme,
    "growth": growth_theme,
    "resources": resources_theme,
    "retention": retention_theme,
    "value": value_theme,
    "cross_selling": cross_selling_theme,
}


def analyse_themes(company: Company, only: Iterable[str] = ()) -> Iterator[tuple[str, list[Result]]]:
    """Run the themes, one after the other.

    Parameters
    ----------
    company : Company
        What is known.
    only : iterable of str
        Names of themes; all of :data:`THEMES` when empty.

    Yields
    ------
    tuple of (str, list of Result)
        Each theme with its results.

    Raises
    ------
    InputError
        When a theme is unknown.
    """
    chosen = [check_choice(name, THEMES, what="theme") for name in only] or list(THEMES)
    view = customer_view(company)
    for name in chosen:
        yield name, list(THEMES[name](company, view))
