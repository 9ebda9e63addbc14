"""Forgetting a customer: gone from every byte of every kind of output, others untouched, and recorded."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from crm_ml.base.exceptions import ConfigError, FileError, InputError
from crm_ml.base.files import sha256_of
from crm_ml.data.datasets import load_cdnow
from crm_ml.jobs.config import ForgetConfig
from crm_ml.jobs.forget import RECORD, forget, was_forgotten
from crm_ml.prediction.predictor import Predictor
from crm_ml.reporting.html import write_report
from crm_ml.reporting.tables import write_csv, write_parquet
from crm_ml.reporting.workbook import write_workbook

ID, NAME = "C=00777/ä", "Forget-Me Ltd"
CELLS = ("customer_id", "name")


@pytest.fixture(scope="session")
def risk_list(small_training):
    """A real list on which the second customer is the one to forget."""
    made = Predictor.load(small_training.bundle_folder).score(load_cdnow(sample=True), "1998-07-01")
    made.table.loc[1, list(CELLS)] = ID, NAME
    return made


@pytest.fixture(scope="session")
def written(risk_list, tmp_path_factory):
    """Outputs of every kind that hold the customer, written once."""
    folder = tmp_path_factory.mktemp("outputs")
    table = risk_list.table
    write_csv(table, folder / "list.csv")
    write_csv(table, folder / "nl" / "lijst.csv", locale="nl")
    write_parquet(table, folder / "list.parquet")
    write_workbook(risk_list, folder / "list.xlsx", language="en")
    write_report(folder / "report.html", risk_list, language="nl")
    files = {name: sha256_of(folder / name) for name in ("list.csv", "list.parquet", "list.xlsx")}
    (folder / "list.manifest.json").write_text(json.dumps({"customers": len(table), "files": files}))
    refused = pd.DataFrame(
        {"quarantine_row": [7, 8], "quarantine_text": [f"{ID};2024-13-01;5", "other;x"], "client": [None, ID]}
    )
    refused.to_csv(folder / "quarantine.csv", index=False)
    refused.to_parquet(folder / "quarantine.parquet", index=False)
    with gzip.open(folder / "features.csv.gz", "wt", encoding="utf-8", newline="\n") as file:
        table[["customer_id", "clv"]].to_csv(file, index=False)
    (folder / "log.jsonl").write_text(f'{{"id": "{ID}"}}\n{{"id": "x"}}\n', encoding="utf-8")
    (folder / "note.json").write_text(json.dumps({"customer": ID}))
    (folder / "harmless.txt").write_text(f"{ID}9 is somebody else")
    return folder


@pytest.fixture
def outputs(written, tmp_path):
    """A copy of them to work on."""
    return Path(shutil.copytree(written, tmp_path / "outputs"))


def holders(folder):
    """Files with the id or name in any of their bytes, unpacked where they are packed."""
    needles = [ID.encode(), NAME.encode(), json.dumps(ID)[1:-1].encode()]
    found = set()
    for path in (one for one in folder.rglob("*") if one.is_file()):
        contents = [path.read_bytes()]
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                contents += [book.read(name) for name in book.namelist()]
        elif path.suffix == ".gz":
            contents.append(gzip.decompress(contents[0]))
        elif path.suffix == ".parquet":
            contents.append(pd.read_parquet(path).to_csv().encode())
        if any(needle in content for needle in needles for content in contents):
            found.add(path.relative_to(folder).as_posix())
    return found


def test_nothing_of_the_customer_is_left_in_any_byte(outputs):
    """The search of this test finds the customer everywhere before, and nowhere after."""
    assert len(holders(outputs)) == 11
    result = forget(ID, ForgetConfig(folder=str(outputs), columns=("client",)))
    assert holders(outputs) == {"harmless.txt"}  # a longer id that begins alike
    assert result.complete
    actions = {one.place: one.action for one in result.erased}
    assert actions["note.json"] == "deleted"
    assert {one for place, one in actions.items() if place != "note.json"} == {"rewritten"}


def test_everybody_else_stays_as_they_were(outputs, risk_list):
    """Bytes of other rows in text files, values and types in Parquet, cells in workbooks."""
    before = (outputs / "nl" / "lijst.csv").read_bytes().splitlines(keepends=True)
    schema = pd.read_parquet(outputs / "list.parquet").dtypes
    forget(ID, ForgetConfig(folder=str(outputs)))
    after = (outputs / "nl" / "lijst.csv").read_bytes().splitlines(keepends=True)
    assert after == [*before[:2], *before[3:]]
    kept = pd.read_parquet(outputs / "list.parquet")
    assert kept.dtypes.equals(schema)
    expected = risk_list.table.drop(index=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, expected, check_dtype=False)


def test_a_workbook_opens_and_lacks_only_the_customer(outputs, risk_list):
    """Another program reads it; the row is empty and hidden, the others are where they were."""
    import openpyxl

    def cells(path):
        book = openpyxl.load_workbook(path, read_only=True)
        return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}

    before = cells(outputs / "list.xlsx")
    forget(ID, ForgetConfig(folder=str(outputs)))
    after = cells(outputs / "list.xlsx")
    assert before.keys() == after.keys()
    lost = 0
    for title, rows in before.items():
        for old, new in zip(rows, after[title], strict=False):
            if ID in old or f"'{ID}" in old:
                assert not any(new)
                lost += 1
            else:
                assert [one for one in old if one is not None] == [one for one in new if one is not None]
    assert lost >= 1


def test_a_report_loses_the_row_and_nothing_else(outputs):
    """The page is the old one without some table rows."""
    before = (outputs / "report.html").read_text()
    forget(ID, ForgetConfig(folder=str(outputs)))
    after = (outputs / "report.html").read_text()
    assert before.count("<tr") - after.count("<tr") == 1
    assert before.count("<section") == after.count("<section")


def test_manifests_tell_the_truth_afterwards(outputs, risk_list):
    """A reader who checks hashes must not take a rewritten list for a damaged one."""
    forget(ID, ForgetConfig(folder=str(outputs)))
    manifest = json.loads((outputs / "list.manifest.json").read_text())
    assert manifest["customers"] == len(risk_list.table) - 1
    assert manifest["files"] == {name: sha256_of(outputs / name) for name in manifest["files"]}


def test_a_dry_run_changes_nothing_and_says_what_would_be_done(outputs):
    """The same places as the real run."""
    before = {path: path.read_bytes() for path in outputs.rglob("*") if path.is_file()}
    config = ForgetConfig(folder=str(outputs), columns=("client",))
    told = forget(ID, config, dry_run=True)
    assert {path: path.read_bytes() for path in outputs.rglob("*") if path.is_file()} == before
    assert "dry run" in str(told)
    assert forget(ID, config).erased == told.erased


def test_it_is_recorded_without_the_id(outputs):
    """That it was done, what, when and how much; only who knows the id can find the entry."""
    forget(ID, ForgetConfig(folder=str(outputs)))
    forget("nobody-known", ForgetConfig(folder=str(outputs)))
    record = outputs / RECORD
    assert ID not in record.read_text()
    (entry,) = was_forgotten(ID, record)
    assert entry["counts"]["rewritten"] >= 6
    assert entry["when"].startswith("20")
    assert entry["places"][0].keys() >= {"place", "action", "entries"}
    assert was_forgotten("nobody-known", record)[0]["counts"] == {}
    assert was_forgotten("somebody else", record) == []


def test_twice_is_once(outputs):
    """Run again after a failure: the rest is done, and what was done stays."""
    config = ForgetConfig(folder=str(outputs), columns=("client",))
    forget(ID, config)
    before = {
        path: path.read_bytes() for path in outputs.rglob("*") if path.is_file() and path.name != RECORD
    }
    assert forget(ID, config).erased == ()
    assert {path: path.read_bytes() for path in before} == before


def test_a_failure_leaves_the_old_file(outputs, monkeypatch):
    """Disk full in the middle: the list is the old one, whole, with nothing beside it."""
    before = (outputs / "list.parquet").read_bytes()
    names = set(os.listdir(outputs))

    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(MemoryError):
        forget(ID, ForgetConfig(folder=str(outputs)))
    assert (outputs / "list.parquet").read_bytes() == before
    assert set(os.listdir(outputs)) == names


def test_a_short_number_is_looked_for_in_id_columns_only(tmp_path):
    """Customer 12 must not take every cell with a 12 along."""
    (tmp_path / "list.csv").write_text("rank,customer_id,days\n12,7,12\n2,12,5\n")
    (tmp_path / "page.html").write_text("<table><tr><td>12</td></tr></table>")
    (tmp_path / "note.txt").write_text("12 customers")
    pd.DataFrame({"customer_id": [12, 7], "days": [1, 12]}).to_parquet(tmp_path / "numbers.parquet")
    forget("12", ForgetConfig(folder=str(tmp_path)))
    assert (tmp_path / "list.csv").read_text() == "rank,customer_id,days\n12,7,12\n"
    assert pd.read_parquet(tmp_path / "numbers.parquet")["customer_id"].tolist() == [7]
    assert "12" in (tmp_path / "page.html").read_text()
    assert (tmp_path / "note.txt").exists()


def test_a_cell_with_line_breaks_and_quotes_is_one_row(tmp_path):
    """A record is not a line."""
    text = 'customer_id,note\r\na,"one\n""two"", C-0042\n"\r\nC-0042,x\r\nb,y\r\n'
    (tmp_path / "list.csv").write_bytes(text.encode())
    forget("C-0042", ForgetConfig(folder=str(tmp_path)))
    assert (tmp_path / "list.csv").read_bytes() == text.replace("C-0042,x\r\n", "").encode()


def test_the_apostrophe_that_guards_a_formula_hides_nobody(tmp_path):
    """An id that begins with = stands in CSV behind an apostrophe."""
    write_csv(pd.DataFrame({"customer_id": ["=1+1", "b"], "clv": [1.0, 2.0]}), tmp_path / "list.csv")
    assert forget("=1+1", ForgetConfig(folder=str(tmp_path))).erased[0].entries == 1
    assert "=1+1" not in (tmp_path / "list.csv").read_text()


def test_a_damaged_file_with_the_customer_is_deleted_with_notice(tmp_path):
    """Better no file than a name in it; one without the customer stays as it is."""
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook C-0042 ")
    (tmp_path / "other.xlsx").write_bytes(b"PK no workbook")
    (entry,) = forget("C-0042", ForgetConfig(folder=str(tmp_path))).erased
    assert (entry.action, entry.place) == ("deleted", "broken.xlsx")
    assert "cannot be rewritten" in entry.note
    assert not (tmp_path / "broken.xlsx").exists()
    assert (tmp_path / "other.xlsx").exists()


def test_what_nobody_may_change_is_left_and_told(tmp_path):
    """A bundle would not open any more; a file of an unknown kind is not ours to judge."""
    (tmp_path / "crm-1").mkdir()
    (tmp_path / "crm-1" / "manifest.json").write_text("{}")
    (tmp_path / "crm-1" / "facts.json").write_text('{"key_accounts": ["C-0042"]}')
    (tmp_path / "database.db").write_bytes(b"\x00\x01 C-0042 \x00")
    result = forget("C-0042", ForgetConfig(folder=str(tmp_path)))
    assert not result.complete
    assert {(one.place, one.action) for one in result.erased} == {
        ("crm-1/facts.json", "left"),
        ("database.db", "left"),
    }
    assert "train again" in str(result)
    assert (tmp_path / "crm-1" / "facts.json").exists()


def test_links_are_not_followed_out_of_the_folder(tmp_path):
    """A link must not lead the command to somebody else's file."""
    (tmp_path / "elsewhere.csv").write_text("customer_id\nC-0042\n")
    folder = tmp_path / "outputs"
    folder.mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert forget("C-0042", ForgetConfig(folder=str(folder))).erased == ()
    assert "C-0042" in (tmp_path / "elsewhere.csv").read_text()


def test_tables_of_a_database(tmp_path):
    """The rows of the customer go in one transaction; hostile ids and names are data."""
    import sqlalchemy as sa

    url, name, customer = f"sqlite:///{tmp_path}/out.db", 'risk "list"', "x' OR '1'='1"
    engine = sa.create_engine(url)
    pd.DataFrame({"customer_id": [customer, "b"], "clv": [1.0, 2.0]}).to_sql(name, engine, index=False)
    (tmp_path / "outputs").mkdir()
    config = ForgetConfig.model_validate(
        {"folder": str(tmp_path / "outputs"), "tables": [{"url": url, "name": name}]}
    )
    assert forget(customer, config, dry_run=True).erased[0].entries == 1
    assert forget(customer, config).erased[0].place == f"table {name}"
    with engine.connect() as connection:
        assert connection.execute(sa.text('SELECT customer_id FROM "risk ""list"""')).scalars().all() == ["b"]
    engine.dispose()
    wrong = ForgetConfig.model_validate(
        {"folder": str(tmp_path), "tables": [{"url": url, "name": "nothing"}]}
    )
    with pytest.raises(InputError, match="table nothing"):
        forget(customer, wrong)


def test_tracked_artifacts(tmp_path, mlflow_store):
    """Rewritten in the store, deleted where they cannot be, told where MLflow does not change them."""
    from crm_ml.tracking.runs import tracked_run

    (tmp_path / "outputs").mkdir()
    listed = tmp_path / "list.csv"
    listed.write_text("customer_id,clv\nC-0042,1\nb,2\n")
    bundle = tmp_path / "crm-1"
    bundle.mkdir()
    (bundle / "manifest.json").write_text("{}")
    (bundle / "facts.json").write_text('["C-0042"]')
    with tracked_run("score", store=mlflow_store) as run:
        run.artifact(listed, "lists/first")
        run.artifact(listed)
        run.text("note.txt", "about C-0042")
        run.text("fine.txt", "about nobody")
        run.artifact(bundle, "bundle")
        run.params({"list": {"key_accounts": ["C-0042"]}})
    config = ForgetConfig.model_validate(
        {"folder": str(tmp_path / "outputs"), "tracking": {"store": str(mlflow_store)}}
    )
    told = forget("C-0042", config, dry_run=True)
    result = forget("C-0042", config)
    assert told.erased == result.erased
    actions = {one.place.partition(": ")[2]: one.action for one in result.erased}
    assert actions == {
        "list.csv": "rewritten",
        "lists/first/list.csv": "rewritten",
        "note.txt": "deleted",
        "bundle/facts.json": "left",
        "parameters and tags": "left",
    }
    stored = mlflow_store.parent / "mlflow-artifacts" / run.id / "artifacts"
    assert (stored / "lists" / "first" / "list.csv").read_text() == "customer_id,clv\nb,2\n"
    assert not (stored / "note.txt").exists()
    assert (stored / "fine.txt").exists()


@pytest.mark.parametrize(
    ("customer", "folder", "error"),
    [("x", "", ConfigError), ("x", "nowhere", FileError), (" ", ".", InputError)],
)
def test_a_wrong_question_touches_nothing(tmp_path, monkeypatch, customer, folder, error):
    """No folder named is not the working folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        forget(customer, ForgetConfig(folder=folder))
    assert os.listdir(tmp_path) == []
