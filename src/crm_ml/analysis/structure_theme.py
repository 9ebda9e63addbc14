"""The themes on the structure of the base: RFM, segments, pyramid, ABC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.abc import abc
from crm_ml.analysis.clusters import clusters
from crm_ml.analysis.company import Company
from crm_ml.analysis.needs import needs_and_willingness
from crm_ml.analysis.portfolio import customer_portfolio
from crm_ml.analysis.profiles import class_profiles
from crm_ml.analysis.pyramid import pyramid, pyramid_migration
from crm_ml.analysis.results import attempt
from crm_ml.analysis.rfm import rfm

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["abc_theme", "pyramid_theme", "rfm_theme", "segments_theme"]


def rfm_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Scores, ranking, heat map."""
    yield attempt("rfm", rfm, company.tx, company.as_of)


def segments_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Clusters, profiles, needs and willingness."""
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
    chosen = company.settings
    period = {"as_of": company.as_of, "period_days": chosen.period_days, "cuts": chosen.pyramid_cuts}
    funnel = company.table("accounts", "status")
    yield attempt("pyramid", pyramid, company.tx, funnel=funnel, **period)
    yield attempt("pyramid_migration", pyramid_migration, company.tx, **period)


def abc_theme(company: Company, view: pd.DataFrame) -> Iterator[Result]:
    """Concentration of revenue, and the growth–share matrix."""
    chosen = company.settings
    options = {"cuts": chosen.abc_cuts, "named": chosen.abc_named, "period_days": chosen.period_days}
    yield attempt("abc", abc, company.tx, company.as_of, **options)
    wallets = company.table("accounts", "wallet")
    period = {"as_of": company.as_of, "period_days": chosen.period_days}
    yield attempt("customer_portfolio", customer_portfolio, company.tx, wallets, **period)
