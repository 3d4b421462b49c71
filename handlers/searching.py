"""How what somebody typed finds a school, a partner or a person: alike wherever it is typed."""

import unicodedata


def folded(text: str) -> str:
    """To compare what people type: without case, accents and doubled blanks."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


def fits(typed: str, *named: str) -> bool:
    """Whether every word that was typed, or what there is of it so far, is in one of the names."""
    words = folded(typed).split()
    about = folded(" ".join(named)) if words else ""
    return all(word in about for word in words)
