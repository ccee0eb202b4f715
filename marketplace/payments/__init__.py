"""Money: what is said to the payment provider. Knows nothing of orders."""
