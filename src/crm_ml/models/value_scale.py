"""Contributions on the scale of an amount, for models that join others."""

from __future__ import annotations

from typing import Any

import numpy as np

from crm_ml.models.matrix import Floats

__all__ = ["base_value", "stretched"]

_TINY = 1e-9


def stretched(pieces: Floats, change: Floats) -> Floats:
    """Return contributions rescaled so that rows sum to `change`; equal parts where they sum to 0."""
    total = pieces.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(np.abs(total) > _TINY, change / total, 0.0)
    rest = np.where(np.abs(total) > _TINY, 0.0, change / pieces.shape[1])
    return np.asarray(pieces * factor[:, None] + rest[:, None])


def base_value(member: Any) -> float:
    """Return the amount that a member forecasts for its reference customer."""
    margin, settings = member._base_margin(0), member.parts_.settings
    link = settings.get("link")
    return float(np.exp(margin) if link == "log" else margin) * float(settings["unit"] if link else 1.0)
