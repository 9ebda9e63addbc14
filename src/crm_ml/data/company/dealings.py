"""What passed between the company and its customers: contacts, quotes, helpdesk, marketing, deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.company.base import YEAR, Base, dates, day_of
from crm_ml.data.company.people import CHANNELS, OWNERS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["dealing_tables"]

# channel → cost and minutes of one contact
_CHANNELS = {"visit": (60.0, 55), "telephone": (8.0, 12), "e-mail": (1.5, 4), "web": (0.5, 1)}
_STAGES = ("attract", "inform", "sell", "serve", "build")
_KINDS = ("offer", "question", "news", "follow-up")
_RATES = {"newsletter": (0.04, 0.03), "search": (0.02, 0.05), "social": (0.01, 0.01)}
_CAC, _RETENTION = 120.0, 24.0


def dealing_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return contacts, quotes, helpdesk, marketing, traffic and deliveries."""
    base.planted["cost_per_contact"] = {name: cost for name, (cost, _) in _CHANNELS.items()}
    ahead = tables["accounts"][tables["accounts"]["status"] != "customer"]
    return {
        "contacts": _contacts(base, ahead, rng),
        "quotes": _quotes(base, ahead, rng),
        "helpdesk": _helpdesk(base, rng),
        "marketing": _marketing(base, rng),
        "traffic": _traffic(base, rng),
        "deliveries": _deliveries(base, rng),
    }


def _contacts(base: Base, ahead: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return contacts over the last two years; every tenth customer hears nothing of us for 300 days."""
    import pandas as pd

    quiet = rng.random(len(base.ids)) < 0.1
    base.customers["quiet"] = quiet
    n = rng.poisson(12, len(base.ids))
    who = np.repeat(np.arange(len(base.ids)), n)
    day = base.end - 1 - rng.integers(0, 2 * YEAR, len(who))
    ours = rng.random(len(who)) < 0.65
    # Of the others each has an own contact within the last 150 days.
    kept = ~(quiet[who] & ours & (base.end - day <= 300))
    latest = np.flatnonzero(~quiet)
    who, day = (
        np.concatenate([who[kept], latest]),
        np.concatenate([day[kept], base.end - 1 - rng.integers(0, 150, len(latest))]),
    )
    ours = np.concatenate([ours[kept], np.ones(len(latest), bool)])
    table = _described(base.ids[who], day, ours, rng)
    table = pd.concat([table, _before_purchase(base, rng), _with_ahead(base, ahead, rng)])
    return table.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)


def _described(who: Any, day: Any, ours: Any, rng: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    n = len(who)
    channel = rng.choice(list(_CHANNELS), n, p=[0.04, 0.26, 0.45, 0.25])
    return pd.DataFrame(
        {
            "customer_id": who,
            "date": dates(day),
            "channel": channel,
            "stage": rng.choice(_STAGES, n, p=[0.1, 0.2, 0.3, 0.25, 0.15]),
            "kind": rng.choice(_KINDS, n),
            "initiative": np.where(ours, "us", "customer"),
            "role": rng.choice(["buyer", "user", "decider"], n, p=[0.6, 0.3, 0.1]),
            "employee": rng.choice(OWNERS, n),
            "minutes": np.asarray([_CHANNELS[one][1] for one in channel]),
            "cost": np.asarray([_CHANNELS[one][0] for one in channel]),
            "answered": ours & (rng.random(n) < 0.55) | ~ours,
        }
    )


def _before_purchase(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return customers' own contacts one to ten days before one in ten orders: contacts that led to it."""
    bought = base.lines[base.lines["quantity"] > 0]
    orders = bought.drop_duplicates("order_id")[["customer_id", "date"]]
    drawn = orders[rng.random(len(orders)) < 0.1]
    day = day_of(drawn["date"]) - rng.integers(1, 11, len(drawn))
    drawn, day = drawn[day >= base.start], day[day >= base.start]
    return _described(drawn["customer_id"].to_numpy(dtype=str), day, np.zeros(len(drawn), bool), rng)


def _with_ahead(base: Base, ahead: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return contacts that make leads and prospects what they are: a signal, and a conversation."""
    import pandas as pd

    parts = []
    for status, ours in (("suspect", True), ("lead", False), ("prospect", True), ("prospect", False)):
        ids = ahead.loc[ahead["status"] == status, "customer_id"].to_numpy(dtype=str)
        day = base.end - 1 - rng.integers(0, YEAR, len(ids))
        part = _described(ids, day, np.full(len(ids), ours), rng)
        # A lead sent us a signal and got no conversation yet; a suspect did not answer.
        part["answered"] = status == "prospect"
        parts.append(part)
    return pd.concat(parts)


def _quotes(base: Base, ahead: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return quotes: sellers win what was planted; five prospects ask again and again and never buy."""
    import pandas as pd

    hit = dict(zip(OWNERS, (0.5, 0.4, 0.3, 0.2, 0.6), strict=True))
    rows = [(owner, number < 50 * share) for owner, share in hit.items() for number in range(50)]
    table = pd.DataFrame(rows, columns=["owner", "won"])
    table["customer_id"] = rng.choice(base.ids, len(table))
    asking = ahead.loc[ahead["status"] == "prospect", "customer_id"].to_numpy(dtype=str)[:5]
    base.planted.update({"hit_rate": hit, "many_quotes": sorted(map(str, asking))})
    again = pd.DataFrame({"owner": rng.choice(OWNERS, 4 * len(asking)), "customer_id": np.repeat(asking, 4)})
    again["won"] = False
    # Quotes that were never won are counted apart from the sellers' planted hit rate.
    again["owner"] = ""
    table = pd.concat([table, again], ignore_index=True)
    table["date"] = dates(base.end - 1 - rng.integers(0, YEAR, len(table)))
    return table[["date", "owner", "customer_id", "won"]]


def _helpdesk(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return requests of two years: answered after 6 hours (median), one in twenty still open."""
    import pandas as pd

    n = 2 * len(base.ids)
    opened = dates(base.end - 2 - rng.integers(0, 2 * YEAR, n)) + pd.to_timedelta(
        rng.integers(8, 18, n), unit="h"
    )
    opened = pd.Series(opened)
    response = rng.lognormal(np.log(6.0), 0.8, n)
    solved = response + rng.lognormal(np.log(20.0), 0.9, n)
    end = pd.Timestamp(dates(base.end))
    table = pd.DataFrame({"customer_id": rng.choice(base.ids, n), "opened": opened})
    for column, hours in (("first_response", response), ("closed", solved)):
        moment = (opened + pd.to_timedelta(hours, unit="h")).dt.round("min")
        table[column] = moment.where((end - moment).dt.total_seconds() > 0)
    table.loc[rng.random(n) < 0.05, "closed"] = pd.NaT
    table["transfers"] = rng.poisson(0.4, n)
    table["category"] = rng.choice(["delivery", "invoice", "product"], n, p=[0.5, 0.3, 0.2])
    table["status"] = np.where(table["closed"].isna(), "open", "closed")
    base.planted["response_hours"] = 6.0
    return table.sort_values("opened", kind="stable", ignore_index=True)


def _marketing(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return monthly expenses of two years; a new customer costs five times a kept one in the last year."""
    import pandas as pd

    bought = base.lines[base.lines["quantity"] > 0]
    ago = (base.end - 1 - day_of(bought["date"])) // YEAR
    active = [set(bought.loc[ago == years, "customer_id"]) for years in range(4)]
    first = pd.Series(ago).groupby(bought["customer_id"].to_numpy()).max()
    new = [int((first == years).sum()) for years in (0, 1)]
    kept = [len(active[years] & active[years + 1]) for years in (0, 1)]
    planted = {"cac": _CAC, "retention_cost": _RETENTION, "cost_ratio": _CAC / _RETENTION}
    base.planted.update({**planted, "new_customers": new[0], "kept_customers": kept[0]})
    rows = []
    for years, dearer in ((0, 1.0), (1, 0.8)):  # a year before both were a fifth cheaper
        for purpose, total in (("acquisition", _CAC * new[years]), ("retention", _RETENTION * kept[years])):
            cells = 12 * len(CHANNELS)
            for place, cents in enumerate(
                rng.multinomial(round(100 * dearer * total), np.full(cells, 1 / cells))
            ):
                month, channel = divmod(place, len(CHANNELS))
                day = base.end - 15 - 30 * month - YEAR * years
                rows.append((day, purpose, cents / 100, CHANNELS[channel]))
    table = pd.DataFrame(rows, columns=["day", "purpose", "cost", "channel"])
    table.insert(0, "date", dates(table["day"]))
    return table.sort_values("day", kind="stable").drop(columns="day").reset_index(drop=True)


def _traffic(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return monthly traffic of the last year with exact rates a channel."""
    import pandas as pd

    rows = []
    for month in range(12):
        for channel, (clicked, ordered) in _RATES.items():
            shown, visits = 1000 * int(rng.integers(5, 15)), 100 * int(rng.integers(5, 15))
            day = base.end - 30 * (month + 1)
            rows.append((day, channel, shown, round(shown * clicked), visits, round(visits * ordered)))
    base.planted["click_through_rate"] = {channel: one for channel, (one, _) in _RATES.items()}
    base.planted["conversion_rate"] = {channel: other for channel, (_, other) in _RATES.items()}
    names = ["day", "channel", "impressions", "clicks", "visits", "orders"]
    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "date", dates(table["day"]))
    return table.drop(columns="day")


def _deliveries(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return the lines that were sent; those not as described are three in a hundred."""
    sent = base.lines[base.lines["quantity"] > 0]
    table = sent[["customer_id", "date", "promised", "delivered"]].rename(columns={"date": "ordered"})
    table = table.reset_index(drop=True)
    unseen = (dates(base.end) - table["delivered"]).dt.days <= 0
    table["delivered"] = table["delivered"].where(~unseen)
    table["as_described"] = rng.random(len(table)) >= 0.03
    base.planted["as_described_share"] = 0.97
    return table
