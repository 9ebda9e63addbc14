"""Scores as a risk list gives them, made from the truth with noise: they try the analyses, not the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.company.base import YEAR, Base

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["score_tables"]

_HORIZON = 180
_CLV_YEARS = 3
_NOISE = 0.8  # on the log-odds: a model sees most of what is true


def score_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return scores now and lifetime value a year before.

    A customer that stopped has a high chance of stopping, one that dries up of drying up; what is expected
    follows from both and from what was usual.
    """
    import pandas as pd

    people = base.customers
    usual = people[["spent_before", "spent"]].max(axis=1).clip(lower=0).to_numpy() * _HORIZON / YEAR
    stop = _chance(people["fate"] == "stops", 0.85, 0.08, rng)
    dry = (1 - stop) * _chance(people["fate"] == "dries_up", 0.8, 0.1, rng)
    expected = usual * (1 - stop - 0.6 * dry)
    staying = (1 - stop - 0.5 * dry) ** (YEAR / _HORIZON)
    value = usual * YEAR / _HORIZON * sum(staying**year for year in range(1, _CLV_YEARS + 1))
    scores = pd.DataFrame(
        {
            "customer_id": base.ids,
            "p_stopped": stop.round(4),
            "p_drying_up": dry.round(4),
            "p_at_risk": (stop + dry).round(4),
            "usual_spend": usual.round(2),
            "expected_spend": expected.round(2),
            "expected_loss": np.maximum(0.0, usual - expected).round(2),
            "expected_purchases": (people["orders_per_90_days"].to_numpy() * 2 * (1 - stop)).round(2),
            "clv": value.round(2),
            "clv_low": (0.7 * value).round(2),
            "clv_high": (1.35 * value).round(2),
        }
    )
    known = people["spent_before"].to_numpy() > 0
    before = pd.DataFrame(
        {"customer_id": base.ids, "clv": (2.2 * people["spent_before"].to_numpy()).round(2)}
    )
    return {"scores": scores, "clv_before": before[known].reset_index(drop=True)}


def _chance(
    is_so: pd.Series[bool], high: float, low: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    centre = np.where(is_so, high, low)
    noisy = np.log(centre / (1 - centre)) + rng.normal(0, _NOISE, len(centre))
    chance: npt.NDArray[np.float64] = 1 / (1 + np.exp(-noisy))
    return chance
