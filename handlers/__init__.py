"""What people do in Slack: one file per story, and the pictures they are shown."""
