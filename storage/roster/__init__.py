"""A snapshot against what is stored: compare makes a plan, apply carries it out."""
