"""Checks on arguments, with near-miss names in the message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from crm_ml.base.exceptions import InputError

__all__ = ["check_choice", "check_fraction", "check_positive", "nearest"]


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the known names that look like `name`, nearest first.

    Examples
    --------
    >>> nearest("custmer_id", ["customer_id", "amount"])
    ['customer_id']
    """
    by_folded = {one.casefold().strip(): one for one in known}
    matches = difflib.get_close_matches(name.casefold().strip(), by_folded, n=most, cutoff=0.6)
    return [by_folded[match] for match in matches]


def check_choice(value: str, known: Iterable[str], *, what: str) -> str:
    """Return `value` when it is one of the known names.

    Raises
    ------
    InputError
        When it is not; the message lists the nearest names.

    Examples
    --------
    >>> check_choice("nl", ["nl", "en"], what="language")
    'nl'
    """
    names = list(known)
    if value in names:
        return value
    near = nearest(value, names)
    do = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    raise InputError(f"unknown {what}", got=repr(value), do=do)


def check_positive(value: float, *, what: str) -> float:
    """Return `value` when it is finite and above zero.

    Examples
    --------
    >>> check_positive(90, what="horizon_days")
    90
    """
    if not 0 < value < float("inf"):
        raise InputError(f"{what} must be a finite number above 0", got=repr(value))
    return value


def check_fraction(value: float, *, what: str) -> float:
    """Return `value` when it lies in [0, 1].

    Examples
    --------
    >>> check_fraction(0.1, what="share")
    0.1
    """
    if not 0 <= value <= 1:
        raise InputError(f"{what} must lie between 0 and 1", got=repr(value))
    return value
