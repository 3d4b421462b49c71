"""When something goes wrong that nobody foresaw: its reference, and what people are told."""

import secrets

REFERENCE_BYTES = 4


def new_reference() -> str:
    """Names one error to the person and in the log."""
    return secrets.token_hex(REFERENCE_BYTES)


def unexpected(reference: str) -> str:
    return (
        f"Something went wrong on our side (reference {reference}). It may not have been "
        "done: look at the card, try again, and give support the reference if it stays so."
    )


def not_answered(reference: str) -> str:
    return (
        f"What you did was taken, but its answer could not be shown (reference {reference}). "
        "Look at the card or at Home to see how things are, and give support the reference."
    )


def not_made(reference: str) -> str:
    return (
        f"The file that you asked for could not be made (reference {reference}). Nothing was "
        "changed; ask for it again, and give support the reference if it stays so."
    )


def not_shown(reference: str) -> str:
    return (
        f"Home could not be shown (reference {reference}). Nothing was changed; try again, and "
        "give support the reference if it stays so."
    )
