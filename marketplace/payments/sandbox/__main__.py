"""Starts the sandbox, once it is sure that nothing here can be mistaken for real money."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from marketplace.payments.sandbox.server import Server
from marketplace.payments.sandbox.state import State, StateInUse
from marketplace.payments.sandbox.webhooks import Courier

log = logging.getLogger("sandbox")


def main() -> int:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    problem = _problem(arguments)
    if problem is not None:
        log.error(problem)
        return 2
    try:
        state = State(arguments.state)
    except StateInUse as error:
        log.error(error)
        return 3
    courier = Courier(state, url=arguments.webhook_url, secret=arguments.webhook_secret)
    try:
        server = Server(arguments.port, state=state, courier=courier, key=arguments.key)
    except OSError as error:
        log.error("Port %d cannot be used (%s). Name another --port.", arguments.port, error.strerror)
        return 3
    signal.signal(signal.SIGTERM, _end)
    courier.start()
    log.info("The payment sandbox listens on http://127.0.0.1:%d. No real money.", server.server_port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        courier.stop()
        state.close()
    return 0


def _arguments() -> argparse.Namespace:
    """The key and the secret may come from the environment, where `ps` does not show them."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.payments.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--webhook-url", required=True, help="where events are delivered; loopback only")
    parser.add_argument("--key", default=os.environ.get("STRIPE_SECRET_KEY", ""), help="sk_test_…")
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""), help="whsec_…")
    parser.add_argument("--state", type=Path, default=Path("var/sandbox.sqlite3"))
    return parser.parse_args()


def _problem(arguments: argparse.Namespace) -> str | None:
    if not arguments.key.startswith("sk_test_") or len(arguments.key) < 16:
        return "The sandbox takes only a test key: --key sk_test_… of at least 16 characters. Never a live one."
    if not arguments.webhook_secret.startswith("whsec_") or len(arguments.webhook_secret) < 14:
        return "Give the secret that signs webhooks: --webhook-secret whsec_… of at least 14 characters."
    url = urlsplit(arguments.webhook_url)
    if url.scheme != "http" or not _is_loopback(url.hostname or ""):
        return "Webhooks go to this computer only: --webhook-url http://127.0.0.1:…/…"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
