"""Checks of what makers were paid: what was set aside, sent and taken back is what the books say."""

from marketplace.reconciliation.check import Check

__all__ = ["CHECKS"]


def _of(name: str, column: str) -> str:
    """An action or an account's code that ends with a row's id, written without dashes as such columns are compared."""
    return f"'{name}:' || REPLACE(CAST({column} AS text), '-', '')"


def _booked(name: str, sentence: str, table: str, suffix: str, state: str) -> Check:
    """That every row in `state` has exactly one entry with its action, over its amount."""
    action = f"{_of(table, 'r.id')} || '{suffix}'"
    return Check(
        name,
        sentence,
        f"""SELECT r.id, r.amount_minor, r.currency, COUNT(l.id) FROM marketplace_{table} r
        LEFT JOIN marketplace_entry e ON REPLACE(e.action, '-', '') = {action}
        LEFT JOIN marketplace_line l ON l.entry_id = e.id AND l.amount_minor = r.amount_minor
          AND l.currency = r.currency
        WHERE {state} GROUP BY r.id, r.amount_minor, r.currency HAVING COUNT(l.id) <> 1""",  # noqa: S608
    )


CHECKS = [
    Check(
        "the books balance",
        "All entries together do not balance: {} {} too much.",
        """SELECT SUM(amount_minor), currency FROM marketplace_line
        GROUP BY currency HAVING SUM(amount_minor) <> 0""",
    ),
    _booked(
        "transfers are set aside", "The transfer {} of {} {} was set aside {} times.", "transfer", ":intended", "1 = 1"
    ),
    _booked(
        "transfers are booked",
        "The transfer {} of {} {} arrived but is booked {} times.",
        "transfer",
        "",
        "r.state = 'succeeded'",
    ),
    _booked(
        "failed transfers are payable again",
        "The transfer {} of {} {} failed but was made payable again {} times.",
        "transfer",
        ":failed",
        "r.state = 'failed'",
    ),
    _booked(
        "reversals are booked",
        "The reversal {} of {} {} succeeded but is booked {} times.",
        "reversal",
        "",
        "r.state = 'succeeded'",
    ),
    Check(
        "what is on its way is being sent",
        "For {} {} {} are set aside, but transfers over {} are on their way.",
        f"""SELECT code, set_aside, currency, unfinished FROM (SELECT a.code, l.currency,
          -SUM(l.amount_minor) AS set_aside, (SELECT COALESCE(SUM(t.amount_minor), 0) FROM marketplace_transfer t
           WHERE REPLACE(a.code, '-', '') = {_of("sending:maker", "t.maker_id")}
           AND t.currency = l.currency AND t.state IN ('intended', 'sent')) AS unfinished
        FROM marketplace_account a JOIN marketplace_line l ON l.account_id = a.id
        WHERE a.code LIKE 'sending:maker:%' GROUP BY a.id, a.code, l.currency) money
        WHERE set_aside <> unfinished""",  # noqa: S608
    ),
    Check(
        "reversals stay within transfers",
        "Of the transfer {} over {}, {} were taken back.",
        """SELECT t.id, t.amount_minor, SUM(r.amount_minor) FROM marketplace_transfer t
        JOIN marketplace_reversal r ON r.transfer_id = t.id AND r.state <> 'failed'
        GROUP BY t.id, t.amount_minor HAVING SUM(r.amount_minor) > t.amount_minor""",
    ),
    Check(
        "no payout waits for a person",
        "The {} {} waits for a person: {}",
        """SELECT 'transfer', id, problem FROM marketplace_transfer WHERE state = 'sent' AND problem <> ''
        UNION ALL SELECT 'reversal', id, problem FROM marketplace_reversal WHERE state = 'sent' AND problem <> ''""",
    ),
]
