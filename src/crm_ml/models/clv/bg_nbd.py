"""BG/NBD: customers may drop out after each repeat purchase (Fader, Hardie & Lee 2005)."""

from __future__ import annotations

from typing import ClassVar

from crm_ml.models.clv.dropout import DropoutModel

__all__ = ["BGNBD"]


class BGNBD(DropoutModel):
    """The beta-geometric / NBD model.

    A customer buys at random moments at a personal rate, and after each *repeat* purchase stops for good
    with a personal chance. Who never came back cannot have dropped out here (P(alive) = 1): rank churn by
    `probability_no_purchase`.

    Parameters
    ----------
    time_unit, penalty
        See :class:`~crm_ml.models.clv.purchase_model.PurchaseModel`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. Marketing Science 24(2), 275–284: likelihood eq. 6, expectation
    eq. 10.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"frequency": [0, 1, 2, 6], "t_x": [0, 10, 30, 34], "T": [39] * 4, "count": [600, 200, 90, 110]}
    ... )
    >>> model = BGNBD(time_unit="week").fit(summary)
    >>> model.probability_no_purchase(summary, 39).round(2).tolist()
    [0.82, 0.76, 0.26, 0.03]
    """

    first_chance: ClassVar[int] = 0
