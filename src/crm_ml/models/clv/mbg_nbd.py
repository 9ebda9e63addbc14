"""MBG/NBD: customers may drop out after each purchase, the first included (Batislam et al. 2007)."""

from __future__ import annotations

from typing import ClassVar

from crm_ml.models.clv.dropout import DropoutModel

__all__ = ["MBGNBD"]


class MBGNBD(DropoutModel):
    """The modified beta-geometric / NBD model.

    As :class:`~crm_ml.models.clv.bg_nbd.BGNBD`, but the first purchase too may be the last one, so that
    one-time buyers are not all alive.

    Parameters
    ----------
    time_unit, penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    References
    ----------
    Batislam, E. P., Denizel, M. & Filiztekin, A. (2007). Empirical validation and comparison of models for
    customer base analysis. International Journal of Research in Marketing 24(3), 201–209.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6], "t_x": [0, 10, 30, 34], "T": [39] * 4, "count": [600, 200, 90, 110]}
    ... )
    >>> bool(MBGNBD(time_unit="week").fit(summary).probability_alive(summary)[0] < 1)
    True
    """

    first_chance: ClassVar[int] = 1
