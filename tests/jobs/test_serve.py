"""What is served is opened and checked before anything listens."""

import pytest

from crm_ml.base.exceptions import BundleError, ConfigError, FileError, InputError
from crm_ml.jobs.config import ServeConfig
from crm_ml.jobs.serve import on_this_machine, open_served
from crm_ml.prediction.bundle import read_bundle, write_bundle
from crm_ml.prediction.predictor import Predictor


def config(small_training, **options):
    return ServeConfig.model_validate({"bundle": str(small_training.bundle_folder), **options})


def test_a_bundle_is_opened(small_training):
    """The models, without a list."""
    served = open_served(config(small_training))
    assert isinstance(served.predictor, Predictor)
    assert served.lists is None


def test_an_alias_is_opened_from_the_registry(small_training):
    """The champion's bundle, and no copy of it is left behind."""
    from crm_ml.tracking.registry import promote, register
    from crm_ml.tracking.store import open_store

    client = open_store(small_training.store)
    registered = register(client, small_training.run_id)
    promote(client, registered, "the first")
    options = {"bundle": "", "alias": "champion", "tracking": {"store": small_training.store}}
    assert open_served(config(small_training, **options)).predictor.bundle.version == registered.bundle
    with pytest.raises(InputError, match="no bundle is called 'chmapion'"):
        open_served(config(small_training, **{**options, "alias": "chmapion"}))


@pytest.mark.parametrize("options", [{"alias": "champion"}, {"bundle": ""}])
def test_exactly_one_of_bundle_and_alias(small_training, options):
    """Two answers to one question, or none."""
    with pytest.raises(ConfigError, match="one of bundle and alias"):
        open_served(config(small_training, **options))


def test_a_bundle_without_an_owner_is_refused_when_the_config_demands_one(small_training, tmp_path):
    """Somebody must answer for what is served."""
    bundle = read_bundle(small_training.bundle_folder)
    facts = {**bundle.facts, "card": {**bundle.facts["card"], "owner": ""}}
    folder = write_bundle(
        type(bundle)(facts, bundle.models, bundle.evidence, bundle.lifetime_value), tmp_path
    )
    demanding = {"card": {"owner_required": True}}
    with pytest.raises(BundleError, match="no owner"):
        open_served(config(small_training, bundle=str(folder), **demanding))
    open_served(config(small_training, bundle=str(folder)))
    open_served(config(small_training, **demanding))


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (None, FileError, "there is no list"),
        (b"rank,customer_id\n1,a\n", FileError, "not a Parquet file"),
        ("features", InputError, "this is not a risk list"),
    ],
)
def test_what_is_no_list_is_refused(small_training, tmp_path, content, error, says):
    """A missing file, a CSV, a Parquet file of something else."""
    import pandas as pd

    path = tmp_path / "list.parquet"
    if content == "features":
        pd.DataFrame({"customer_id": ["a"], "orders": [1]}).to_parquet(path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=says):
        open_served(config(small_training, data=str(path)))


def test_a_key_of_pseudonyms_that_is_not_there_stops_the_service(small_training):
    """Ids by mistake cannot be taken back."""
    with pytest.raises(ConfigError, match="too short"):
        open_served(config(small_training, pseudonyms={"environment": "CRM_ML_NO_SUCH_VARIABLE"}))


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("", False),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.example", False)],
)  # fmt: skip
def test_which_addresses_are_this_machine(host, here):
    """A name that could be anybody's is not."""
    assert on_this_machine(host) is here
