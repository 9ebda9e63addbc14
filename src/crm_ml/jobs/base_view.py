"""The few analyses of the whole base that stand in the report beside a risk list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike

__all__ = ["base_results"]


def base_results(tx: Transactions, as_of: DateLike) -> list[Result]:
    """Return the RFM heat map, the concentration of revenue (both of the last year), and proven declines."""
    from crm_ml.analysis.abc import abc
    from crm_ml.analysis.retention.proven_decline import proven_decline
    from crm_ml.analysis.rfm import rfm

    concentration = [abc(tx, as_of)] if tx.has_money else []
    return [rfm(tx, as_of), *concentration, proven_decline(tx, as_of=as_of)]
