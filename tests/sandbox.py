"""The payment sandbox as a process of its own, and a receiver for its webhooks: what tests of money share."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeVar

import requests
import stripe

__all__ = ["Receiver", "Sandbox", "eventually", "free_port"]

Found = TypeVar("Found")

PROJECT = Path(__file__).parents[1]
KEY = "sk_test_ofTheTestsOnly"
WEBHOOK_SECRET = "whsec_ofTheTestsOnly"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(look: Callable[[], Found], *, within: float = 10.0) -> Found:
    """Waits until `look` finds something true and returns it; else fails with what it saw last."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"still {found!r} after {within} s"
        time.sleep(0.02)


class Sandbox:
    """One sandbox on a free port of loopback. Restarted, it keeps its port and its state file."""

    key = KEY
    webhook_secret = WEBHOOK_SECRET

    def __init__(self, folder: Path, *, webhook_url: str = "http://127.0.0.1:9/") -> None:
        self.folder = folder
        self.webhook_url = webhook_url
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.web = requests.Session()
        self.web.trust_env = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.web.close()

    def start(self) -> None:
        with open(self.folder / "sandbox.log", "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "marketplace.payments.sandbox", *self.arguments()], cwd=PROJECT, stderr=log
            )
        eventually(self._is_up)

    def arguments(self) -> list[str]:
        return [
            f"--port={self.port}",
            f"--webhook-url={self.webhook_url}",
            f"--key={self.key}",
            f"--webhook-secret={self.webhook_secret}",
            f"--state={self.folder / 'sandbox.sqlite3'}",
        ]

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends the process; with SIGKILL, without a chance to tidy up."""
        if self._process is not None:
            os.kill(self._process.pid, number)
            self._process.wait(timeout=20)
            self._process = None

    def client(self, **options: Any) -> stripe.StripeClient:
        """The real SDK, told only another address. Without retries, unless asked for."""
        addresses: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), self.base)
        options = {"max_network_retries": 0, **options}
        http_client = stripe.RequestsClient(session=self.web)
        return stripe.StripeClient(
            options.pop("key", self.key), base_addresses=addresses, http_client=http_client, **options
        )

    def submit(self, url: str, **form: str) -> requests.Response:
        """One click on the payment page; redirects are shown, not followed."""
        return self.web.post(url, data=form, allow_redirects=False, timeout=20)

    def pay(self, url: str, card: str = "4242", *, approve: bool = True) -> requests.Response:
        """Pays as a buyer does, through the bank's question if the card asks one."""
        answer = self.submit(url, card=card)
        if card.endswith("3155") and answer.status_code == 303:
            return self.submit(url, bank="approve" if approve else "refuse")
        return answer

    def chaos(self, switch: str, *, times: int = 1, seconds: float = 1.0) -> None:
        self._order("POST", "chaos", {"switch": switch, "times": times, "seconds": seconds})

    def calm(self) -> None:
        self._order("DELETE", "chaos")

    def advance(self, seconds: int) -> None:
        """Moves the sandbox's clock ahead, and for good: sessions lapse by it."""
        self._order("POST", "clock", {"advance": seconds})

    def settle(self) -> None:
        """Makes all pending money available."""
        self._order("POST", "settle", {})

    def pay_out(self, account: str) -> None:
        """Empties a connected account into its bank."""
        self._order("POST", f"accounts/{account}/pay_out", {})

    def onboarded(self, client: stripe.StripeClient, *, give: str = "everything") -> str:
        """The id of a connected account whose owner has filled in the form."""
        account = client.v1.accounts.create({"type": "express", "country": "DE"})
        back, again = "http://127.0.0.1:8000/back", "http://127.0.0.1:8000/again"
        link = client.v1.account_links.create(
            {"account": account.id, "type": "account_onboarding", "return_url": back, "refresh_url": again}
        )
        assert self.submit(link.url, give=give).headers["Location"] == back
        return account.id

    def resend(self, event_id: str) -> None:
        self._order("POST", f"events/{event_id}/resend")

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._order("GET", "deliveries")["deliveries"]
        return found

    def wait_for_deliveries(self) -> None:
        eventually(lambda: all(delivery["finished"] for delivery in self.deliveries()))

    def _order(self, method: str, lever: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.web.request(method, f"{self.base}/_sandbox/{lever}", json=body, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "sandbox.log").read_text())
        try:
            return self.web.get(f"{self.base}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False


@dataclass(frozen=True)
class Knock:
    """One delivery as it came over the wire, and what it was answered."""

    body: bytes
    signature: str
    answered: int

    def event(self) -> stripe.Event:
        """The event, verified by the SDK itself; raises SignatureVerificationError."""
        event: stripe.Event = stripe.Webhook.construct_event(self.body, self.signature, WEBHOOK_SECRET)
        return event


@dataclass
class Receiver:
    """A small server that takes webhooks: 200 for what the SDK verifies, else 400. `answers` replace the next 200s."""

    port: int = field(default_factory=free_port)
    answers: list[int] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def taken(self) -> list[stripe.Event]:
        """Events answered with 200, in the order they came."""
        return [knock.event() for knock in list(self.knocks) if knock.answered == 200]

    def answer_to(self, body: bytes, signature: str) -> int:
        try:
            Knock(body, signature, 200).event()
            status = self.answers.pop(0) if self.answers else 200
        except stripe.SignatureVerificationError:
            status = 400
        self.knocks.append(Knock(body, signature, status))
        return status

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answer_to(body, self.headers["Stripe-Signature"])
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", self.port), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
