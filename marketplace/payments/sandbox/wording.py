"""What the payment page says, in English and in Simplified Chinese."""

from __future__ import annotations

__all__ = ["WORDS", "choose_language"]

Words = dict[str, str]

WORDS: dict[str, Words] = {
    "en": {
        "banner_head": "This is a rehearsal.",
        "banner": "No real money moves, and no real card is asked for.",
        "paying_for": "You are paying for",
        "choose": "Choose a card",
        "choose_help": "Five cards for trying things out. Each always behaves the same.",
        "pays": "The bank says yes",
        "asks": "The bank asks you first",
        "generic_decline": "The bank says no",
        "insufficient_funds": "Not enough money on it",
        "refund_fails": "The bank says yes, a refund fails later",
        "receipt": "Receipt to {email}",
        "until": "This page stays open until {time} UTC.",
        "pay": "Pay {amount}",
        "leave": "Leave without paying",
        "declined_head": "The bank said no. You were not charged.",
        "declined_generic_decline": "Try another card.",
        "declined_insufficient_funds": "There is not enough money on this card. Try another one.",
        "declined_authentication": "The payment was not confirmed. Try again, or use another card.",
        "choose_first_head": "No card was chosen.",
        "choose_first": "Choose one of the five, then pay.",
        "bank_head": "Your bank asks",
        "bank": "Do you want to pay {amount} to Vernissage with the card ending in {last4}?",
        "bank_note": "With a real card this step belongs to your bank, and may ask for a code.",
        "approve": "Yes, pay {amount}",
        "refuse": "No, do not pay",
        "paid_head": "Paid",
        "paid": "{amount} has been received. You need not pay again.",
        "back": "Back to Vernissage",
        "expired_head": "This page has closed",
        "expired": "The time to pay ran out, or the payment was called off. You were not charged.",
        "missing_head": "There is nothing to pay here",
        "missing": "This address names no payment. Go back to where you came from and begin again.",
        "setup_head": "Where your money goes",
        "setup": "Here Stripe would ask for your name, your address, your bank account and a proof of identity.",
        "setup_all": "Give everything",
        "setup_no_proof": "Give all but the proof of identity",
        "setup_leave": "Leave without answering",
        "footer": "This sandbox stands in for Stripe on this computer.",
    },
    "zh": {
        "banner_head": "这是一次演练。",
        "banner": "不会动用真实资金，也不需要真实的银行卡。",
        "paying_for": "您正在支付",
        "choose": "选择一张卡",
        "choose_help": "五张试用卡，各自的结果始终不变。",
        "pays": "银行批准",
        "asks": "银行先请您确认",
        "generic_decline": "银行不批准",
        "insufficient_funds": "余额不足",
        "refund_fails": "银行批准，但之后退款会失败",
        "receipt": "收据寄往 {email}",
        "until": "此页面保留至 {time} UTC。",
        "pay": "支付 {amount}",
        "leave": "不付款，返回",
        "declined_head": "银行未批准，您没有被扣款。",
        "declined_generic_decline": "请换一张卡再试。",
        "declined_insufficient_funds": "这张卡余额不足，请换一张卡再试。",
        "declined_authentication": "付款未经确认。请重试，或换一张卡。",
        "choose_first_head": "尚未选择银行卡。",
        "choose_first": "请从五张卡中选择一张，然后付款。",
        "bank_head": "银行需要您确认",
        "bank": "是否用尾号 {last4} 的卡向 Vernissage 支付 {amount}？",
        "bank_note": "使用真实的银行卡时，这一步由您的银行完成，可能需要输入验证码。",
        "approve": "确认支付 {amount}",
        "refuse": "不支付",
        "paid_head": "已付款",
        "paid": "{amount} 已收到，您无需再次付款。",
        "back": "返回 Vernissage",
        "expired_head": "此页面已关闭",
        "expired": "付款时间已过，或付款已取消。您没有被扣款。",
        "missing_head": "这里没有待付款项",
        "missing": "此地址没有对应的付款。请返回上一页重新开始。",
        "setup_head": "您的收款方式",
        "setup": "Stripe 会在这里询问您的姓名、地址、银行账户和身份证明。",
        "setup_all": "全部提供",
        "setup_no_proof": "除身份证明外全部提供",
        "setup_leave": "不填写，返回",
        "footer": "此沙盒在本机代替 Stripe。",
    },
}


def choose_language(locale: str | None, accept_language: str) -> str:
    """The session's own locale decides; left to the browser, its first language that the page speaks does."""
    asked = [locale] if locale and locale != "auto" else accept_language.split(",")
    for tag in asked:
        language = tag.split(";")[0].strip().lower().partition("-")[0]
        if language in WORDS:
            return language
    return "en"
