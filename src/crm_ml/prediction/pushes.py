"""What moves a customer's chance to stop, beside what moves that of an established customer.

Contributions of a model start from its average customer. Where most bought once and never came back, every
regular customer looks better than that average, also one who fell silent: nothing would speak for a threat.
So pushes are told from what is usual among the established, whom a list is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.models.direct import features_of

if TYPE_CHECKING:
    from crm_ml.prediction.scores import Models

__all__ = ["pushes_of", "usual_pushes"]

_ENOUGH, _MOST = 20, 2_000  # established customers whose pushes are looked at


def pushes_of(
    models: Models, rows: pd.DataFrame, usual: Mapping[str, float] | None = None
) -> pd.DataFrame | None:
    """Return the contribution of every feature to the log-odds of stopping; None without a model of it.

    Parameters
    ----------
    models : Models
        Of a bundle.
    rows : DataFrame
        Features, one row a customer.
    usual : mapping, optional
        What :func:`usual_pushes` returned at training; subtracted.
    """
    champion: Any = models.champions.get("stopped")
    if champion is None or models.roles["stopped"] != "model":
        return None
    pushes = pd.DataFrame(champion.contributions(rows, True), rows.index, features_of(champion))
    return pushes - pd.Series(dict(usual), dtype="float64").reindex(pushes.columns) if usual else pushes


def usual_pushes(models: Models, rows: pd.DataFrame) -> dict[str, float]:
    """Return the median contribution of every feature among the established customers of the training.

    The median, because who has been gone for years would move a mean. Empty with fewer than 20 of them, or
    without a model.
    """
    established = rows[rows["established"].to_numpy(dtype=bool)]
    if len(established) < _ENOUGH:
        return {}
    some = established.iloc[:: -(-len(established) // _MOST)]
    pushes = pushes_of(models, some)
    return {} if pushes is None else {str(name): float(one) for name, one in pushes.median().items()}
