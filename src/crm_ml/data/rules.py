"""Every rule by which rows are read, repaired or refused; nothing is guessed beyond them."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_positive

__all__ = ["DataRules"]


@dataclass(frozen=True)
class DataRules:
    r"""What to do with what real exports contain; each default is what a careful analyst would choose.

    Every row is accepted, repaired by one of these rules and counted, or quarantined with its number and
    the reason.

    Parameters
    ----------
    delimiter, encoding : str, optional
        Of a CSV file; detected and reported when not given.
    date_format : str, optional
        A strptime format such as ``"%d-%m-%Y"``, or ``"excel"``, ``"epoch_s"``, ``"epoch_ms"`` for serial
        numbers; one format is decided on the whole column when not given.
    decimal : {".", ","}, optional
        Decimal mark of numbers in text; decided on the whole column when not given.
    time_zone : str
        Business time zone; it decides on which day an instant falls. Moments without a zone
        are in it already.
    missing_markers : tuple of str
        Texts that mean "no value", whatever their case. A row without customer, date or amount is
        quarantined.
    unknown_customers : tuple of str
        Customer ids that mean "nobody in particular", whatever their case; quarantined.
    exclude_customers : tuple of str
        Customers left out on purpose (a reseller, a cash register); quarantined.
    trim_ids : bool
        Remove white space around ids; what collides by it is reported.
    max_id_length : int
        Longest customer id in characters; longer ones are quarantined.
    zero_amounts : {"keep", "drop", "quarantine"}
        A zero amount is a purchase of nothing by default (CDNOW has 80). ``"drop"`` and ``"quarantine"`` both
        put the row in quarantine, the first as your choice and the second as a suspect.
    cancellation_prefix : str
        An order whose id starts with it is a cancellation: its money counts, it is no purchase.
    adjustment_prefix : str
        An order whose id starts with it corrects the books (bad debt): quarantined.
    non_products : tuple of str
        Product codes that are no products (postage, fees): quarantined, their money is reported.
    duplicates : {"keep", "drop"}
        Exact twins are counted and kept, since legitimate ones exist. ``"drop"`` quarantines the rows that
        repeat a `line_id`.
    line_id : str, optional
        Column that identifies an order line.
    first_day : str
        ISO date; earlier rows are quarantined.
    last_day : str, optional
        ISO date; later rows are quarantined. When not given, the `as_of` of reading, or else tomorrow, since
        nobody bought in the future.
    currency_column : str, optional
        Column with the currency of a row.
    rates : mapping of str to float
        Worth of one unit of each currency in the reporting currency.
    max_bytes : int
        Largest file that is read; compressed text counts unpacked.
    max_columns : int
        Most columns that a source may have.

    Examples
    --------
    >>> DataRules(decimal=",").decimal
    ','
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    delimiter: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: str | None = None
    time_zone: str = "UTC"
    missing_markers: tuple[str, ...] = ("null", "none", "na", "n/a", "nan", "#n/a", "-", "\\n")
    unknown_customers: tuple[str, ...] = ("0", "guest", "test", "unknown", "anonymous")
    exclude_customers: tuple[str, ...] = ()
    trim_ids: bool = True
    max_id_length: int = 4_000
    zero_amounts: str = "keep"
    cancellation_prefix: str = ""
    adjustment_prefix: str = ""
    non_products: tuple[str, ...] = ()
    duplicates: str = "keep"
    line_id: str | None = None
    first_day: str = "1970-01-01"
    last_day: str | None = None
    currency_column: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    max_bytes: int = 200 * 10**9
    max_columns: int = 10_000

    def __post_init__(self) -> None:
        check_choice(self.zero_amounts, ("keep", "drop", "quarantine"), what="rule for zero_amounts")
        check_choice(self.duplicates, ("keep", "drop"), what="rule for duplicates")
        if self.decimal is not None:
            check_choice(self.decimal, (".", ","), what="decimal mark")
        if self.duplicates == "drop" and self.line_id is None:
            raise InputError("duplicates: drop needs to know an order line", do="set the rule line_id")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise InputError("a delimiter is one character", got=repr(self.delimiter))
        for currency, rate in self.rates.items():
            check_positive(rate, what=f"the rate of {currency}")
        self._check_names()

    def _check_names(self) -> None:
        try:
            zoneinfo.ZoneInfo(self.time_zone)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
            raise InputError(
                "unknown time_zone", got=self.time_zone, do="such as Europe/Amsterdam"
            ) from error
        for name in ("first_day", "last_day"):
            day = getattr(self, name)
            try:
                dt.date.fromisoformat(day or "1970-01-01")
            except ValueError as error:
                raise InputError(
                    f"{name} is not a date", got=repr(day), do="write it as 2011-06-01"
                ) from error
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except LookupError as error:
                raise InputError("unknown encoding", got=repr(self.encoding), do="such as cp1252") from error
