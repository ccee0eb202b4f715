"""Checks that our own rows must pass: each is a query that finds nothing while all is well.

The rows of each become the blanks of its sentence. Keys are compared without dashes, as SQLite stores them so.
"""

from django.db import connection

from marketplace.reconciliation import payouts
from marketplace.reconciliation.check import Check

__all__ = ["CHECKS", "in_our_rows"]


CHECKS = [
    Check(
        "entries balance",
        "The ledger entry {} does not balance: {} {} too much.",
        """SELECT e.action, SUM(l.amount_minor), l.currency FROM marketplace_entry e
        JOIN marketplace_line l ON l.entry_id = e.id GROUP BY e.action, l.currency HAVING SUM(l.amount_minor) <> 0""",
    ),
    Check(
        "entries are posted",
        "The ledger entry {} was never posted.",
        "SELECT action FROM marketplace_entry WHERE NOT posted",
    ),
    Check(
        "payments are booked",
        "The payment {} of {} {} was received but is booked {} times.",
        """SELECT p.id, p.amount_minor, p.currency, COUNT(l.id) FROM marketplace_payment p
        LEFT JOIN marketplace_entry e
          ON REPLACE(e.action, '-', '') = 'payment:' || REPLACE(CAST(p.id AS text), '-', '') || ':receipt'
        LEFT JOIN marketplace_line l ON l.entry_id = e.id AND l.amount_minor = p.amount_minor
          AND l.currency = p.currency
        WHERE p.state = 'succeeded' GROUP BY p.id, p.amount_minor, p.currency HAVING COUNT(l.id) <> 1""",
    ),
    Check(
        "receipts have payments",
        "The ledger has {}, but no such payment was received.",
        """SELECT e.action FROM marketplace_entry e WHERE e.kind = 'receipt' AND NOT EXISTS
        (SELECT 1 FROM marketplace_payment p WHERE p.state = 'succeeded'
         AND REPLACE(e.action, '-', '') = 'payment:' || REPLACE(CAST(p.id AS text), '-', '') || ':receipt')""",
    ),
    Check(
        "refunds are booked",
        "The refund {} of {} {} succeeded but is not booked.",
        """SELECT r.id, r.amount_minor, r.currency FROM marketplace_refund r
        WHERE r.state = 'succeeded' AND NOT EXISTS
        (SELECT 1 FROM marketplace_entry e JOIN marketplace_line l ON l.entry_id = e.id
         WHERE REPLACE(e.action, '-', '') = 'refund:' || REPLACE(CAST(r.id AS text), '-', '')
         AND l.amount_minor = -r.amount_minor)""",
    ),
    Check(
        "refunds stay within payments",
        "Of the payment {} over {}, {} went back.",
        """SELECT p.id, p.amount_minor, SUM(r.amount_minor) FROM marketplace_payment p
        JOIN marketplace_refund r ON r.payment_id = p.id AND r.state <> 'failed'
        GROUP BY p.id, p.amount_minor HAVING SUM(r.amount_minor) > p.amount_minor""",
    ),
    Check(
        "orders hold the money that their state says",
        "The order {} is {}, but of what was paid for it {} {} are here.",
        """SELECT id, state, left_minor, currency FROM (SELECT o.id, o.state, o.currency,
          (SELECT COALESCE(SUM(p.amount_minor), 0) FROM marketplace_payment p
           WHERE p.order_id = o.id AND p.state = 'succeeded')
          - (SELECT COALESCE(SUM(r.amount_minor), 0) FROM marketplace_refund r
             JOIN marketplace_payment p ON p.id = r.payment_id
             WHERE p.order_id = o.id AND r.state = 'succeeded') AS left_minor,
          EXISTS (SELECT 1 FROM marketplace_refund r JOIN marketplace_payment p ON p.id = r.payment_id
                  WHERE p.order_id = o.id AND r.state IN ('intended', 'sent')) AS going_back
          FROM marketplace_order o) money
        WHERE (state IN ('paid', 'fulfilled') AND left_minor <= 0)
        OR (state NOT IN ('paid', 'fulfilled') AND left_minor <> 0 AND NOT going_back)""",
    ),
    Check(
        "no payment waits for a person",
        "The payment {} is in review: {}.",
        "SELECT id, problem FROM marketplace_payment WHERE state = 'review'",
    ),
    Check(
        "editions stay within their size",
        "Of {}, {} sold and {} held exceed the edition of {}.",
        "SELECT slug, sold, held, edition_size FROM marketplace_artwork WHERE sold + held > edition_size",
    ),
    Check(
        "editions are counted",
        "{} counts {} editions as sold, but {} were.",
        """SELECT a.slug, a.sold, COUNT(e.id) FROM marketplace_artwork a
        LEFT JOIN marketplace_edition e ON e.artwork_id = a.id GROUP BY a.id, a.slug, a.sold
        HAVING COUNT(e.id) <> a.sold""",
    ),
    Check(
        "holds are counted",
        "{} counts {} editions as held, but {} orders are waiting for payment.",
        """SELECT a.slug, a.held, COUNT(o.id) FROM marketplace_artwork a
        LEFT JOIN marketplace_orderline ol ON ol.artwork_id = a.id
        LEFT JOIN marketplace_order o ON o.id = ol.order_id AND o.state = 'awaiting_payment'
        GROUP BY a.id, a.slug, a.held HAVING COUNT(o.id) <> a.held""",
    ),
    Check(
        "editions were ordered",
        "Number {} of {} was sold to an order that is {}.",
        """SELECT e.number, a.slug, o.state FROM marketplace_edition e
        JOIN marketplace_artwork a ON a.id = e.artwork_id JOIN marketplace_orderline ol ON ol.id = e.order_line_id
        JOIN marketplace_order o ON o.id = ol.order_id WHERE o.state NOT IN ('paid', 'fulfilled', 'refunded')""",
    ),
    Check(
        "paid works have editions",
        "The order {} of {} is {} but has no edition.",
        """SELECT o.id, a.slug, o.state FROM marketplace_orderline ol JOIN marketplace_order o ON o.id = ol.order_id
        JOIN marketplace_artwork a ON a.id = ol.artwork_id WHERE o.state IN ('paid', 'fulfilled')
        AND NOT EXISTS (SELECT 1 FROM marketplace_edition e WHERE e.order_line_id = ol.id)""",
    ),
    Check(
        "delivered commissions hold no deposit",
        "The commission {} is delivered, but {} {} are still held for it.",
        """SELECT c.id, -SUM(l.amount_minor), l.currency FROM marketplace_commission c
        JOIN marketplace_account a
          ON REPLACE(a.code, '-', '') = 'deposit_held:commission:' || REPLACE(CAST(c.id AS text), '-', '')
        JOIN marketplace_line l ON l.account_id = a.id WHERE c.state = 'delivered'
        GROUP BY c.id, l.currency HAVING SUM(l.amount_minor) <> 0""",
    ),
    Check(
        "fulfilled orders have grants",
        "The order {} is fulfilled, but {} has no live licence.",
        """SELECT o.id, ol.description FROM marketplace_orderline ol JOIN marketplace_order o ON o.id = ol.order_id
        WHERE o.state = 'fulfilled' AND ol.artwork_id IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM licensing_grant g
         WHERE REPLACE(g.source, '-', '') = 'order_line:' || REPLACE(CAST(ol.id AS text), '-', '')
         AND g.state = 'live')""",
    ),
    Check(
        "grants were paid",
        "The licence {} is live, but its order {} is {}.",
        """SELECT g.id, o.id, o.state FROM licensing_grant g
        JOIN marketplace_orderline ol
          ON REPLACE(g.source, '-', '') = 'order_line:' || REPLACE(CAST(ol.id AS text), '-', '')
        JOIN marketplace_order o ON o.id = ol.order_id
        WHERE g.state = 'live' AND o.state NOT IN ('paid', 'fulfilled')""",
    ),
    Check(
        "downloads were paid",
        "{} was downloaded under the licence {} after that had ended.",
        """SELECT d.what, g.id FROM marketplace_download d JOIN licensing_grant g ON g.id = d.grant_id
        WHERE g.state = 'revoked' AND d.at > g.revoked_at""",
    ),
    *payouts.CHECKS,
]


def in_our_rows() -> list[str]:
    """What our own rows contradict each other in, one sentence each."""
    found = []
    with connection.cursor() as cursor:
        for check in CHECKS:
            cursor.execute(check.sql)
            found += [check.sentence.format(*row) for row in cursor.fetchall()]
    return found
