"""Side tables decide who is called: what they say is read exactly, or refused."""

import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, ConfigError, InputError
from crm_ml.data.engines.make import EngineSettings
from crm_ml.jobs.inputs import read_accounts, read_log, read_own_columns, read_suppressed
from crm_ml.jobs.sections import (
    AccountsTable,
    DataSection,
    ExtraTable,
    IdMapTable,
    PrivacySection,
    SuppressionTable,
)


@pytest.fixture
def accounts(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(
        "id,naam,mag_bellen,key\n007,Bond & Co,ja,1\n008,Smit,NEE,\n009,=Jansen,,0\n", encoding="utf-8"
    )
    return str(path)


def test_accounts(accounts):
    """Ids keep their zeros; an empty permission is unknown, not yes."""
    table = read_accounts(
        AccountsTable(
            path=accounts, customer_id="id", name="naam", may_contact="mag_bellen", key_account="key"
        )
    )
    assert list(table.index) == ["007", "008", "009"]
    assert list(table.columns) == ["name", "may_contact", "key_account"]
    assert table["name"].tolist() == ["Bond & Co", "Smit", "=Jansen"]
    assert table["may_contact"].tolist() == [True, False, pd.NA]
    assert table["key_account"].tolist() == [True, pd.NA, False]


def test_no_tables_are_no_tables():
    """Only transactions are required."""
    assert read_accounts(None) is None
    assert read_suppressed(None) == frozenset()
    assert read_own_columns(DataSection(), PrivacySection()) is None


def test_accounts_refused(accounts, tmp_path):
    """A missing column, an unclear permission and a customer listed twice stop the run."""
    with pytest.raises(ColumnError, match="did you mean 'naam'"):
        read_accounts(AccountsTable(path=accounts, customer_id="id", name="naan"))
    with pytest.raises(InputError, match=r"neither yes nor no.*'bond & co'"):
        read_accounts(AccountsTable(path=accounts, customer_id="id", may_contact="naam"))
    twice = tmp_path / "twice.csv"
    twice.write_text("customer_id,name\na,x\na,y\n")
    with pytest.raises(InputError, match=r"lists customers twice – got: a"):
        read_accounts(AccountsTable(path=str(twice), name="name"))


def test_suppression(tmp_path):
    """Whoever stands in the table is on no list, spaces around the id or not."""
    path = tmp_path / "stop.csv"
    path.write_text("klant\n007\n 12 \n")
    table = SuppressionTable(path=str(path), customer_id="klant")
    assert read_suppressed(table) == {"007", "12"}
    merged = tmp_path / "merged.csv"
    merged.write_text("old,new\n007,900\n8,901\n", encoding="utf-8")
    assert read_suppressed(table, IdMapTable(path=str(merged))) == {"007", "12", "900"}


def test_own_columns(tmp_path):
    """Own columns come with their date and pass the privacy check of the config."""
    path = tmp_path / "visits.csv"
    path.write_text("customer_id,as_of,visits,region\na,2024-01-05,2,north\na,2024-03-01,7,north\n")
    data = DataSection(extra=ExtraTable(path=str(path), columns=("visits",)))
    own = read_own_columns(data, PrivacySection())
    assert own.known_at("2024-02-01")["visits"].tolist() == [2.0]
    with pytest.raises(InputError, match="visits"):
        read_own_columns(data, PrivacySection(extra_forbidden=("visits",)))


def test_a_config_without_source_is_refused():
    """A job that needs data says which key is missing."""
    with pytest.raises(ConfigError, match=r"set data\.path"):
        read_log(DataSection(), EngineSettings())


def test_log_with_mapping(tmp_path):
    """The roles of a config reach the reader; expressions too."""
    path = tmp_path / "orders.csv"
    path.write_text("klant,dag,aantal,prijs\na,2024-01-05,2,1.5\nb,2024-01-06,1,4\n")
    data = DataSection(
        path=str(path), customer_id="klant", timestamp="dag", amount="aantal * prijs", currency="EUR"
    )
    tx = read_log(data, EngineSettings())
    assert (tx.counts["accepted"], tx.currency, tx.has_money) == (2, "EUR", True)


def test_log_from_a_database(tmp_path):
    """A query is a source like a file."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table o (c text, d text, m real)"))
        connection.execute(
            sqlalchemy.text("insert into o values ('a', '2024-01-05', 3), ('b', '2024-02-05', 4)")
        )
    engine.dispose()
    sql = {"url": url, "query": "select c, d, m from o"}
    data = DataSection.model_validate({"sql": sql, "customer_id": "c", "timestamp": "d", "amount": "m"})
    assert read_log(data, EngineSettings()).counts["accepted"] == 2


def test_merged_customers(tmp_path):
    """An id map counts merged customers as one; a misspelt column of it is named."""
    (tmp_path / "orders.csv").write_text("c,d,m\n001,2024-01-05,2\n002,2024-01-06,3\n003,2024-01-07,4\n")
    (tmp_path / "merged.csv").write_text("from;to;by\n002;001;Ann\n")
    data = {"path": str(tmp_path / "orders.csv"), "customer_id": "c", "timestamp": "d", "amount": "m"}
    id_map = {"path": str(tmp_path / "merged.csv"), "old": "from", "new": "to"}
    tx = read_log(DataSection.model_validate({**data, "id_map": id_map}), EngineSettings())
    assert tx.counts["customers"] == 2
    with pytest.raises(ColumnError, match="did you mean 'from'"):
        read_log(DataSection.model_validate({**data, "id_map": {**id_map, "old": "frm"}}), EngineSettings())
