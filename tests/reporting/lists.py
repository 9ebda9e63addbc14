"""A risk list of 200 customers with the names that real exports contain."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crm_ml.prediction.advice import advice_for
from crm_ml.prediction.columns import column_names
from crm_ml.prediction.risk_list import RiskList

AS_OF = dt.date(2024, 7, 1)
NAMES = [
    "=HYPERLINK(\"http://example.org\";\"klik\")",
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "<script>alert('x')</script>",
    "<b>Vet & Zoon</b>",
    "Café \"De Zwaan\" – Ærøskøbing",
    "株式会社サンプル",
    "شركة المثال",
    "O'Neill; Söhne, Ltd",
    "-12",
    "Bakkerij\nRegel twee",
    "🛒 Winkel",
]  # fmt: skip
REASONS = [
    "laatste aankoop 94 dagen geleden; normaal om de 21 dagen",
    "besteedde € 120 in de laatste 90 dagen, normaal € 400",
    "1 bestelling in de laatste 90 dagen, normaal ongeveer 4",
]


def make_risk_list(n: int = 200, *, currency: str = "EUR", seed: int = 0) -> RiskList:
    rng = np.random.default_rng(seed)
    usual = np.where(rng.random(n) < 0.25, np.nan, rng.lognormal(5, 1.2, n)).round(2)
    p_stopped = rng.beta(2, 3, n).round(4)
    drying = np.where(np.isnan(usual), np.nan, (1 - p_stopped) * rng.beta(2, 4, n)).round(4)
    expected = (np.nan_to_num(usual, nan=40.0) * (1 - p_stopped) * rng.uniform(0.6, 1.1, n)).round(2)
    loss = np.clip(np.nan_to_num(usual - expected), 0, None).round(2)
    band = np.select(
        [loss > np.quantile(loss, 0.85), loss > np.quantile(loss, 0.5)], ["high", "middle"], "low"
    )
    threat = np.where(
        band == "low", "none", np.where(np.nan_to_num(drying) > p_stopped, "buys less", "stops")
    )
    segment = rng.choice(["champions", "loyal", "slipping", "lost", "new"], n)
    recency = rng.integers(1, 400, n)
    table = pd.DataFrame(
        {
            "customer_id": [f"{number:05d}" for number in range(n)],
            "name": [
                NAMES[number % len(NAMES)] if number % 3 == 0 else f"Klant {number}" for number in range(n)
            ],
            "owner": rng.choice(["Anneke", "Bram", "=Cor()", ""], n),
            "expected_loss": loss,
            "risk_band": band,
            "threat": threat,
            "reason_1": REASONS[0],
            "reason_2": np.where(rng.random(n) < 0.7, REASONS[1], ""),
            "reason_3": np.where(rng.random(n) < 0.3, REASONS[2], ""),
            "may_contact": pd.array(rng.choice([True, True, True, False, None], n), dtype="boolean"),
            "usual_spend": usual,
            "expected_spend": expected,
            "revenue_12m": rng.lognormal(6, 1.2, n).round(2),
            "revenue_prev_12m": rng.lognormal(6, 1.2, n).round(2),
            "clv": rng.lognormal(6, 1, n),
            "p_stopped": p_stopped,
            "p_drying_up": drying,
            "p_at_risk": np.minimum(1, p_stopped + np.nan_to_num(drying)),
            "expected_purchases": rng.gamma(2, 1.5, n),
            "last_purchase": [AS_OF - dt.timedelta(days=int(days)) for days in recency],
            "recency_days": recency,
            "purchase_days": rng.integers(1, 40, n),
            "rfm_score": [f"{one}{two}{three}" for one, two, three in rng.integers(1, 6, (n, 3))],
            "segment": segment,
            "since_last_list": rng.choice(["new", "risen", "fallen", "same"], n),
            "contact_group": np.where(rng.random(n) < 0.1, "holdout", "contact"),
            "contact_value": (loss * 0.1 - 2).round(2),
            "rule": "",
            "score_basis": np.where(np.isnan(usual), "few_purchases", "model"),
            "basis": "revenue",
            "currency": currency,
            "as_of": AS_OF,
            "horizon_days": 90,
            "clv_horizon_days": 1095,
            "model_version": "crm-2024-07-01",
            "next_class": np.where(rng.random(n) < 0.3, "large", "small"),
            "p_next_class": 0.75,
        }
    )
    table["clv_low"], table["clv_high"] = table["clv"] * 0.6, table["clv"] * 1.5
    table = table.join(advice_for(table["threat"], table["risk_band"], table["segment"], language="nl"))
    table = table.sort_values(["expected_loss", "p_stopped"], ascending=False).reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, n + 1))
    totals = {
        "customers_known": n + 3,
        "customers_listed": n,
        "customers_suppressed": 3,
        "customers_held_out": int((table["contact_group"] == "holdout").sum()),
        "expected_loss": float(loss.sum()),
        "revenue_12m_listed": float(table["revenue_12m"].sum()),
        "revenue_12m_suppressed": 1200.5,
        "revenue_12m_ledger": float(table["revenue_12m"].sum()) + 1200.5,
    }
    meta = {
        "as_of": AS_OF,
        "horizon_days": 90,
        "clv_horizon_days": 1095,
        "basis": "revenue",
        "currency": currency,
        "model_version": "crm-2024-07-01",
        "campaign": "zomer",
        "language": "nl",
    }
    return RiskList(
        table[column_names()], totals, meta, ("history of 14 months: trends of two years are missing",)
    )
