"""The model card: who answers for a bundle, what it may be used for, how good it is and where it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from crm_ml.evaluation.comparison import Comparison
from crm_ml.prediction.bundle import Bundle

__all__ = ["model_card"]

_UNKNOWN = "not stated in the config"
_LIMITS = (
    "Probabilities hold for customers like those it was trained on, for one horizon ahead.",
    "It says who is likely to leave, not whom a contact will keep: that is measured with the hold-out.",
    "It is advice to people; no decision with consequences for a person may rest on it alone.",
)


def model_card(bundle: Bundle) -> str:
    """Return the card of a bundle as Markdown.

    Parameters
    ----------
    bundle : Bundle
        Just exported, or read with :func:`crm_ml.prediction.bundle.read_bundle`.
    """
    facts = bundle.facts
    card, data = facts["card"], facts["data"]
    about = {
        "owner": card["owner"],
        "purpose": card["purpose"],
        "legal basis": card["legal_basis"],
        "to be gone by": card["retention"],
        "trained on data": " to ".join(data["days"]),
        "customers": f"{data['counts'].get('customers', 0):,}",
        "first day that no model saw": facts["cutoff"],
        "horizon": f"{facts['horizon_days']} days",
        "money": f"{facts['basis']}, {facts['currency'] or 'no currency'}",
        "data fingerprint": data["fingerprint"],
    }
    lines = [
        "# Model card",
        "",
        *_table(("", ""), ((name, value or _UNKNOWN) for name, value in about.items())),
    ]
    for stored in bundle.evidence:
        lines += ["", *_evidence(Comparison.from_dict(stored))]
    lines += ["", "## Limits", *(f"- {one}" for one in (*_LIMITS, *facts["warnings"]))]
    lines += ["", "## Fairness", *_fairness(facts.get("fairness"))]
    return "\n".join(lines) + "\n"


def _evidence(comparison: Comparison) -> list[str]:
    headline = "gini" if comparison.kind == "regression" else "auc"
    rows = [
        (
            row["model"],
            row["role"],
            *(_number(row.get(name)) for name in (headline, f"{headline}_low", f"{headline}_high")),
        )
        for row in comparison.table.to_dict("records")
    ]
    lines = [f"## {comparison.task}", f"Champion: {comparison.champion}. {comparison.reason}", ""]
    lines += _table(("model", "role", headline, "low", "high"), rows)
    chance = {name: value for name, value in comparison.chance.items() if isinstance(value, int | float)}
    if chance:
        lines += [
            "",
            "Chance level: " + ", ".join(f"{name} {_number(value)}" for name, value in chance.items()),
        ]
    return lines


def _fairness(audits: Mapping[str, Any] | None) -> list[str]:
    if not audits:
        return ["Not audited: no protected column was supplied for an audit."]
    lines = []
    for attribute, found in audits.items():
        for title, table in (("found from the features", "proxies"), ("treatment", "groups")):
            columns = found[table]
            if columns:
                rows = ([_value(cell) for cell in row] for row in zip(*columns.values(), strict=True))
                lines += ["", f"### {attribute}: {title}", *_table(columns, rows)]
        lines += ["", *(f"- {warning}" for warning in found["warnings"])]
    return lines


def _value(cell: Any) -> Any:
    return f"{cell:.3f}" if isinstance(cell, float) else "" if cell is None else cell


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    names = list(head)
    body = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names), *body]


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) and math.isfinite(value) else ""
