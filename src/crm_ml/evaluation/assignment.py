"""Was the campaign assigned at random? What its customers were like before the contact, arm beside arm."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from crm_ml.base.notes import Note, share
from crm_ml.base.result import Result
from crm_ml.models.balance import imbalance, imbalance_limit

__all__ = ["assignment"]

_SHARE_Z = float(
    norm.isf(0.0005)
)  # one of 1,000 random campaigns differs more from the share that was planned


def assignment(
    X: pd.DataFrame, contacted: npt.NDArray[np.bool_], *, control_share: float | None = None
) -> Result:
    """Compare the arms of a campaign on what was known before it.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Features from before the contact.
    contacted : ndarray of bool, shape (n,)
    control_share : float, optional
        Share that was to be left alone; not compared when not given.

    Returns
    -------
    Result
        A row a feature, the most different first: ``feature, mean_contacted, mean_control``, ``smd``
        (difference of means in standard deviations), ``z`` (difference of ranks in standard errors) and
        ``verdict`` (in_balance, out_of_balance). Figures: ``control_share, largest_z, z_limit, share_z`` and
        ``random``, 1 when nothing speaks against a random assignment; warnings say what does.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, arm = pd.DataFrame({"orders": rng.poisson(4, 2000)}), rng.random(2000) < 0.5
    >>> assignment(X, arm).figures["random"], assignment(X, arm | (X["orders"] > 6)).figures["random"]
    (1.0, 0.0)
    """
    matrix, arm = X.to_numpy(dtype=float), np.asarray(contacted, dtype=bool)
    z, limit = imbalance(matrix, arm), imbalance_limit(matrix.shape[1])
    table = pd.DataFrame({"feature": X.columns.map(str), **_means(matrix, arm), "z": z})
    table["verdict"] = np.where(np.abs(z) > limit, "out_of_balance", "in_balance")
    table = table.iloc[np.argsort(-np.abs(z), kind="stable")].reset_index(drop=True)
    found = float((~arm).mean())
    share_z = _share_z(arm, control_share)
    warnings = []
    chosen = table[table["verdict"] == "out_of_balance"]
    if len(chosen):
        named = ", ".join(chosen["feature"].head(5))
        warnings.append(Note("uplift_notes.out_of_balance", {"n": len(chosen), "features": named}))
    if control_share is not None and abs(share_z) > _SHARE_Z:
        shares = {"planned": share(control_share, decimals=1), "found": share(found, decimals=1)}
        warnings.append(Note("uplift_notes.other_share", shares))
    return Result(
        "uplift_assignment",
        table,
        parameters={"control_share": control_share},
        n=len(arm),
        warnings=tuple(warnings),
        formula=Note("uplift_notes.formula_assignment"),
        source="Kohavi, Tang & Xu 2020, Trustworthy Online Controlled Experiments, ch. 21; smd: Austin 2009",
        figures={
            "control_share": found,
            "largest_z": float(np.abs(z).max(initial=0.0)),
            "z_limit": limit,
            "share_z": share_z,
            "random": float(not warnings),
        },
    )


def _means(matrix: npt.NDArray[np.float64], arm: npt.NDArray[np.bool_]) -> dict[str, list[float]]:
    made: dict[str, list[float]] = {"mean_contacted": [], "mean_control": [], "smd": []}
    for column in matrix.T:
        one, other = (values[~np.isnan(values)] for values in (column[arm], column[~arm]))
        means = [values.mean() if len(values) else math.nan for values in (one, other)]
        spread = math.sqrt((one.var() + other.var()) / 2) if len(one) and len(other) else 0.0
        made["mean_contacted"].append(float(means[0]))
        made["mean_control"].append(float(means[1]))
        made["smd"].append(float((means[0] - means[1]) / spread) if spread > 0 else 0.0)
    return made


def _share_z(arm: npt.NDArray[np.bool_], planned: float | None) -> float:
    if planned is None:
        return 0.0
    error = math.sqrt(max(planned * (1 - planned), 1e-12) / len(arm))
    return float(((~arm).mean() - planned) / error)
