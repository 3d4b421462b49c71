"""The pictures: pure functions of what is stored, within Slack's limits."""
