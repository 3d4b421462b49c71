"""Servers on loopback that answer as a partner's roster service does."""
