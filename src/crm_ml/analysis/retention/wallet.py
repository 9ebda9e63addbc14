"""Share of wallet where the wallet is known, a potential index where it is not; never mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import customer_values
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_fraction
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["potential_index", "share_of_wallet"]


def share_of_wallet(
    source: Transactions | IntoFrame,
    wallets: IntoFrame | None,
    *,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Divide what customers spend with us by what they spend in our categories in all.

    Parameters
    ----------
    source : Transactions or table
        What they spend with us, in the same period as the wallet.
    wallets : table, optional
        ``customer_id, wallet``: asked, or from an outside source.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a customer: ``own_spend, wallet, share_of_wallet, headroom``. Customers who spend more with us
        than their stated wallet are counted in a warning and get no share.

    Examples
    --------
    >>> own = pd.DataFrame({"customer_id": ["a"], "revenue": [25.0]})
    >>> share_of_wallet(own, pd.DataFrame({"customer_id": ["a"],
    ...     "wallet": [100.0]})).table["share_of_wallet"].tolist()
    [0.25]
    """
    if wallets is None:
        return not_computed("share_of_wallet", "wallets")
    values = customer_values(source, as_of=as_of, period_days=period_days)
    raw = customer_table(wallets, "wallet", name="wallets")
    table = pd.DataFrame({"wallet": numeric(raw, "wallet", name="wallets", minimum=0).dropna()})
    table.insert(0, "own_spend", values.amounts.reindex(table.index, fill_value=0.0))
    possible = (table["wallet"] > 0) & (table["own_spend"] <= table["wallet"])
    table["share_of_wallet"] = (table["own_spend"] / table["wallet"]).where(possible)
    table["headroom"] = (table["wallet"] - table["own_spend"]).where(possible)
    sums = table.loc[possible, ["own_spend", "wallet"]].sum()
    wrong = int((~possible).sum())
    return finished(
        "share_of_wallet",
        table.sort_values("headroom", ascending=False, kind="stable").reset_index(),
        source="DOMAIN 53; S2 s11, s16, s24; S3 l.36–38; S4 s96, s104",
        parameters=values.parameters,
        basis=values.basis,
        n=len(table),
        warnings=(note("wallet_too_small", customers=wrong),) if wrong else (),
        figures={
            "share_of_wallet": float(sums["own_spend"] / sums["wallet"])
            if sums["wallet"] > 0
            else float("nan")
        },
    )


def potential_index(
    source: Transactions | IntoFrame,
    profiles: IntoFrame | None = None,
    *,
    profile: str = "segment",
    quantile: float = 0.8,
    min_peers: int = 10,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Divide what a customer spends by what the better of its peers spend: an index, not a share of wallet.

    Parameters
    ----------
    source : Transactions or table
        What customers spend with us.
    profiles : table, optional
        ``customer_id`` and the column `profile`; peers have the same profile. Without it all are peers.
    profile : str
        Column of `profiles`.
    quantile : float
        Which of the peers is the yardstick.
    min_peers : int
        Groups with fewer customers get no index.
    as_of, period_days
        The period.

    Returns
    -------
    Result
        A row a customer: ``own_spend``, the profile, ``yardstick, potential_index, headroom``.

    Examples
    --------
    >>> own = pd.DataFrame({"customer_id": list("abcdef"), "revenue": [10.0, 20, 30, 40, 50, 60]})
    >>> result = potential_index(own, min_peers=5)
    >>> result.table[["customer_id", "potential_index"]].head(2).to_numpy().tolist()
    [['a', 0.2], ['b', 0.4]]
    """
    check_fraction(quantile, what="quantile")
    values = customer_values(source, as_of=as_of, period_days=period_days)
    table = pd.DataFrame({"own_spend": values.amounts})
    table[profile] = "all"
    if profiles is not None:
        named = customer_table(profiles, profile, name="profiles")[profile]
        table[profile] = (
            named.reindex(table.index).astype("object").where(lambda cells: cells.notna(), "unknown")
        )
    grouped = table.groupby(profile)["own_spend"]
    enough = grouped.transform("size") >= min_peers
    table["yardstick"] = grouped.transform(lambda spend: spend.quantile(quantile)).where(enough)
    table["potential_index"] = table["own_spend"] / table["yardstick"].where(table["yardstick"] > 0)
    table["headroom"] = (table["yardstick"] - table["own_spend"]).clip(lower=0)
    return finished(
        "potential_index",
        table.sort_values("headroom", ascending=False, kind="stable").reset_index(),
        source="DOMAIN 53 (own definition); headroom: S2 s7",
        parameters={**values.parameters, "profile": profile, "quantile": quantile, "min_peers": min_peers},
        basis=values.basis,
        n=len(table),
        warnings=(note("index_not_share"),)
        + ((note("few_peers", n=int((~enough).sum())),) if (~enough).any() else ()),
        figures={
            "share_below_yardstick": float(np.mean(table["potential_index"] < 1))
            if len(table)
            else float("nan")
        },
        plotter=charts.scatter("own_spend", "headroom", profile),
    )
