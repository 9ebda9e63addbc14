"""A fault in one optional table: named, set aside as a whole, and everything else goes on."""

import pandas as pd
import pytest

from crm_ml.analysis.company import TABLES, Company
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.analysis.table_faults import fault_lines, without_faults
from crm_ml.analysis.themes import THEMES, analyse_themes
from crm_ml.base.exceptions import CrmMlWarning
from crm_ml.base.texts import text
from crm_ml.data.company.make import make_company

SETTINGS = AnalysisSettings(wanted="large_buyer", attributes=("sector", "employees"))


@pytest.fixture(scope="module")
def made():
    return make_company(60, seed=2)


@pytest.fixture(scope="module")
def tx(made):
    return made.log()


def broken(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with a word no analysis can read in its most telling column, or without it."""
    column = next((one for one in TABLES[name].columns if one.kind in ("number", "day", "choice")), None)
    if column is None or column.name not in table:
        return table.drop(columns=TABLES[name].needs[0])
    cells = table[column.name].astype(object)
    cells.iloc[1] = "??"
    return table.assign(**{column.name: cells})


def test_the_tables_of_the_simulated_company_have_no_fault(made, tx):
    assert set(made.tables) == set(TABLES)
    assert without_faults(Company(tx, made.tables, made.as_of)).faults == {}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_follows_the_one_rule(name, made, tx):
    """Discovery over all tables: the fault is found, its row is named, the table is gone, the rest stays."""
    company = Company(tx, {**made.tables, name: broken(made.tables[name], name)}, made.as_of)
    with pytest.warns(CrmMlWarning, match=f"the {name} table is not used"):
        sound = without_faults(company)
    assert list(sound.faults) == [name]
    assert "row 2" in sound.faults[name] or "lacks a column" in sound.faults[name]
    assert set(sound.tables) == set(made.tables) - {name}
    for language in ("nl", "en"):
        assert text(f"analysis_missing.{name}", language) in fault_lines(sound.faults, language)[0]


@pytest.mark.slow
def test_all_themes_run_with_every_table_broken(made, tx):
    """The worst export: nineteen themes still come, and none says that a table is missing which is there."""
    tables = {name: broken(table, name) for name, table in made.tables.items()}
    with pytest.warns(CrmMlWarning):
        found = dict(analyse_themes(Company(tx, tables, made.as_of, SETTINGS)))
    assert list(found) == list(THEMES)
    without = dict(analyse_themes(Company(made.log(), {}, made.as_of, SETTINGS)))
    said = [one for results in found.values() for result in results for one in result.warnings]
    assert any("the complaints table has a fault" in one for one in said)
    assert not [one for one in said if "complaints table missing" in one]
    for theme, results in without.items():
        computed = [result.name for result in results if len(result.table)]
        assert [result.name for result in found[theme] if len(result.table)] == computed, theme


def test_what_needs_the_table_says_so_and_the_rest_is_as_without_it(made, tx):
    complaints = made.tables["complaints"].drop(columns="opened")
    with pytest.warns(CrmMlWarning, match="opened"):
        found = dict(
            analyse_themes(Company(tx, {"complaints": complaints}, made.as_of), ["complaints", "abc"])
        )
    warnings = [one for result in found["complaints"] for one in result.warnings]
    assert any("the complaints table has a fault" in one for one in warnings)
    assert any("in de klachtentabel zit een fout" in getattr(one, "said", str)("nl") for one in warnings)
    assert len(found["abc"][0].table) == 3


def test_pools_that_contradict_themselves_are_a_fault_of_the_table(made, tx):
    """No single cell shows it; before, it stopped the whole analysis."""
    costs = made.tables["costs"].copy()
    costs.loc[costs.index[0], "pool_cost"] += 1.0
    with pytest.warns(CrmMlWarning, match="one pool_cost"):
        assert set(without_faults(Company(tx, {"costs": costs}, made.as_of)).faults) == {"costs"}


def test_a_customer_on_two_rows_is_named_with_the_row(made, tx):
    accounts = pd.concat([made.tables["accounts"], made.tables["accounts"].head(1)])
    with pytest.warns(CrmMlWarning, match="customer_id seen before in row"):
        without_faults(Company(tx, {"accounts": accounts}, made.as_of))


def test_a_decimal_comma_is_no_fault(made, tx):
    accounts = made.tables["accounts"].head(5).assign(potential=["1,5", "2", "", "3", "4"])
    sound = without_faults(Company(tx, {"accounts": accounts}, made.as_of))
    assert sound.faults == {}
    assert sound.table("accounts")["potential"].tolist()[:2] == [1.5, 2.0]
