"""Pseudonyms are keyed, stable, and leave nothing behind that names a customer."""

import hashlib
import hmac

import pandas as pd
import pytest

from crm_ml.base.exceptions import ConfigError, FileError, InputError
from crm_ml.data.pseudonyms import PseudonymSettings, pseudonym, pseudonyms, with_pseudonyms

KEY = "a secret of a fair length"


def test_pseudonyms_are_keyed_and_stable():
    """The same customer keeps the name under a key, and gets another under another key."""
    assert pseudonym("1", KEY) == pseudonym("1", KEY)
    assert len({pseudonym("1", KEY), pseudonym("2", KEY), pseudonym("1", "l")}) == 3
    with pytest.raises(InputError, match="needs a key"):
        pseudonym("1", "")


def test_it_is_plain_hmac_so_that_others_can_make_it_too():
    """Who holds the key can join an export with own tables in any language."""
    made = hmac.new(KEY.encode(), "klant é".encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonyms(["klant é"], KEY) == [made]


def test_a_list_loses_ids_and_names_and_nothing_else():
    """The types stay, so that the export has the schema of any list."""
    table = pd.DataFrame({"customer_id": ["a", "b"], "name": ["Jansen", "de Vries"], "clv": [1.0, 2.0]})
    hidden = with_pseudonyms(table, KEY)
    assert hidden["customer_id"].tolist() == pseudonyms(["a", "b"], KEY)
    assert set(hidden["name"]) == {""}
    assert hidden.dtypes.equals(table.dtypes)
    pd.testing.assert_series_equal(hidden["clv"], table["clv"])
    assert with_pseudonyms(table, "") is table


def test_the_key_comes_from_one_place(tmp_path, monkeypatch):
    """A file or a variable; white space around the key is not part of it."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("PSEUDONYMS", KEY)
    assert PseudonymSettings().key() == ""
    assert PseudonymSettings(key_file=str(tmp_path / "key")).key() == KEY
    assert PseudonymSettings(environment="PSEUDONYMS").key() == KEY
    with pytest.raises(ConfigError, match="two places"):
        PseudonymSettings(key_file="key", environment="PSEUDONYMS").key()


def test_a_key_that_can_be_guessed_is_refused(tmp_path, monkeypatch):
    """Also one that is not there at all: an export without pseudonyms by mistake cannot be taken back."""
    monkeypatch.delenv("PSEUDONYMS", raising=False)
    with pytest.raises(ConfigError, match="0 characters in variable PSEUDONYMS"):
        PseudonymSettings(environment="PSEUDONYMS").key()
    with pytest.raises(FileError, match="nowhere"):
        PseudonymSettings(key_file=str(tmp_path / "nowhere")).key()
