"""Many partners with many people, some of whose schools are frozen, stored without a sync."""

from typing import Any

from sqlalchemy import text

from storage.database import Database

PARTNERS, SCHOOLS, STAFF = 20, 50, 1_200
NUMBERS = """
WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {count})
"""
NOW = "'2026-09-01 02:00:00.000000'"

# Keys count from 1, through all partners; the numbers in the source's ids from 0, in each.
PARTNER_ROWS = f"""
INSERT INTO partners (id, slug, name, timezone, channel, admins, viewers, pause_windows, breaker,
                      source, created_at)
{NUMBERS.format(count=PARTNERS)}
SELECT i + 1, 'partner-' || (i + 1), 'Partner', 'UTC', 'C' || i, '[]', '[]', '[]', '{{}}', '{{}}',
       {NOW}
FROM numbers
"""
SCHOOL_ROWS = f"""
INSERT INTO schools (id, partner_id, source_id, number, name, status, present, version, since)
{NUMBERS.format(count=PARTNERS * SCHOOLS)}
SELECT i + 1, i / {SCHOOLS} + 1, 's' || (i % {SCHOOLS}), '', 'School',
       CASE WHEN i % {SCHOOLS} % 10 = 0 THEN 'frozen' ELSE 'active' END, true, 9, {NOW}
FROM numbers
"""
ACCOUNT_ROWS = f"""
INSERT INTO accounts (id, partner_id, source_id, email, email_folded, given_name, family_name,
                      manual, claimed)
{NUMBERS.format(count=PARTNERS * STAFF)}
SELECT i + 1, i / {STAFF} + 1, 'u' || (i % {STAFF}), 'U' || (i % {STAFF}) || '@example.org',
       'u' || (i % {STAFF}) || '@example.org', 'Kim', 'Doe', false, true
FROM numbers
"""
# Everybody works at one school, and every third person at a second one.
FIRST = f"i / {STAFF} * {SCHOOLS} + i % {STAFF} % {SCHOOLS} + 1"
SECOND = f"i / {STAFF} * {SCHOOLS} + (i % {STAFF} + 7) % {SCHOOLS} + 1"
MEMBERSHIP_ROWS = f"""
INSERT INTO memberships (account_id, school_id, claimed, manual)
{NUMBERS.format(count=PARTNERS * STAFF)}
SELECT i + 1, {FIRST}, true, false FROM numbers
UNION ALL SELECT i + 1, {SECOND}, true, false FROM numbers WHERE i % {STAFF} % 3 = 0
"""
RELEASE_ROWS = f"""
INSERT INTO releases (school_id, version, account_id, by, by_name, reason, at)
{NUMBERS.format(count=PARTNERS * STAFF)}
SELECT {FIRST}, {{version}}, i + 1, 'U0SUE', 'Sue', 'so it is', {NOW} FROM numbers
WHERE {{whom}}
"""
ROWS = (
    PARTNER_ROWS,
    SCHOOL_ROWS,
    ACCOUNT_ROWS,
    MEMBERSHIP_ROWS,
    # Everybody was released from an earlier freeze, and those with even numbers from this one.
    RELEASE_ROWS.format(version=3, whom="true"),
    RELEASE_ROWS.format(version=9, whom="i % 2 = 0"),
)


def built(database: Database) -> None:
    """20 partners of 50 schools and 1,200 people; every tenth school is frozen."""
    with database.transaction() as connection:
        for rows in ROWS:
            connection.execute(text(rows))
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if database.sqlite:
            driver.execute("ANALYZE")
        else:
            driver.autocommit = True
            driver.execute("VACUUM ANALYZE")
            driver.autocommit = False


def locked_numbers(first: int) -> set[int]:
    """Who of the first so many people of a partner is locked, by their numbers."""
    return {
        number
        for number in range(first)
        if (number % 2 and number % SCHOOLS % 10 == 0)
        or (number % 3 == 0 and (number + 7) % SCHOOLS % 10 == 0)
    }
