"""One module per page: each view parses, authorises, calls one function and renders."""
