"""What is known, and which changes are legal. Knows no Slack, no HTTP and no settings."""
