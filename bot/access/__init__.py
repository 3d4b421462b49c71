"""The access API: whether an account is locked, for the product that asks at its door."""
