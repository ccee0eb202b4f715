"""The sandbox's HTTP door: Stripe's API, the payment page and the levers, on loopback only, with every body bounded."""

from __future__ import annotations

import json
import logging
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from marketplace.payments.sandbox import checkout, control, onboarding, page
from marketplace.payments.sandbox.api import Answer, Api, Request
from marketplace.payments.sandbox.errors import StripeRefusal
from marketplace.payments.sandbox.resources import API_VERSION
from marketplace.payments.sandbox.state import State
from marketplace.payments.sandbox.webhooks import Courier

__all__ = ["Server"]

log = logging.getLogger("sandbox")

_LARGEST_BODY_BYTES = 64 * 1024
_PAY = re.compile(r"/c/pay/([A-Za-z0-9_]{1,255})")
_SETUP = re.compile(r"/setup/e/([A-Za-z0-9_]{1,255})")
_HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and nowhere else."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, *, state: State, courier: Courier, key: str) -> None:
        super().__init__((_HOST, port), _Handler)
        self.state = state
        self.courier = courier
        self.api = Api(state, key=key, page_base=f"http://{_HOST}:{self.server_port}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A caller went away in the middle.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = 30
    wbufsize = -1  # head and body in one packet: in two, each answer waits 40 ms for a delayed acknowledgement
    server: Server

    def do_GET(self) -> None:
        self._answer("")

    def do_DELETE(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        try:
            body = self._body()
        except StripeRefusal as refusal:
            self.close_connection = True
            self._send_json(Answer(refusal.status, {"error": refusal.body}))
            return
        self._answer(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)

    def _body(self) -> str:
        if "Transfer-Encoding" in self.headers:
            raise StripeRefusal("Send the body with a Content-Length.", status=411)
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,12}", length):
            raise StripeRefusal("The Content-Length cannot be read.")
        if int(length) > _LARGEST_BODY_BYTES:
            raise StripeRefusal(f"The body may have at most {_LARGEST_BODY_BYTES} bytes.", status=413)
        try:
            return self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            raise StripeRefusal("The body is not UTF-8.") from None

    def _answer(self, body: str) -> None:
        parts = urlsplit(self.path)
        try:
            if parts.path.startswith("/v1/"):
                self._answer_api(parts.path, body if self.command == "POST" else parts.query)
            elif parts.path.startswith("/_sandbox/"):
                self._answer_control(parts.path, body)
            else:
                self._answer_browser(parts.path, body)
        except Exception:
            log.exception("%s %s failed", self.command, parts.path)
            self._send_json(Answer(500, {"error": {"message": "The sandbox has a fault.", "type": "api_error"}}))
        self.server.courier.ring()

    def _answer_api(self, path: str, encoded: str) -> None:
        request = Request(
            method=self.command,
            path=path,
            encoded=encoded,
            authorization=self.headers.get("Authorization", ""),
            idempotency_key=self.headers.get("Idempotency-Key"),
        )
        self._send_json(self.server.api.answer(request))

    def _answer_control(self, path: str, body: str) -> None:
        try:
            self.server.api.authorise(self.headers.get("Authorization", ""))
            with self.server.state.transaction() as tx:
                answer = Answer(200, control.answer(tx, self.command, path, body))
        except StripeRefusal as refusal:
            answer = Answer(refusal.status, {"error": refusal.body})
        self._send_json(answer)

    def _answer_browser(self, path: str, body: str) -> None:
        language = self.headers.get("Accept-Language", "")
        match = _PAY.fullmatch(path)
        if match and self.command == "GET":
            self._send_page(checkout.show(self.server.state, match[1], language))
        elif match and self.command == "POST":
            self._send_page(checkout.submit(self.server.state, match[1], body, language))
        elif setup := _SETUP.fullmatch(path):
            self._send_page(
                onboarding.submit(self.server.state, setup[1], body, language)
                if self.command == "POST"
                else onboarding.show(self.server.state, setup[1], language)
            )
        elif path == "/healthz":
            self._send_json(Answer(200, {"status": "ok"}))
        elif (found := page.asset(path.removeprefix("/assets/"))) is not None:
            self._send(200, found[0], {"Content-Type": found[1], "Cache-Control": "max-age=3600"})
        else:
            self._send_page(checkout.show(self.server.state, "", language))

    def _send_json(self, answer: Answer) -> None:
        headers = {"Content-Type": "application/json", "Stripe-Version": API_VERSION, **answer.headers}
        self._send(answer.status, json.dumps(answer.body, indent=2).encode(), headers)

    def _send_page(self, shown: checkout.Page) -> None:
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": shown.policy or page.policy(None),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        if shown.location is not None:
            headers["Location"] = shown.location
        self._send(shown.status, shown.html.encode(), headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
