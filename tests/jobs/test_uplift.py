"""``crm-ml uplift``: from a campaign to a list with its proof, or to an honest refusal or fall-back."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, ConfigError, ForbiddenAttributeError, InputError
from crm_ml.jobs.config import UpliftConfig
from crm_ml.jobs.uplift import uplift
from crm_ml.models.parts import Parts
from crm_ml.models.uplift import UpliftModel

FAST = {"folds": 2, "replicates": 60, "min_leaf": 60}


def campaign(n=3000, effect=0.4, seed=0):
    """A mail that changes the loyal, and them only; money tells who buys anyway."""
    random = np.random.default_rng(seed)
    loyal, money = random.integers(0, 2, n), random.lognormal(3, 1, n)
    mailed = random.random(n) < 0.5
    chance = 0.1 + 0.1 * (money > 25) + effect * mailed * loyal
    bought = random.random(n) < chance
    return pd.DataFrame(
        {
            "client": [f"k{number:05d}" for number in range(n)],
            "cell": np.where(mailed, "mail", "none"),
            "loyal": np.where(loyal, "yes", "no"),
            "money": money,
            "gender": "f",
            "bought": np.where(bought, "ja", "nee"),
            "silent_days": random.integers(1, 300, n),
            "worth": money,
        }
    )


def configured(folder, table, **options):
    path = folder / "campaign.csv"
    table.to_csv(path, index=False)
    section = {
        "path": str(path), "customer_id": "client", "arm": "cell", "contacted": ["mail"], "control": ["none"],
        "randomised": True, "outcome": "bought", "features": ["loyal", "money"], "at_risk": "silent_days",
        **options.pop("campaign", {}),
    }  # fmt: skip
    given = {
        "campaign": section, "uplift": FAST, "as_of": "2024-05-01", "tracking": {"enabled": False},
        "out": str(folder / "out"), **options,
    }  # fmt: skip
    return UpliftConfig.model_validate(given)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    options = {"value": 20.0, "list": {"contact": {"cost": 1.0}, "language": "nl"}, "budget": 0.4}
    return uplift(configured(folder, campaign(), **options), quiet=True)


def test_a_planted_effect_gives_a_proved_ranking(done):
    """The loyal first, beside what buys anyway, the longest away and lots."""
    assert done.ranking == "uplift"
    judged = done.results["uplift_rankings"].table.set_index("ranking")
    assert list(judged.index) == ["uplift", "response", "most_at_risk", "random"]
    assert judged.loc["uplift", "qini_low"] > 0 > judged.loc["most_at_risk", "delta_qini_high"]
    loyal = campaign().set_index("client")["loyal"]
    assert (loyal[done.table["customer_id"].head(1000)] == "yes").mean() > 0.98
    assert done.results["uplift_profile"].table["feature"].iloc[0].startswith("loyal")
    assert done.results["uplift_budgets"].table["share"].isin([0.4]).any()


def test_the_list_reaches_who_is_worth_it_within_the_budget(done):
    """Money after cost above 0, 40 % of the base at most, a tenth of them held out."""
    table = done.table
    reached = table["contact_group"] != "none"
    assert reached.sum() <= round(0.4 * len(table))
    assert (table.loc[reached, "contact_value"] > 0).all()
    assert 0.05 < (table.loc[reached, "contact_group"] == "holdout").mean() < 0.16
    first = table.iloc[0]
    assert first["contact_value"] == pytest.approx(20 * first["effect"] - 1, abs=1e-4)
    assert first["measured_low"] < 0.4 < first["measured_high"]
    assert table["as_of"].unique().tolist() == [dt.date(2024, 5, 1)]


def test_everything_is_written_in_the_language_of_the_reader(done):
    page = (done.folder / "uplift.html").read_text("utf-8")
    assert "Gebruik de volgorde van het uplift-model" in page
    assert "ieders verwachting komt van modellen die die klant niet kenden" in page
    assert page.count("<svg") == 2
    kept = pd.read_parquet(done.folder / "uplift_list.parquet")
    pd.testing.assert_frame_equal(kept, done.table, check_dtype=False)
    sheets = pd.read_excel(done.folder / "uplift.xlsx", sheet_name=None)
    assert len(sheets["Benaderen"]) == (done.table["contact_group"] == "contact").sum()
    assert {one.stem for one in (done.folder / "tables").iterdir()} >= {"uplift_budgets", "uplift_assignment"}
    model = UpliftModel.from_parts(Parts.load(done.folder / "model"))
    assert next(iter(model.feature_names_in_)) == "money"


def test_the_same_command_gives_the_same_bytes(done, tmp_path):
    options = {"value": 20.0, "list": {"contact": {"cost": 1.0}, "language": "nl"}, "budget": 0.4}
    again = uplift(configured(tmp_path, campaign(), **options), quiet=True)
    for name in ("uplift_list.csv", "uplift.html", "uplift.xlsx"):
        assert (again.folder / name).read_bytes() == (done.folder / name).read_bytes(), name


def test_without_an_effect_the_list_falls_back_on_contact_value(tmp_path):
    """And says so; the order is that of the contact value."""
    config = configured(tmp_path, campaign(effect=0.0), campaign={"contact_value": "worth"})
    result = uplift(config, quiet=True)
    assert result.ranking == "contact_value"
    assert result.table["contact_value"].is_monotonic_decreasing
    assert result.table["effect"].isna().all()
    assert "not proved better than drawing lots" in (result.folder / "uplift.html").read_text("utf-8")
    assert "order by contact value instead" in result.results["uplift_rankings"].warnings[0]


def test_without_anything_to_fall_back_on_there_is_no_list(tmp_path):
    result = uplift(configured(tmp_path, campaign(effect=0.0)), quiet=True)
    assert result.ranking == "none"
    assert not (result.folder / "uplift_list.csv").exists()
    assert any("no contact value is known" in note for note in result.report.notes)
    assert (result.folder / "uplift.html").exists()


def test_a_campaign_too_small_for_a_model_says_what_is_missing(tmp_path):
    result = uplift(configured(tmp_path, campaign(300), campaign={"contact_value": "worth"}), quiet=True)
    assert result.ranking == "contact_value"
    assert any("too small for an uplift model" in note for note in result.report.notes)
    assert not (result.folder / "model").exists()


@pytest.mark.parametrize("said", [{"randomised": False}, {"randomised": None}, {"control_share": 0.2}])
def test_what_chance_did_not_decide_is_refused(tmp_path, said):
    """Nothing is written; with a reason it goes on, and the reason stands in the report."""
    with pytest.raises(InputError, match="not assigned at random"):
        uplift(configured(tmp_path, campaign(800), campaign=said), quiet=True)
    assert not (tmp_path / "out").exists()
    insisted = {**said, "insist": "the agency lost the protocol"}
    result = uplift(configured(tmp_path, campaign(800), campaign=insisted), quiet=True)
    assert "the agency lost the protocol" in result.results["uplift_assignment"].warnings[-1]
    assert "the agency lost the protocol" in (result.folder / "uplift.html").read_text("utf-8")


def test_customers_who_were_chosen_are_refused_by_the_features(tmp_path):
    """The config may say what it wants: the big ones were mailed."""
    table = campaign()
    table.loc[table["money"] > 40, "cell"] = "mail"
    with pytest.raises(InputError, match=r"differed between the groups before the contact already: money"):
        uplift(configured(tmp_path, table), quiet=True)


def test_suppressed_customers_stand_nowhere_and_capacity_is_kept(tmp_path):
    table = campaign()
    (tmp_path / "stop.csv").write_text("customer_id\n" + "\n".join(table["client"].head(500)) + "\n")
    owners = table[["client"]].assign(
        owner=np.arange(len(table)) % 3, ok=np.where(table.index % 10, "yes", "no")
    )
    owners.to_csv(tmp_path / "accounts.csv", index=False)
    accounts = {"customer_id": "client", "owner": "owner", "may_contact": "ok"}
    accounts["path"] = str(tmp_path / "accounts.csv")
    data = {"suppression": {"path": str(tmp_path / "stop.csv")}, "accounts": accounts}
    result = uplift(configured(tmp_path, table, data=data, list={"capacity": 50}), quiet=True)
    assert not result.table["customer_id"].isin(table["client"].head(500)).any()
    assert "500 customers are on the suppression list" in str(result)
    contacted = result.table[result.table["contact_group"] == "contact"]
    assert contacted.groupby("owner").size().tolist() == [50, 50, 50]
    assert contacted["may_contact"].all()
    assert not any(
        name in (result.folder / "uplift.html").read_text("utf-8") for name in table["client"].head(500)
    )


def test_todays_customers_of_another_table_are_scored_by_the_model(tmp_path):
    """The same columns of other customers; a customer's rank does not depend on who else is there."""
    today = campaign(400, seed=9).drop(columns=["cell", "bought"])
    today["client"] = "n" + today["client"]
    today.to_csv(tmp_path / "today.csv", index=False)
    result = uplift(configured(tmp_path, campaign(), present=str(tmp_path / "today.csv")), quiet=True)
    assert set(result.table["customer_id"]) == set(today["client"])
    today.head(100).to_csv(tmp_path / "today.csv", index=False)
    fewer = uplift(configured(tmp_path, campaign(), present=str(tmp_path / "today.csv")), quiet=True)
    effects = [one.table.set_index("customer_id")["effect"] for one in (result, fewer)]
    pd.testing.assert_series_equal(effects[0].reindex(effects[1].index), effects[1])


def test_a_rescaled_feature_changes_nothing(tmp_path):
    """Metamorphic: cents instead of euros, the same list."""
    one = uplift(configured(tmp_path, campaign(1500)), quiet=True)
    cents = campaign(1500).assign(money=lambda table: table["money"] * 128)
    other = uplift(configured(tmp_path, cents), quiet=True)
    assert other.results["uplift_rankings"].figures["qini"] == pytest.approx(
        one.results["uplift_rankings"].figures["qini"]
    )
    assert other.table["customer_id"].tolist() == one.table["customer_id"].tolist()


@pytest.mark.parametrize(
    ("section", "error", "says"),
    [
        ({"features": ["gender"]}, ForbiddenAttributeError, "gender"),
        ({"features": ["loyall"]}, ColumnError, "did you mean 'loyal'"),
        ({"contacted": ["post"]}, InputError, r"cell: none \(\d+\), mail|cell: mail \(\d+\), none"),
        ({"outcome": "client"}, InputError, "neither yes, no nor a number"),
        ({"features": []}, ConfigError, "no transactions and no features"),
        ({"path": ""}, ConfigError, "no campaign is named"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, section, error, says):
    with pytest.raises(error, match=says):
        uplift(configured(tmp_path, campaign(600), campaign=section), quiet=True)


def test_a_customer_in_both_arms_is_refused(tmp_path):
    table = campaign(600)
    table.loc[1, "client"] = "k00000"
    with pytest.raises(InputError, match="names customers twice"):
        uplift(configured(tmp_path, table), quiet=True)


def test_a_cost_without_a_value_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="an outcome is worth nothing"):
        uplift(configured(tmp_path, campaign(600), list={"contact": {"cost": 2.0}}), quiet=True)
