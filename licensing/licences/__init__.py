"""On which terms a piece is held: licence texts, grants, and the certificates that say so."""
