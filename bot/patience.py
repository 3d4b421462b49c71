"""How long a transaction waits for whoever holds the partner's lock, or on SQLite the database.

The longest that holds one is a large roster being stored: on SQLite the first one of a million
people takes 21 seconds. A click cannot wait for that (handlers/patience.py) and is told so.
"""

# Of a job, for which nobody waits at a screen; when it gives up, its work may lie until the sweep.
# A sync is the same work when a command does it, and takes its time anyway.
JOB = 60.0
# A change that somebody makes in the shell: rather a refusal in a sentence than a silent terminal.
COMMAND = 30.0
