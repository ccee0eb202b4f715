"""The main job, carried out once over HTTP: generate, record, sign, review, list, buy, deliver, verify."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from django.conf import settings

from marketplace.demo import people
from marketplace.demo.client import ApiRefusal, Client, wait_for

__all__ = ["Journey"]

Say = Callable[[str], None]


@dataclass
class Journey:
    """One walk through the house. Every step says in plain words what happened; any failure ends it."""

    site: str
    folder: Path
    say: Say
    checkpoint: str

    def __post_init__(self) -> None:
        self.maker = Client(self.site, people.token(people.maker("mei-tanaka").user))
        self.reviewer = Client(self.site, people.token(people.reviewer()))
        self.buyer = Client(self.site, people.token(people.person("hanna-buyer")))

    def sell_a_piece(self) -> Path:
        """From the request to a verified bundle; returns the bundle's path."""
        piece = self.generate("waves", count=4)
        self.review(piece)
        artwork = self.hang(piece)
        order = self.buy(artwork)
        bundle = self.deliver(order)
        self.verify(bundle)
        return bundle

    def generate(self, family: str, *, count: int) -> str:
        """Ask for pieces and wait until workers have made them; returns the id of the best-scored one."""
        wish = {"checkpoint": self.checkpoint, "parameters": {"family": family, "width": 1024, "height": 1280}}
        job = self.maker.post(
            "generations", {**wish, "count": count, "prompt": "An estuary in the evening, calm, in few layers."}
        )
        self.say(f"Mei asks for {count} pictures of the family '{family}'; the API answers 202 with a job.")
        made = wait_for(lambda: self._finished(job["id"]), "the pictures to be made")
        pieces = [slot["piece"] for slot in made["slots"]]
        best: dict[str, Any] = max(pieces, key=lambda piece: float(piece["scores"]["score"]["value"]))
        self.say(f"A worker process made {len(pieces)}; Mei keeps the one with seed {best['seed']}.")
        return str(best["id"])

    def _finished(self, job: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.maker.get(f"generations/{job}")
        if found["progress"]["failed"]:
            raise RuntimeError(f"A picture could not be made: {found['slots']}")
        return found if found["progress"]["finished"] == found["count"] else None

    def review(self, piece: str) -> None:
        """Hand the piece in; a reviewer sees the findings and approves."""
        review = wait_for(lambda: self._submitted(piece), "the piece's papers")
        self.say("It is recorded, signed (C2PA) and entered in the transparency log.")
        self._see_that_listing_is_refused(piece)
        findings = self.reviewer.get(f"reviews/{review}")["findings"]
        self.say(f"The rights policy found {len(findings)} things: " + ", ".join(_counted(findings)) + ".")
        self.reviewer.post(f"reviews/{review}/approve", {"reason": "Nothing stands against it."})
        self.say("Ida, a rights reviewer, looked at them and approved.")

    def _see_that_listing_is_refused(self, piece: str) -> None:
        try:
            self.maker.post("artworks", _listing(piece))
        except ApiRefusal as refusal:
            self.say(f"Mei tries to list it before its review: refused ({refusal.status} {refusal.code}).")
        else:
            raise RuntimeError("An unreviewed piece could be listed.")

    def _submitted(self, piece: str) -> str | None:
        try:
            return str(self.maker.post("reviews", {"piece": piece})["id"])
        except ApiRefusal as refusal:
            if refusal.code == "papers_missing":
                return None
            raise

    def hang(self, piece: str) -> dict[str, Any]:
        """Hang it with an edition of 25 and two licences."""
        artwork: dict[str, Any] = self.maker.post("artworks", _listing(piece))
        self.say(f"It hangs: {self.site}/artworks/{artwork['slug']}/ – edition of 25, personal and commercial licence.")
        return artwork

    def buy(self, artwork: dict[str, Any]) -> dict[str, Any]:
        """Order, pay on the payment page as a person would, and wait for delivery."""
        offer = artwork["offers"][0]
        order: dict[str, Any] = self.buyer.post("orders", {"artwork": artwork["slug"], "offer": offer["id"]})
        self.say("Hanna orders; one edition is held for her. She pays on the payment page (sandbox, no real money).")
        return self.pay(order)

    def pay(self, order: dict[str, Any]) -> dict[str, Any]:
        """Pay an open order with a card that works, then wait until it is settled and fulfilled."""
        answer = requests.post(order["payment_url"], data={"card": "4242"}, allow_redirects=False, timeout=30)
        if answer.status_code != 303:
            raise RuntimeError(f"The payment page answered {answer.status_code}: {answer.text[:300]}")
        path = f"orders/{order['id']}"
        done = wait_for(lambda: self._with_state(path, {"fulfilled", "refunded"}), "the paid order to be fulfilled")
        if done["state"] != "fulfilled":
            raise RuntimeError(f"The order ended {done['state']}.")
        return done

    def _with_state(self, path: str, states: set[str]) -> dict[str, Any] | None:
        found: dict[str, Any] = self.buyer.get(path)
        return found if found["state"] in states else None

    def deliver(self, order: dict[str, Any]) -> Path:
        """Fetch the bundle of the order's grant through an expiring link."""
        grant = order["lines"][0]["grant"]
        self.say(f"A signed webhook settled it: grant {grant}, certificate {self.site}/certificates/{grant}/")
        return self.fetch(grant, f"bundle-{grant}.zip")

    def fetch(self, grant: str, name: str) -> Path:
        """Download what was delivered for a grant."""
        link = self.buyer.post("downloads", {"grant": grant, "what": "bundle"})["url"]
        path = self.folder / name
        path.write_bytes(self.buyer.download(urljoin(self.site, link)))
        self.say(f"She downloads the bundle: {path} ({path.stat().st_size // 1024} kB)")
        return path

    def verify(self, bundle: Path) -> None:
        """Check the bundle offline; then change one byte of a copy and see that it shows."""
        keys = settings.SIGNING_KEYS
        trust = ["--anchors", str(keys / "root.pem"), "--log-key", str(keys / "log.pub")]
        self.say("Offline, with nothing from us but two public keys:")
        if self._check(bundle, trust) != 0:
            raise RuntimeError("The delivered bundle does not verify.")
        altered = bundle.with_name(f"altered-{bundle.name}")
        data = bytearray(bundle.read_bytes())
        data[len(data) // 2] ^= 1
        altered.write_bytes(data)
        self.say("And a copy in which one bit was changed:")
        if self._check(altered, trust, lines=3) != 1:
            raise RuntimeError("An altered bundle was not found out.")

    def _check(self, file: Path, trust: list[str], *, lines: int = 20) -> int:
        command = [sys.executable, "-m", "licensing.provenance.verify", str(file), *trust]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=settings.BASE_DIR)  # noqa: S603
        for line in (done.stdout + done.stderr).strip().splitlines()[:lines]:
            self.say(f"    {line}")
        self.say(f"    exit code {done.returncode}")
        return done.returncode


def _listing(piece: str) -> dict[str, Any]:
    offers = [
        {"licence": slug, "price": {"amount_minor": price, "currency": settings.CURRENCY}}
        for slug, price in (("personal", 24000), ("commercial", 68000))
    ]
    words = {
        "title": "Estuary at Dusk",
        "title_zh": "暮色河口",
        "alt_text": "Layers of land and water under an evening sky.",
    }
    return {"piece": piece, **words, "edition_size": 25, "offers": offers}


def _counted(findings: list[dict[str, Any]]) -> list[str]:
    severities = [finding["severity"] for finding in findings]
    return [f"{severities.count(name)} {name}" for name in ("fine", "look", "blocks") if name in severities]
