"""The bot is killed at the worst moments, and afterwards everything is there, once."""
