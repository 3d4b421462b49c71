"""The stories, the rules and the faults, on SQLite and on PostgreSQL."""
