"""The engine alone: what is carried is done, once at a time, whoever dies meanwhile."""
