"""Whether a piece may be sold: what the rules find, and what a reviewer decides."""
