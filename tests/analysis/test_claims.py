"""The claims report: verdicts by interval, planted facts found again, figures measured before on CDNOW."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.claims.claim import VERDICTS, Claim, Evidence, drawn, verdict
from crm_ml.analysis.claims.draws import Draws
from crm_ml.analysis.claims.report import CLAIMS, claims_report
from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.analysis.words import translated
from crm_ml.base.texts import has_text, text
from crm_ml.data.datasets import load_cdnow
from crm_ml.data.reading import read_transactions

END = dt.date(2022, 1, 1)


def report(company):
    return claims_report(company, customer_view(company))


def claimed(company):
    return report(company).table.set_index("claim")


def log(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    return read_transactions(table, amount="amount")


@pytest.fixture(scope="module")
def planted():
    """120 customers over two years: 20 very satisfied who stay and grow by half; of the others half stop."""
    rows, answers = [], []
    for number in range(120):
        name, best = f"c{number:03d}", number < 20
        rows += [(name, "2020-02-01", 10.0), (name, "2020-08-01", 10.0)]
        if best:
            rows.append((name, "2021-08-01", 30.0))
        elif number % 2:
            rows.append((name, "2021-08-01", 5.0))
        answers.append((name, "overall", 5 if best else 3 + number % 2, "2020-12-01"))
    survey = pd.DataFrame(answers, columns=["customer_id", "kind", "score", "date"])
    exits = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(100)], "reason": ["indifference"] * 90 + ["x"] * 10}
    )
    accounts = pd.DataFrame({"customer_id": ["n1", "n2"], "referred_by": ["c000", "c001"]})
    return Company(log(rows), {"survey": survey, "exit_interviews": exits, "accounts": accounts}, END)


def test_the_verdict_follows_the_whole_interval():
    least = Claim("x", 10, "number", lambda data: Evidence(), "here")
    most = Claim("x", 10, "number", lambda data: Evidence(), "here", "at_most")
    cases = [(4, 8), (8, 12), (10, 14), (11, 14)]
    found = [verdict(least, Evidence(10, low, high, 9)) for low, high in cases]
    assert found == ["does_not_hold", "undecided", "holds", "holds"]
    found = [verdict(most, Evidence(10, low, high, 9)) for low, high in cases]
    assert found == ["holds", "undecided", "undecided", "does_not_hold"]
    assert verdict(least, Evidence(10, n=9)) == "undecided"
    assert verdict(least, Evidence(missing="costs")) == "no_data"


def test_the_interval_is_that_of_a_mean_and_the_same_every_time():
    values = np.random.default_rng(0).normal(10, 2, 900)
    one, other = (drawn(lambda w: (w @ values) / w.sum(axis=1), 900, Draws(3)) for _ in range(2))
    assert one == other
    assert one.value == pytest.approx(values.mean())
    assert one.high - one.low == pytest.approx(2 * 1.96 * 2 / 30, rel=0.15)


def test_what_was_planted_is_found_again(planted):
    table = claimed(planted)
    assert table.loc["satisfied_grow_20", "measured"] == pytest.approx(0.5)
    assert table.loc["satisfied_grow_20", "verdict"] == "holds"
    assert table.loc["satisfied_stay", "measured"] == pytest.approx(50)
    assert table.loc["satisfied_stay", "verdict"] == "holds"
    assert table.loc["satisfied_refer", "measured"] == pytest.approx(10)
    assert table.loc["indifference_68", "measured"] == pytest.approx(0.9)
    assert table.loc["indifference_68", "verdict"] == "holds"
    # Even numbers score 3 and stop, odd ones score 4 and stay: the last step adds nothing.
    assert table.loc["only_top_loyal", "measured"] == pytest.approx(-100)
    assert table.loc["only_top_loyal", "verdict"] == "does_not_hold"
    # 50 stop with 20 each; 50 shrink from 20 to 5.
    assert table.loc["drying_all", "measured"] == pytest.approx(50 * 15 / (50 * 20))
    assert table.loc["retention_95", "n"] == 120


def test_answers_given_in_the_last_period_judge_nothing(planted):
    late = planted.tables["survey"].assign(date="2021-06-01")
    table = claimed(Company(planted.tx, {**planted.tables, "survey": late}, END))
    assert table.loc["satisfied_stay", "verdict"] == "no_data"
    assert table.loc["satisfied_stay", "missing"] == "survey"


def test_answers_without_a_date_judge_nothing(planted):
    undated = planted.tables["survey"].assign(date=["2020-12-01"] + [None] * 119)
    table = claimed(Company(planted.tx, {**planted.tables, "survey": undated}, END))
    assert table.loc["satisfied_stay", "verdict"] == "no_data"


def test_without_tables_each_claim_names_what_is_missing(planted):
    result = report(Company(planted.tx, {}, END))
    lacking = result.table[result.table["verdict"] == "no_data"]
    assert (lacking["missing"] != "").all()
    assert all(has_text(f"analysis_missing.{name}") for name in lacking["missing"])
    assert result.table["verdict"].isin(VERDICTS).all()
    assert sum(result.figures[name] for name in VERDICTS) == len(CLAIMS)


def test_a_table_that_is_wrong_stops_only_its_own_claims(planted):
    wrong = planted.tables["survey"].assign(score=77)
    result = report(Company(planted.tx, {**planted.tables, "survey": wrong}, END))
    table = result.table.set_index("claim")
    assert table.loc["satisfied_stay", "missing"] == "usable"
    assert table.loc["indifference_68", "verdict"] == "holds"
    assert any("score not between 0 and 10" in said for said in result.warnings)


def test_every_claim_and_measure_is_worded_in_both_languages(planted):
    for claim in CLAIMS:
        for key in (claim.name, f"{claim.name}_how"):
            assert text(f"claims.{key}", "nl") != text(f"claims.{key}", "en")
    shown = translated(report(planted), "nl").table
    assert "houdt stand" in set(shown["oordeel"])
    assert "20 % van de klanten maakt 80 % van de omzet" in set(shown["vuistregel"])


def test_the_market_claims_on_the_simulated_company(company):
    table = claimed(company)
    for name in (
        "acquisition_5x",
        "budget_75",
        "attention_20_80",
        "breadth_pays",
        "headroom_30",
        "drop_pays",
    ):
        assert table.loc[name, "verdict"] != "no_data", name
        assert table.loc[name, "lower"] <= table.loc[name, "measured"] + 1e-9, name
    assert table.loc["budget_75", "measured"] == 0.75
    assert table.loc["budget_75", "verdict"] == "holds"


def test_figures_measured_before_on_cdnow():
    """65 % by the best 20 % of customers, 14.5 % and 34 % by 1 and 5 %; shrinking ÷ stopping .93 and 1.9."""
    tx = load_cdnow()
    whole = claimed(Company(tx, {}, dt.date(1998, 1, 1)))
    assert whole.loc["pareto_revenue", "measured"] == pytest.approx(0.65, abs=0.005)
    assert whole.loc["top_1_profit", "measured"] == pytest.approx(0.145, abs=0.001)
    assert whole.loc["top_5_profit", "measured"] == pytest.approx(0.34, abs=0.003)
    # Quarters: 53.7 → 13.4 per member, 53.7 → 67.6 per active customer.
    assert whole.loc["grows_per_member", "measured"] == pytest.approx(13.4 / 53.7, abs=0.002)
    assert whole.loc["grows_per_active", "measured"] == pytest.approx(67.6 / 53.7, abs=0.002)
    assert whole.loc["pareto_revenue", "n"] == 23_570
    halves = Company(tx, {}, dt.date(1998, 7, 1), AnalysisSettings(period_days=227))
    table = claimed(halves)
    assert table.loc["drying_all", "measured"] == pytest.approx(0.93, abs=0.005)
    assert table.loc["drying_established", "measured"] == pytest.approx(1.9, abs=0.02)
    assert table.loc["drying_established", "verdict"] == "holds"
    assert table.loc["drying_beyond_chance", "verdict"] == "does_not_hold"
