"""What crawlers and finders of weaknesses read."""

from datetime import UTC, datetime, timedelta

from tests.api import client


def test_crawlers_are_kept_out_of_private_rooms_and_asked_not_to_train() -> None:
    lines = client().get("/robots.txt").content.decode().splitlines()

    assert lines[:2] == ["User-agent: *", "Content-Usage: train-ai=n"]
    assert {"Disallow: /library/", "Disallow: /commissions/", "Disallow: /admin/", "Disallow: /api/"} <= set(lines)
    assert "Disallow: /" not in lines


def test_mining_is_reserved() -> None:
    assert client().get("/.well-known/tdmrep.json").json() == [{"location": "/", "tdm-reservation": 1}]


def test_there_is_an_address_for_weaknesses_and_it_does_not_expire_soon() -> None:
    text = client().get("/.well-known/security.txt").content.decode()
    fields = dict(line.split(": ", 1) for line in text.splitlines())

    assert fields["Contact"].startswith("mailto:")
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=178) < expires - datetime.now(UTC) < timedelta(days=365)
