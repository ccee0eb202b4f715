"""The courier: delivers events from the state file, signed as Stripe signs them, until the receiver says 2xx."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from marketplace.payments.sandbox import chaos, refunds, sessions
from marketplace.payments.sandbox.state import State

__all__ = ["Courier", "signature"]

log = logging.getLogger("sandbox")

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_GIVE_UP_AFTER = 8700  # attempts: three days, as Stripe does
_TIMEOUT_SECONDS = 10
_IDLE_SECONDS = 1.0
_STALE_SECONDS = 3600

Flaw = Literal["drop_then_retry", "bad_signature", "stale_timestamp"]
_FLAWS: tuple[Flaw, ...] = ("drop_then_retry", "bad_signature", "stale_timestamp")


@dataclass(frozen=True)
class _Delivery:
    seq: int
    event_id: str
    body: bytes
    kind: str
    flaw: Flaw | None


def signature(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over time stamp, dot and body."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier(threading.Thread):
    """Delivers one event at a time, the one longest due first. What is open lies in the state file, so a killed sandbox
    goes on where it was."""

    def __init__(self, state: State, *, url: str, secret: str) -> None:
        super().__init__(name="courier", daemon=True)
        self._state = state
        self._url = urlsplit(url)
        self._secret = secret
        self._bell = threading.Event()
        self._stopping = False
        self._lapse_at = 0.0

    def ring(self) -> None:
        """Says that something new may be due."""
        self._bell.set()

    def stop(self) -> None:
        self._stopping = True
        self._bell.set()
        self.join(timeout=3)

    def run(self) -> None:
        while not self._stopping:
            self._bell.clear()
            try:
                delivery = self._next()
                if delivery is not None:
                    self._deliver(delivery)
                    continue
                self._bell.wait(self._rest())
            except Exception:
                log.exception("The courier stumbled and goes on.")
                time.sleep(_IDLE_SECONDS)

    def _next(self) -> _Delivery | None:
        with self._state.transaction() as tx:
            if time.monotonic() >= self._lapse_at:
                sessions.lapse(tx)
                refunds.fail_due(tx)
                self._lapse_at = time.monotonic() + _IDLE_SECONDS
            row = tx.sql.execute(
                "SELECT d.seq, d.event, o.public FROM delivery d JOIN object o ON o.id = d.event "
                "WHERE d.finished_at IS NULL AND d.due_at <= ? ORDER BY d.due_at, d.seq LIMIT 1",
                (time.time(),),
            ).fetchone()
            if row is None:
                return None
            flaw = next((flaw for flaw in _FLAWS if chaos.take(tx, flaw) is not None), None)
        return _Delivery(row[0], row[1], row[2].encode(), json.loads(row[2])["type"], flaw)

    def _rest(self) -> float:
        with self._state.transaction() as tx:
            (due_at,) = tx.sql.execute("SELECT min(due_at) FROM delivery WHERE finished_at IS NULL").fetchone()
        return _IDLE_SECONDS if due_at is None else min(max(due_at - time.time(), 0.0), _IDLE_SECONDS)

    def _deliver(self, delivery: _Delivery) -> None:
        problem = self._attempt(delivery)
        with self._state.transaction() as tx:
            if problem is None:
                tx.sql.execute(
                    "UPDATE delivery SET attempts = attempts + 1, finished_at = ?, last_error = NULL WHERE seq = ?",
                    (time.time(), delivery.seq),
                )
                tx.sql.execute(
                    "UPDATE object SET public = json_set(public, '$.pending_webhooks', 0) WHERE id = ?",
                    (delivery.event_id,),
                )
                return
            (attempts,) = tx.sql.execute(
                "UPDATE delivery SET attempts = attempts + 1, last_error = ? WHERE seq = ? RETURNING attempts",
                (problem, delivery.seq),
            ).fetchone()
            wait = min(_FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 16), _LONGEST_WAIT_SECONDS)
            tx.sql.execute(
                "UPDATE delivery SET due_at = ?, finished_at = ? WHERE seq = ?",
                (time.time() + wait, time.time() if attempts >= _GIVE_UP_AFTER else None, delivery.seq),
            )
        log.info("%s was not taken (%s); again in %.1f s", delivery.kind, problem, wait)

    def _attempt(self, delivery: _Delivery) -> str | None:
        """None when the receiver took it, else what went wrong. Redirects are not followed: Stripe does not either."""
        if delivery.flaw == "drop_then_retry":
            return "dropped on purpose"
        at = int(time.time()) - (_STALE_SECONDS if delivery.flaw == "stale_timestamp" else 0)
        secret = "whsec_wrong" if delivery.flaw == "bad_signature" else self._secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(delivery.body, secret, at),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        connection = http.client.HTTPConnection(
            self._url.hostname or "", self._url.port or 80, timeout=_TIMEOUT_SECONDS
        )
        try:
            connection.request("POST", self._url.path or "/", delivery.body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {error}"
        finally:
            connection.close()
        return None if 200 <= status < 300 else f"answered {status}"
