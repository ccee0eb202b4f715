"""The API of the marketplace: what is sold, ordered, paid, commissioned and delivered."""
