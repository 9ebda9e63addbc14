"""What customers say: survey, complaints, exit interviews, consistent with whether they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.company.base import YEAR, Base, dates, day_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["opinion_tables"]

# aspect → (expectation, experience − expectation, importance), means on a scale of 1 to 5
_ASPECTS = {
    "product": (4.2, 0.0, 4.5),
    "employees": (3.8, 0.4, 3.5),
    "quotes": (3.4, -0.2, 2.5),
    "process": (3.6, -0.3, 3.0),
    "logistics": (4.4, -1.2, 4.6),
    "documents": (3.0, 0.1, 1.8),
    "aftercare": (3.9, -0.5, 3.8),
    "price": (3.8, -0.4, 4.0),
}
# what a customer gets, and what it costs to get it: means of scores 1 to 5
_VALUE = {
    "result": 4.0,
    "individualisation": 3.2,
    "process_quality": 3.5,
    "price_paid": 3.4,
    "cost_of_obtaining": 2.4,
}
_SELF_IMAGE = 0.6  # our own people think customers score so much higher
# satisfaction → recommendation 0–10
_RECOMMEND = {1: (0, 1, 2, 3), 2: (3, 4, 5), 3: (5, 6, 7), 4: (7, 8, 8), 5: (9, 9, 10)}
_COMPLAINTS = ("founded", "goodwill", "doubtful", "vexatious", "ignorance")
_CAUSES = {"late delivery": 0.5, "damaged": 0.2, "wrong invoice": 0.2, "unfriendly": 0.1}
_REASONS = {"indifference": 0.68, "price": 0.14, "competitor": 0.09, "product": 0.05, "moved": 0.04}


def opinion_tables(
    base: Base, tables: dict[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return survey, complaints and exit interviews."""
    return {
        "survey": _survey(base, rng),
        "complaints": _complaints(base, rng),
        "exit_interviews": _exit_interviews(base, rng),
    }


def _survey(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return two rounds: six in ten a year ago (or before they left), half of who is left last year."""
    import pandas as pd

    people = base.customers
    first = people[rng.random(len(people)) < 0.6]
    there = day_of(people["onset"]) > base.end - 200
    second = people[(there | people["fate"].eq("stays")) & (rng.random(len(people)) < 0.5)]
    rounds = [
        _answered(first, _moments(base, first, rng), rng),
        _answered(second, base.end - 1 - rng.integers(0, 190, len(second)), rng),
    ]
    every = pd.concat(rounds, ignore_index=True).sort_values(["customer_id", "date"], kind="stable")
    asked = every[every["kind"] == "recommend"].drop_duplicates("customer_id", keep="last")["score"]
    level = every[every["kind"] == "overall"].drop_duplicates("customer_id", keep="last")["score"]
    promoters, detractors = int((asked >= 9).sum()), int((asked <= 6).sum())
    base.planted.update(
        {
            "nps": 100 * (promoters - detractors) / len(asked),
            "promoters": promoters,
            "detractors": detractors,
            "answers": len(asked),
            "worst_aspect": "logistics",
            # Nobody can estimate more than 5.
            "self_image_gap": _SELF_IMAGE * float((level < 5).mean()),
        }
    )
    return every.reset_index(drop=True)


def _answered(asked: pd.DataFrame, day: Any, rng: np.random.Generator) -> pd.DataFrame:
    """Return the answers of one round to every question."""
    import pandas as pd

    level = asked["satisfaction"].to_numpy()
    near = [np.clip(level + rng.integers(-1, 2, len(level)), 1, 5) for _ in range(2)]
    parts: list[tuple[str, str, Any]] = [
        ("overall", "", level),
        ("recommend", "", np.array([rng.choice(_RECOMMEND[one]) for one in level])),
        ("repurchase", "", near[0]),
        ("trust", "", near[1]),
        ("staff_estimate", "", _rounded(level + _SELF_IMAGE, rng)),
    ]
    for aspect, (expectation, gap, importance) in _ASPECTS.items():
        lean = 0.5 * (level - level.mean())  # a satisfied customer had better experiences
        parts.append(("expectation", aspect, _rounded(np.full(len(level), expectation), rng)))
        parts.append(("experience", aspect, _rounded(expectation + gap + lean, rng)))
        parts.append(("importance", aspect, _rounded(np.full(len(level), importance), rng)))
    for aspect, mean in _VALUE.items():
        parts.append(("value", aspect, _rounded(np.full(len(level), mean), rng)))
    who = {"customer_id": asked.index, "date": dates(day)}
    frames = [
        pd.DataFrame({**who, "kind": kind, "aspect": aspect, "score": score}) for kind, aspect, score in parts
    ]
    return pd.concat(frames, ignore_index=True)


def _moments(base: Base, asked: pd.DataFrame, rng: np.random.Generator) -> Any:
    """Return the day of the answer: in the year before the last one, and before somebody left."""
    day = base.end - YEAR - rng.integers(0, 180, len(asked))
    leaves = day_of(asked["onset"])
    return np.where(leaves < day, np.maximum(leaves - 10, base.start), day).astype("int64")


def _rounded(mean: Any, rng: np.random.Generator) -> Any:
    """Return scores 1–5 whose mean is as given, inside the scale."""
    low = np.floor(mean)
    return np.clip(low + (rng.random(len(mean)) < mean - low), 1, 5).astype("int64")


def _complaints(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return complaints of two years: who is resolved late leaves more often; most leavers never complain."""
    import pandas as pd

    people = base.customers
    stays = people["fate"].isin(["stays", "unlucky"]).to_numpy()
    onset = day_of(people["onset"])
    recent = ~stays & (onset - (base.end - 2 * YEAR) > 60)
    chance = np.where(stays, 0.12, np.where(recent, 0.2, 0.0))
    who = np.flatnonzero(rng.random(len(people)) < chance)
    number = 1 + rng.geometric(0.6, len(who)) * (rng.random(len(who)) < 0.2)
    who = np.repeat(who, number)
    leaving = ~stays[who]
    # Leavers complained in the weeks before, and mostly waited too long for an answer.
    opened = np.where(
        leaving,
        onset[who] - rng.integers(5, 60, len(who)),
        base.end - 40 - rng.integers(0, 2 * YEAR - 60, len(who)),
    )
    late = rng.random(len(who)) < np.where(leaving, 0.75, 0.25)
    closed = opened + np.where(late, rng.integers(15, 40, len(who)), rng.integers(1, 14, len(who)))
    cause = rng.choice(list(_CAUSES), len(who), p=list(_CAUSES.values()))
    table = pd.DataFrame(
        {
            "customer_id": base.ids[who],
            "opened": dates(opened),
            "closed": dates(closed),
            "kind": rng.choice(_COMPLAINTS, len(who), p=[0.6, 0.15, 0.12, 0.03, 0.1]),
            "category": np.where(cause == "wrong invoice", "invoice", "order"),
            "cause": cause,
            "cost": np.round(rng.gamma(2.0, 15.0, len(who)), 2),
        }
    )
    seen: pd.Series[bool] = table["opened"] < dates(base.end)
    table["closed"] = table["closed"].where(table["closed"] < dates(base.end))
    base.planted.update({"main_cause": "late delivery", "late_leave_more": True})
    known: pd.DataFrame = table[seen]
    return known.sort_values(["opened", "customer_id"], kind="stable", ignore_index=True)


def _exit_interviews(base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """Return one main reason a leaver, and for one in four a second one."""
    import pandas as pd

    gone = base.customers[(base.customers["fate"] == "stops") & (rng.random(len(base.customers)) < 0.6)]
    shares = list(_REASONS.values())
    first = rng.choice(list(_REASONS), len(gone), p=shares)
    second = rng.choice(list(_REASONS), len(gone), p=shares)
    lost = gone["orders_per_90_days"].to_numpy() * YEAR / 90 * rng.gamma(4, 10, len(gone))
    table = pd.DataFrame(
        {
            "customer_id": gone.index,
            "reason": first,
            "date": gone["onset"].to_numpy(),
            "lost_value": np.maximum(lost, 1.0).round(2),
        }
    )
    more: pd.DataFrame = table.assign(reason=second)[(second != first) & (rng.random(len(gone)) < 0.25)]
    base.planted["main_exit_reason"] = "indifference"
    every: pd.DataFrame = pd.concat([table, more])
    return every.sort_values(["customer_id", "reason"], kind="stable", ignore_index=True)
