"""A roster that cannot be meant, given what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class ComparisonFault(RosterFault):
    """Found by comparing with what is stored, not by reading."""


@dataclass(eq=False)
class LeadingZeros(ComparisonFault):
    """`pairs` are (known id, id in this roster), the sentence shows the first five."""

    pairs: tuple[tuple[str, str], ...]
    code = "leading_zeros"
    sentence = (
        "Ids differ from the known ones only by zeros in front: {pairs}. "
        "A spreadsheet has probably made numbers of them; export again with ids as text. Where "
        "both are real, the support team says so with `recess partners tell-apart`."
    )

    def _fields(self) -> Iterator[tuple[str, object]]:
        yield "pairs", tuple(f"{known} is now {given}" for known, given in self.pairs[:5])


@dataclass(eq=False)
class NoSchoolsOnFirstRun(ComparisonFault):
    code = "no_schools_on_first_run"
    sentence = (
        "The first roster of this partner has no school in it. "
        "Check that organizations of type school are shared, then sync again."
    )


@dataclass(eq=False)
class NoSchoolsInNewSource(ComparisonFault):
    code = "no_schools_in_new_source"
    sentence = (
        "The new source of this partner has no school in it, so none can be matched. "
        "Check that it is the right one and that its schools are shared, then sync again."
    )
