"""Accounts and who else is known: prospects, roles in buying groups, account managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.company.base import YEAR, Base, dates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHANNELS", "OWNERS", "people_tables"]

OWNERS = ("Aylin", "Bram", "Chantal", "Daan", "Esra")
CHANNELS = ("fair", "recommendation", "search", "telephone")
_EFFECTS = ("direct", "learning", "reputation", "bridgehead", "network", "ambassador")
_ROLES = ("buyer", "user", "decider", "influencer")
_SECTORS = {"food": "Bakery", "sport": "Sports shop", "home": "Furniture shop"}


def people_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return accounts, prospects and roles."""
    import pandas as pd

    accounts = _customers(base, rng)
    ahead = _ahead(len(accounts), rng)
    base.planted["funnel"] = ahead["status"].value_counts().to_dict()
    both = pd.concat([accounts, ahead], ignore_index=True)
    prospects = ahead.loc[ahead["status"] == "prospect", ["customer_id", "sector", "employees"]]
    return {"accounts": both, "prospects": prospects.reset_index(drop=True), "roles": _roles(base, rng)}


def _customers(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    n, customers = len(base.customers), base.customers
    share = rng.beta(4, 3, n).clip(0.05, 1.0)
    customers["share_of_wallet"] = np.where(customers["spent"] > 0, share, np.nan)
    base.planted["share_of_wallet"] = float(
        customers["spent"].clip(lower=0).sum() / (customers["spent"].clip(lower=0) / share).sum()
    )
    size = customers["spent_before"].rank(pct=True).to_numpy()
    table: dict[str, Any] = {
        "customer_id": base.ids,
        "status": "customer",
        **_attributes(rng, n, size),
        "segment": np.where(rng.random(n) < 0.2 + 0.5 * size, "trade", "retail"),
        "owner": rng.choice(OWNERS, n),
        "wallet": np.round(np.where(customers["spent"] > 0, customers["spent"] / share, np.nan), 2),
        "potential": np.round(10 * rng.beta(2, 2, n), 1),
        "co_operation": np.minimum(5, customers["satisfaction"].to_numpy() + rng.integers(-1, 2, n)).clip(0),
        **{name: rng.integers(0, 6, n) for name in _EFFECTS},
        "advice_need": rng.integers(0, 6, n),
        "channel": rng.choice(CHANNELS, n, p=[0.2, 0.3, 0.35, 0.15]),
        "programme_member": customers["member"].to_numpy(),
        "member_since": dates(np.where(customers["member"], base.end - YEAR - rng.integers(0, 60, n), 0)),
        "large_buyer": size > 0.8,
    }
    frame = pd.DataFrame(table)
    frame["member_since"] = frame["member_since"].where(frame["programme_member"])
    frame["referred_by"] = _referrers(base, frame, rng)
    return frame


def _attributes(rng: np.random.Generator, n: int, size: Any) -> dict[str, Any]:
    """Return what is known without a purchase; large buyers have more employees."""
    sector = rng.choice(list(_SECTORS), n, p=[0.5, 0.2, 0.3])
    number = rng.permutation(n) + 1
    return {
        "name": [f"{_SECTORS[one]} {count}" for one, count in zip(sector, number, strict=True)],
        "sector": sector,
        "employees": np.maximum(1, rng.poisson(3 + 40 * np.asarray(size) ** 3)),
    }


def _referrers(base: Base, accounts: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Return who referred: customers who came by recommendation, by a very satisfied older customer."""
    first = base.customers["first_day"]
    came = (accounts["channel"] == "recommendation").to_numpy() & (first.dt.year > 2022).to_numpy()
    old = base.ids[(base.customers["satisfaction"] == 5) & (first.dt.year == 2022)]
    drawn = rng.choice(old, len(accounts)) if len(old) else np.full(len(accounts), "")
    base.planted["referred"] = int(came.sum()) if len(old) else 0
    return np.where(came & (len(old) > 0), drawn, "")


def _ahead(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return suspects, leads and prospects: half as many as there are customers."""
    import pandas as pd

    count = max(10, n // 2)
    status = np.repeat(
        ["suspect", "lead", "prospect"], [count // 2, count // 3, count - count // 2 - count // 3]
    )
    size = rng.random(count)
    return pd.DataFrame(
        {
            "customer_id": [f"X{number:05d}" for number in range(count)],
            "status": status,
            **_attributes(rng, count, size),
            "segment": np.where(rng.random(count) < 0.4, "trade", "retail"),
            "owner": rng.choice(OWNERS, count),
            "advice_need": rng.integers(0, 6, count),
            "programme_member": False,
            "referred_by": "",
        }
    )


def _roles(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return the buying group of each customer: the buyer, and each other role with a chance of 60 %."""
    import pandas as pd

    known = np.column_stack(
        [np.ones(len(base.ids), bool), rng.random((len(base.ids), len(_ROLES) - 1)) < 0.6]
    )
    who, role = np.nonzero(known)
    return pd.DataFrame({"customer_id": base.ids[who], "role": np.asarray(_ROLES)[role]})
