"""A database's address: what may stand in it, so that none leads elsewhere than it seems to."""

from __future__ import annotations

import pytest

from storage.address import AddressError, place_of, read_address

HERE = "postgresql://intake@/intake?host=/run/postgresql"
THERE = "postgresql://intake@db.society.example/intake?sslmode=verify-full"


@pytest.mark.parametrize("address", [f"{HERE}&passfile=/a&port=5433", f"{THERE}&sslrootcert=/a&sslcert=/b&sslkey=/c"])
def test_what_the_documents_show_is_taken(address: str) -> None:
    assert read_address(address).database == "intake"


@pytest.mark.parametrize(
    "word",
    [
        "hostaddr=192.0.2.1",
        "service=elsewhere",
        "servicefile=/a",
        "dbname=registrar",
        "user=registrar",
        "options=-csynchronous_commit%3Doff",
        "gssencmode=prefer",
        "sslcertmode=allow",
        "sslmode=disable&sslmode=verify-full",
        "passfile=/a&passfile=/b",
    ],
)
@pytest.mark.parametrize("address", [HERE, THERE])
def test_an_address_has_no_word_that_leads_elsewhere_or_undoes_another(address: str, word: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(f"{address}&{word}")
    assert word.rpartition("=")[2] not in str(caught.value).replace("verify-full", "")


@pytest.mark.parametrize("address", ["postgresql://db.example/intake", "postgresql://localhost/intake?host=db.example"])
def test_another_machine_is_reached_with_a_checked_certificate_only(address: str) -> None:
    with pytest.raises(AddressError, match="verify-full"):
        read_address(address)


def test_one_place_is_one_place_however_its_port_is_written() -> None:
    at = "postgresql://localhost:5433/intake"
    assert place_of(read_address(at)) == place_of(read_address("postgresql://localhost/intake?port=5433"))
    assert place_of(read_address(f"{at}?port=5434"))[1] == "5434"  # as the driver has it
