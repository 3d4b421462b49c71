"""The demo: sample partners, their rosters night by night, and the people who click."""
