"""Sends to public addresses only, and to the very address that was checked (no second look-up, no redirect)."""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

__all__ = ["Answer", "Unreachable", "of", "post"]

_TIMEOUT = urllib3.Timeout(connect=5, read=10)
_MOST_ANSWER = 150


class Unreachable(Exception):
    """No message could be handed over, and why."""


class Answer(NamedTuple):
    """The status, and the beginning of what was said."""

    status: int
    words: str


def of(host: str, port: int) -> str:
    """The address to connect to. Raises Unreachable for a name that has none, or any that is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} has no address") from error
    named = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not settings.WEBHOOKS_TO_PRIVATE and not all(_public(one) for one in named):
        raise Unreachable(f"{host} is not a public address")
    return named[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One POST. Raises Unreachable; a redirect is an answer like any other and is not followed."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        with _pool(of(host, port), port, host, secure=secure) as pool:
            response = pool.urlopen(
                "POST",
                target,
                body=body,
                headers={**headers, "Host": parts.netloc},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            words = response.read(_MOST_ANSWER) or b""
            response.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:_MOST_ANSWER]) from error
    return Answer(response.status, words.decode("utf-8", "replace"))


def _pool(address: str, port: int, host: str, *, secure: bool) -> urllib3.HTTPConnectionPool:
    if not secure:
        return urllib3.HTTPConnectionPool(address, port, timeout=_TIMEOUT, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=_TIMEOUT,
        maxsize=1,
        server_hostname=host,
        assert_hostname=host,
        cert_reqs="CERT_REQUIRED",
    )


def _public(text: str) -> bool:
    address = ipaddress.ip_address(text.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast
