"""A payment sandbox that speaks Stripe's protocol on loopback: the real SDK works with no account and no network.

It runs as its own process (`python -m marketplace.payments.sandbox`), keeps its state in one SQLite file, and may not
know anything of the site: it learns what there is to know over HTTP, as Stripe would.
"""
