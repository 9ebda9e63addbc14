"""A proposal is a valid config that reads the file it was made for, and never overwrites somebody's work."""

import pytest

from crm_ml.base.exceptions import FileError
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.init import init
from crm_ml.jobs.inputs import read_log


@pytest.mark.parametrize("name", ["cdnow", "online_retail", "superstore"])
def test_proposal_reads_real_files(name, data_folder, tmp_path):
    """The proposed config is accepted as it stands and reads nearly every row that has a customer."""
    source = data_folder / f"{name}.parquet"
    made = init(str(source), tmp_path / "shop.yaml")
    config = load_config(made.path, TrainConfig)
    assert config.data.path == str(source)
    assert config.data.amount
    tx = read_log(config.data, config.engine)
    assert tx.counts["accepted"] > 0.6 * tx.counts["read"]
    assert made.notes


def test_an_existing_config_is_kept(tmp_path):
    """A corrected config is not replaced by a guess."""
    kept = tmp_path / "shop.yaml"
    kept.write_text("seed: 1\n")
    with pytest.raises(FileError, match="exists already"):
        init("orders.csv", kept)
    assert kept.read_text() == "seed: 1\n"


def test_column_names_are_data(tmp_path):
    """A column called like an environment variable or like YAML comes through unharmed."""
    source = tmp_path / "orders.csv"
    rows = "\n".join(f"c{n % 5};2024-01-{1 + n % 28:02d};{n}" for n in range(40))
    source.write_text(f"customer ${{HOME}} id;order date: #1;amount\n{rows}\n")
    config = load_config(init(str(source), tmp_path / "shop.yaml").path, TrainConfig)
    assert config.data.customer_id == "customer ${HOME} id"
    assert config.data.timestamp == "order date: #1"
    assert read_log(config.data, config.engine).counts["accepted"] == 40
