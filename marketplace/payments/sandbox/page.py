"""The hosted payment page as HTML: plain forms, no script, in the house's own dress."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from marketplace.payments.sandbox.currencies import written
from marketplace.payments.sandbox.payments import CARDS
from marketplace.payments.sandbox.state import Json
from marketplace.payments.sandbox.wording import WORDS

__all__ = [
    "asset",
    "bank_page",
    "closed_page",
    "missing_page",
    "onboarding_page",
    "pay_page",
    "policy",
    "success_address",
]

_HERE = Path(__file__).parent
_FRAME = Template((_HERE / "hosted.html").read_text(encoding="utf-8"))
_FONTS = _HERE.parents[1] / "storefront" / "static" / "storefront" / "fonts"
_ASSETS = {
    "hosted.css": (_HERE / "hosted.css", "text/css; charset=utf-8"),
    "newsreader.woff2": (_FONTS / "newsreader.woff2", "font/woff2"),
    "instrument-sans.woff2": (_FONTS / "instrument-sans.woff2", "font/woff2"),
    "jetbrains-mono.woff2": (_FONTS / "jetbrains-mono.woff2", "font/woff2"),
}
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_WARNING = (
    '<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M9 2.5 16.5 15.5H1.5Z M9 7v4 M9 13.2v.1"/></svg>'
)


def pay_page(session: Json, items: list[Json], language: str, *, problem: str | None = None) -> str:
    """The open page: what is paid for, a choice of cards, one button. `problem` names what went wrong last."""
    words = WORDS[language]
    amount = _amount(session)
    heading = "choose_first_head" if problem == "choose_first" else "declined_head"
    notice = "" if problem is None else _notice(words[heading], words[problem])
    until = datetime.fromtimestamp(session["expires_at"], UTC)
    facts = [words["until"].format(time=f"{until:%Y-%m-%d %H:%M}")]
    if session["customer_email"]:
        facts.insert(0, words["receipt"].format(email=session["customer_email"]))
    leave = _link(session["cancel_url"], words["leave"], "leave") if session["cancel_url"] else ""
    action = f"""{notice}<form method="post" class="panel">
<fieldset aria-describedby="help"><legend>{escape(words["choose"])}</legend>
<p id="help" class="help">{escape(words["choose_help"])}</p>{_cards(words)}</fieldset>
<p class="facts">{"<br>".join(escape(fact) for fact in facts)}</p>
<button>{escape(words["pay"].format(amount=amount))}</button>{leave}</form>"""
    return _frame(language, words["pay"].format(amount=amount), _bought(session, items, words) + action)


def bank_page(session: Json, items: list[Json], language: str, *, last4: str) -> str:
    """The bank's question between the card and the money (3-D Secure)."""
    words = WORDS[language]
    amount = _amount(session)
    action = f"""<form method="post" class="panel"><h2>{escape(words["bank_head"])}</h2>
<p>{escape(words["bank"].format(amount=amount, last4=last4))}</p>
<p class="help">{escape(words["bank_note"])}</p>
<button name="bank" value="approve">{escape(words["approve"].format(amount=amount))}</button>
<button name="bank" value="refuse" class="quiet">{escape(words["refuse"])}</button></form>"""
    return _frame(language, words["bank_head"], _bought(session, items, words) + action)


def onboarding_page(link: Json, language: str) -> str:
    """Where a maker says who they are and where their money goes. The sandbox asks for nothing of it."""
    words = WORDS[language]
    said = f'<section class="bought"><h1>{escape(words["setup_head"])}</h1><p>{escape(words["setup"])}</p></section>'
    action = f"""<form method="post" class="panel">
<button name="give" value="everything">{escape(words["setup_all"])}</button>
<button name="give" value="no_proof" class="quiet">{escape(words["setup_no_proof"])}</button>
{_link(link["refresh_url"], words["setup_leave"], "leave")}</form>"""
    return _frame(language, words["setup_head"], said + action)


def closed_page(session: Json, language: str) -> str:
    """What remains of the page once the session is complete or expired."""
    words = WORDS[language]
    if session["status"] == "complete":
        said, onward, state = words["paid"].format(amount=_amount(session)), success_address(session), "paid"
    else:
        said, onward, state = words["expired"], session["cancel_url"], "expired"
    link = _link(onward, words["back"], "button") if onward else ""
    heading = words[f"{state}_head"]
    return _frame(language, heading, _alone(heading, said, state, link))


def missing_page(language: str) -> str:
    words = WORDS[language]
    heading = words["missing_head"]
    return _frame(language, heading, _alone(heading, words["missing"], "missing", ""))


def success_address(session: Json) -> str:
    address: str = session["success_url"]
    return address.replace("{CHECKOUT_SESSION_ID}", session["id"])


def policy(session: Json | None) -> str:
    """A content policy that allows the form to end where the session says, and nothing else from outside."""
    onward = {"'self'"}
    for name in ("success_url", "cancel_url"):
        parts = urlsplit((session or {}).get(name) or "")
        if parts.scheme and parts.netloc:
            onward.add(f"{parts.scheme}://{parts.netloc}")
    return (
        "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {' '.join(sorted(onward))}"
    )


def asset(name: str) -> tuple[bytes, str] | None:
    """The stylesheet or a font, with its type. The house's fonts are optional: without them the system's serve."""
    path, kind = _ASSETS.get(name, (None, ""))
    return (path.read_bytes(), kind) if path is not None and path.is_file() else None


def _frame(language: str, title: str, main: str) -> str:
    words = WORDS[language]
    return _FRAME.substitute(
        language="zh-Hans" if language == "zh" else "en",
        title=escape(title),
        banner_head=escape(words["banner_head"]),
        banner=escape(words["banner"]),
        warning=_WARNING,
        main=main,
        footer=escape(words["footer"]),
    )


def _alone(heading: str, said: str, kind: str, link: str) -> str:
    return f'<section class="alone {kind}"><h1>{escape(heading)}</h1><p>{escape(said)}</p>{link}</section>'


def _amount(session: Json) -> str:
    exact = written(session["amount_total"], session["currency"])
    sign = exact.rstrip("0123456789.,")
    return f"{sign}{_NARROW_SPACE}{exact[len(sign) :]}" if len(sign) == 1 else exact


def _bought(session: Json, items: list[Json], words: dict[str, str]) -> str:
    names = "".join(f"<h1>{escape(_counted(item))}</h1>" for item in items[:1])
    others = "".join(f"<li>{escape(_counted(item))}</li>" for item in items[1:])
    more = f"<ul>{others}</ul>" if others else ""
    return (
        f'<section class="bought"><p class="label">{escape(words["paying_for"])}</p>{names}{more}'
        f'<p class="amount">{escape(_amount(session))}</p></section>'
    )


def _counted(item: Json) -> str:
    return f"{item['quantity']} × {item['description']}" if item["quantity"] > 1 else item["description"]


def _cards(words: dict[str, str]) -> str:
    rows = []
    for card in CARDS.values():
        number = " ".join(card.number[start : start + 4] for start in range(0, 16, 4))
        checked = " checked" if card.last4 == "4242" else ""
        outcome = words[card.decline_code or (card.behaviour if card.takes_refunds else "refund_fails")]
        rows.append(
            f'<label class="card"><input type="radio" name="card" value="{card.number}"{checked}>'
            f"<span><b>{escape(outcome)}</b><code>{number}</code></span></label>"
        )
    return "".join(rows)


def _notice(head: str, text: str) -> str:
    return f'<div class="notice" role="alert">{_WARNING}<p><strong>{escape(head)}</strong><br>{escape(text)}</p></div>'


def _link(address: str, text: str, kind: str) -> str:
    return f'<a class="{kind}" href="{escape(address)}">{escape(text)}</a>'
