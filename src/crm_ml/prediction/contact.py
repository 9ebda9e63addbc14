"""Who to contact: the control group and what a contact is worth.

The control group (hold-out) is what makes the question "what did the list bring?" answerable later, so it
is drawn by a keyed hash of customer and campaign: the same under any order, any batch and any machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crm_ml.base.validation import check_fraction

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ContactSettings", "break_even_save_rate", "contact_groups", "contact_value"]

_BUCKETS = 2**64


@dataclass(frozen=True)
class ContactSettings:
    """Assumptions behind the contact columns.

    Parameters
    ----------
    campaign : str
        Name of the campaign; another name draws another control group.
    key : str
        Secret of the hash, so that nobody can work out in advance who is held out.
    holdout_share : float
        Share of customers that is not contacted.
    exempt : tuple of str
        Customers that are always contacted (key accounts).
    exempt_top : int
        So many of the largest customers by revenue of the last twelve months are exempt as well.
    margin : float
        Margin as a share of revenue; 1.0 leaves the list in revenue.
    save_rate_low, save_rate, save_rate_high : float
        Assumed share of contacted customers at risk who are kept. An assumption, not a measurement.
    cost : float
        Cost of one contact, offer included.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    campaign: str = "default"
    key: str = ""
    holdout_share: float = 0.10
    exempt: tuple[str, ...] = ()
    exempt_top: int = 0
    margin: float = 1.0
    save_rate_low: float = 0.05
    save_rate: float = 0.10
    save_rate_high: float = 0.20
    cost: float = 0.0

    def __post_init__(self) -> None:
        for name in ("holdout_share", "margin", "save_rate_low", "save_rate", "save_rate_high"):
            check_fraction(getattr(self, name), what=name)


def contact_groups(
    customers: Iterable[str], settings: ContactSettings, *, exempt: Collection[str] = ()
) -> NDArray[np.str_]:
    """Assign every customer to ``"contact"`` or ``"holdout"``.

    Parameters
    ----------
    customers : iterable of str
        Customer ids.
    settings : ContactSettings
        Campaign, key and share.
    exempt : collection of str
        Further customers that are never held out.

    Returns
    -------
    ndarray of str, shape (n_customers,)
        In the order of `customers`.

    Examples
    --------
    >>> groups = contact_groups([str(i) for i in range(1000)], ContactSettings())
    >>> int((groups == "holdout").sum())
    93
    """
    limit = int(settings.holdout_share * _BUCKETS)
    always = {*settings.exempt, *exempt}
    key = hashlib.sha256(settings.key.encode()).digest()
    prefix = hashlib.blake2b(f"{settings.campaign}\x1f".encode(), key=key, digest_size=8)
    ids = customers.tolist() if hasattr(customers, "tolist") else list(customers)
    digests = bytearray()
    for one in ids:
        digest = prefix.copy()
        digest.update(one.encode())
        digests += digest.digest()
    drawn = np.frombuffer(bytes(digests), dtype=">u8")
    held_out = np.ones(len(ids), dtype=bool) if limit >= _BUCKETS else drawn < np.uint64(limit)
    if always:
        held_out &= ~np.fromiter((one in always for one in ids), dtype=bool, count=len(ids))
    return np.where(held_out, "holdout", "contact")


def contact_value(
    p_at_risk: pd.Series, loss_if_it_happens: pd.Series, settings: ContactSettings
) -> pd.Series:
    """Return the expected gain of contacting each customer, in money of the list.

    ``p_at_risk × money lost if it happens × margin × save rate − cost``. The save rate is an assumption.
    """
    gain: pd.Series = p_at_risk * loss_if_it_happens * settings.margin * settings.save_rate
    return gain - settings.cost


def break_even_save_rate(p_at_risk: float, loss_if_it_happens: float, settings: ContactSettings) -> float:
    """Return the save rate at which a contact pays for itself; infinite when nothing can be saved.

    Examples
    --------
    >>> break_even_save_rate(0.5, 100.0, ContactSettings(margin=0.4, cost=2.0))
    0.1
    """
    stake = p_at_risk * loss_if_it_happens * settings.margin
    return settings.cost / stake if stake > 0 else float("inf")
