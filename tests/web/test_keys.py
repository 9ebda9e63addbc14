"""Keys: kept as hashes, asked for everywhere but in signs of life, and demanded where others can listen."""

import pytest

from crm_ml.base.exceptions import ConfigError
from crm_ml.jobs.config import ServeConfig
from crm_ml.jobs.serve import new_key, open_served

from .conftest import KEY, keys, problem


def test_a_known_key_opens_and_others_do_not(serve):
    """Wrong, nearly right, empty and of another scheme."""
    client = serve(keys=keys("shop", "crm"))
    for header in ("", "Bearer", "Bearer ", f"Bearer {KEY}", f"Basic {KEY} shop", f"bearer {KEY} shopx"):
        answer = client.get("/v1/model", headers={"Authorization": header})
        assert "Authorization: Bearer" in problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for name in ("shop", "crm"):
        assert client.get("/v1/model", headers={"Authorization": f"Bearer {KEY} {name}"}).status_code == 200


@pytest.mark.parametrize("address", ["/v1/model", "/v1/risk-list", "/metrics", "/openapi.json", "/nowhere"])
def test_everything_but_signs_of_life_needs_the_key(serve, address):
    """An unknown address too: who may not ask learns nothing of what there is."""
    client = serve(keys=keys("shop"))
    problem(client.get(address), 401)
    assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 200


def test_without_keys_only_this_machine_is_answered(client):
    """A page in a browser that points its own name at this machine gets nothing (DNS rebinding)."""
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[", "0.0.0.0"):
        assert "this machine only" in problem(client.get("/v1/model", headers={"Host": host}), 421)
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"):
        assert client.get("/v1/model", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "crm.example"])
def test_no_keys_no_listening_to_others(bundle, host):
    """Personal data behind no lock are refused before the port is opened."""
    config = ServeConfig(bundle=str(bundle), host=host)
    with pytest.raises(ConfigError, match="no keys are set"):
        open_served(config)
    guarded = ServeConfig.model_validate({"bundle": str(bundle), "host": host, "keys": keys("shop")})
    assert open_served(guarded).config.host == host


def test_two_clients_have_two_names(bundle):
    """A name stands in the logs: it must say who."""
    config = ServeConfig.model_validate({"bundle": str(bundle), "keys": keys("shop", "shop")})
    with pytest.raises(ConfigError, match="one name"):
        open_served(config)


def test_a_new_key_works_and_is_nowhere_in_the_config(serve):
    """The config holds what cannot be turned back."""
    key, entry = new_key("shop")
    assert key not in str(entry)
    assert len(key) >= 43
    assert new_key("shop")[0] != key
    assert serve(keys=[entry], key=key).get("/v1/model").status_code == 200


def test_the_rate_is_counted_by_client(serve):
    """Who asks too often waits; others do not."""
    client = serve(keys=keys("shop", "crm"), limits={"requests_per_minute": 2})
    shop, crm = ({"Authorization": f"Bearer {KEY} {name}"} for name in ("shop", "crm"))
    assert [client.get("/v1/nothing", headers=shop).status_code for _ in range(2)] == [404, 404]
    refused = client.get("/v1/nothing", headers=shop)
    assert "2 requests a minute" in problem(refused, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 31
    assert client.get("/v1/nothing", headers=crm).status_code == 404
    assert client.get("/health").status_code == 200
