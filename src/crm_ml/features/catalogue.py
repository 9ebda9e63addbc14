"""All features, found by their mark; which of them a log allows; and the table of them for readers."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Collection, Sequence

from crm_ml.base.validation import check_choice
from crm_ml.features.base import FeatureSpec, declaration
from crm_ml.features.grains import needs

__all__ = ["GROUPS", "beyond_history", "catalogue", "choose", "left_out", "missing", "to_markdown"]

# The order in which groups are listed; a group is a file of this package.
GROUPS = (
    "rfm", "btyd", "rhythm", "trend", "basket", "returns", "price", "season", "tenure", "delivery",
)  # fmt: skip


@functools.cache
def catalogue() -> tuple[FeatureSpec, ...]:
    """Return every feature, by group, in the order of the files.

    Examples
    --------
    >>> catalogue()[0].name
    'recency_days'
    """
    modules = [importlib.import_module(f"crm_ml.features.{group}") for group in GROUPS]
    found = (declaration(one) for module in modules for one in vars(module).values())
    return tuple(spec for spec in found if spec is not None)


def missing(spec: FeatureSpec, present: Collection[str]) -> tuple[str, ...]:
    """Return which columns a log must have more for a feature; empty when it can be computed.

    Examples
    --------
    >>> margin = next(one for one in catalogue() if one.name == "margin")
    >>> missing(margin, ("customer_id", "day", "amount"))
    ('profit',)
    """
    lacking: set[str] = set()
    for column in spec.columns:
        ways = [set(way) - set(present) for way in needs(spec.grain, column)]
        if all(ways):
            lacking |= ways[0]
    return tuple(sorted(lacking))


def choose(names: Sequence[str] | None, present: Collection[str]) -> tuple[FeatureSpec, ...]:
    """Return the features of the given names or groups that the columns of a log allow, in catalogue order.

    Parameters
    ----------
    names : sequence of str, optional
        Features, or groups (:data:`GROUPS`); all features when not given.
    present : collection of str
        Columns of the log.

    Raises
    ------
    InputError
        When a name is neither a feature nor a group.

    Examples
    --------
    >>> [spec.name for spec in choose(["returns", "orders"], ("customer_id", "day"))]
    ['orders', 'return_line_share', 'days_since_return']
    """
    return tuple(spec for spec in _wanted(names) if not missing(spec, present))


def _wanted(names: Sequence[str] | None) -> list[FeatureSpec]:
    if names is None:
        return list(catalogue())
    known = [*(spec.name for spec in catalogue()), *GROUPS]
    chosen = {check_choice(name, known, what="feature") for name in names}
    return [spec for spec in catalogue() if spec.name in chosen or spec.group in chosen]


def left_out(present: Collection[str], names: Sequence[str] | None = None) -> dict[str, str]:
    """Return the features that a log does not allow, each with the columns that are missing.

    Examples
    --------
    >>> left_out(("customer_id", "day", "amount"))["distinct_products"]
    'needs product_id'
    """
    lacking = {spec.name: missing(spec, present) for spec in _wanted(names)}
    return {name: f"needs {', '.join(columns)}" for name, columns in lacking.items() if columns}


def beyond_history(names: Collection[str], days: int) -> list[str]:
    """Return the features among `names` that look back farther than so many days, in catalogue order.

    Examples
    --------
    >>> beyond_history(["revenue_90d", "revenue_12m"], days=200)
    ['revenue_12m']
    """
    return [spec.name for spec in catalogue() if spec.name in names and spec.looks_back > days]


def to_markdown() -> str:
    """Return the catalogue as a Markdown page, for the reference documentation."""
    parts = [_HEAD.format(count=len(catalogue()))]
    for group in GROUPS:
        specs = [spec for spec in catalogue() if spec.group == group]
        rows = [
            f"| `{spec.name}` | {spec.meaning} | {spec.unit} | {spec.dtype} | {spec.null} | {_needs(spec)} |"
            for spec in specs
        ]
        parts += [f"\n## {group}\n", *_COLUMNS, *rows]
    return "\n".join(parts) + "\n"


_HEAD = """# Features

All {count} features of the catalogue. Every one of them sees days before the cutoff only. This page is made
from the code; `crm-ml features` writes the values."""
_COLUMNS = (
    "| feature | what it measures | unit | type | null | columns it needs beside customer and day |",
    "|---|---|---|---|---|---|",
)


def _needs(spec: FeatureSpec) -> str:
    ways = {needs(spec.grain, column) for column in spec.columns} - {((),)}
    texts = sorted(" or ".join(" + ".join(f"`{name}`" for name in way) for way in one) for one in ways)
    return "; ".join(texts) or "–"


if __name__ == "__main__":
    print(to_markdown(), end="")  # noqa: T201 - the way to renew the page
