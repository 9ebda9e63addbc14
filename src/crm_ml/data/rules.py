"""Every rule by which rows are read, repaired or refused; nothing is guessed beyond them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from crm_ml.base.validation import check_choice

__all__ = ["DataRules"]


@dataclass(frozen=True)
class DataRules:
    """What to do with what real exports contain; each default is what an analyst would choose.

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
        Business time zone; it decides on which day an instant falls. Dates without a zone are taken as they are.
    missing_markers : tuple of str
        Texts that mean "no value", whatever their case.
    unknown_customers : tuple of str
        Customer ids that mean "nobody in particular", whatever their case; quarantined.
    exclude_customers : tuple of str
        Customers left out on purpose (a reseller, a cash register); quarantined and counted.
    zero_amounts : {"keep", "drop", "quarantine"}
        A zero amount is a purchase of nothing by default (CDNOW has 80).
    cancellation_prefix : str
        An order whose id starts with it is a cancellation: its money counts, it is no purchase.
    adjustment_prefix : str
        An order whose id starts with it is a correction of the books (bad debt): quarantined.
    non_products : tuple of str
        Product codes that are no products (postage, fees); quarantined, their money is reported.
    duplicates : {"keep", "drop"}
        Exact twins are kept by default, since legitimate ones exist; ``"drop"`` needs `line_id`.
    line_id : str, optional
        Column that identifies an order line; rows that repeat it are dropped when `duplicates` says so.
    first_day, last_day : str, optional
        ISO dates; rows outside are quarantined. 1970-01-01 and, for the last day, no bound but year 2199.
    currency_column : str, optional
        Column with the currency of a row.
    rates : mapping of str to float
        Units of the reporting currency for one unit of each currency.
    max_bytes : int
        Largest file that is read, compressed text counted unpacked.
    max_columns : int
        Most columns a file may have.
    max_id_length : int
        Longest customer id.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    delimiter: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: str | None = None
    time_zone: str = "UTC"
    missing_markers: tuple[str, ...] = ("", "null", "none", "na", "n/a", "nan", "#n/a", "\\n")
    unknown_customers: tuple[str, ...] = ("0", "guest", "test", "unknown", "anonymous")
    exclude_customers: tuple[str, ...] = ()
    zero_amounts: str = "keep"
    cancellation_prefix: str = ""
    adjustment_prefix: str = ""
    non_products: tuple[str, ...] = ()
    duplicates: str = "keep"
    line_id: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    currency_column: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    max_bytes: int = 200 * 10**9
    max_columns: int = 10_000
    max_id_length: int = 200

    def __post_init__(self) -> None:
        check_choice(self.zero_amounts, ("keep", "drop", "quarantine"), what="rule for zero_amounts")
        check_choice(self.duplicates, ("keep", "drop"), what="rule for duplicates")
        if self.decimal is not None:
            check_choice(self.decimal, (".", ","), what="decimal mark")
