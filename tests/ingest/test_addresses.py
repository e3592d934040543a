"""Which addresses may be asked: by their spelling, and by where their name leads."""

import pytest

from ingest.addresses import Address, Forbidden, check_host, is_public, read_address

PUBLIC = Address("https://proceedings.mlr.press/v235/", "https", "proceedings.mlr.press")


@pytest.mark.parametrize(
    "url",
    [
        "https://proceedings.mlr.press/v235/",
        "http://www.example.org:80/",
        "https://www.example.org:443/?q=http://10.0.0.1/",
        "https://EXAMPLE.org./x",
        "https://123.example.org/",
    ],
)
def test_public_names_at_the_usual_ports_are_asked(url: str) -> None:
    assert read_address(url).host in {"proceedings.mlr.press", "www.example.org", "example.org", "123.example.org"}


@pytest.mark.parametrize("ip", ["8.8.8.8", "193.62.192.1", "2001:4860:4860::8888"])
def test_addresses_of_the_internet_are_public(ip: str) -> None:
    assert is_public(ip)


def test_a_name_is_connected_to_by_the_address_that_was_looked_at() -> None:
    assert check_host(PUBLIC, lambda host, port: ["193.62.192.1", "8.8.8.8"]) == "193.62.192.1"


def test_a_name_without_an_address_is_no_secret_and_no_answer() -> None:
    with pytest.raises(OSError, match="no address"):
        check_host(PUBLIC, lambda host, port: [])


def test_one_private_address_among_a_names_is_enough_to_refuse_it() -> None:
    with pytest.raises(Forbidden, match=r"leads to 10\.0\.0\.1"):
        check_host(PUBLIC, lambda host, port: ["8.8.8.8", "10.0.0.1"])


def test_an_overlong_address_is_none() -> None:
    with pytest.raises(Forbidden, match="is no address"):
        read_address("https://example.org/" + "a" * 10_000)
