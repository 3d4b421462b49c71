"""What happens to each sample district, night by night, as edits to whatever its files hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.demo import districts
from bot.demo.districts import FAMILY_NAME, District, School
from bot.demo.names import FAMILY
from bot.demo.nights import Change, Night
from bot.demo.oneroster import USERS, Row


@dataclass(frozen=True)
class Plot:
    """One night of one district, in school codes and numbers of people."""

    gone: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    renewed: tuple[tuple[str, str], ...] = ()
    opened: tuple[School, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    joined: int = 0
    left: int = 0
    married: int = 0
    moved: int = 0
    header: str = ""


FIRST_NIGHT = 1
QUIET = Plot()

STORY: dict[str, tuple[Plot, ...]] = {
    "lincoln-usd": (
        Plot(gone=("0012", "0031"), joined=3, left=2, married=2, moved=1),
        Plot(gone=("0015", "0103"), back=("0012",), joined=1),
        Plot(renewed=(("0031", "9031"),), opened=(School("0303", "Bay STEM Academy"),), moved=2),
        Plot(back=("0103",), married=1, left=3),
        Plot(renamed=(("0001", "Adams Elementary School of the Arts"),), joined=2),
    ),
    "cedar-valley": (
        Plot(gone=("00402",), joined=1, left=1, married=1),
        QUIET,
        Plot(header="lost"),
        Plot(header="found", back=("00402",), joined=2),
        QUIET,
    ),
    "riverside-isd": (
        Plot(gone=("00710", "00711"), joined=1, married=1),
        Plot(back=("00710",), left=1),
        Plot(joined=2, moved=1),
        Plot(gone=("00712", "00714", "00721", "00731")),
        Plot(back=("00712", "00714", "00721", "00731")),
    ),
    # The year ends: every town but the first is no longer shared.
    "golden-plains": (
        Plot(gone=tuple(s.code for s in districts.PLAINS.schools if s.code[:2] != "01")),
    ),
    "harbor-point": (
        Plot(gone=("0120",), joined=1, married=1),
        Plot(gone=("0210",), back=("0120",)),
        QUIET,
        Plot(back=("0210",), joined=1),
        Plot(renamed=(("0320", "Maritime Academy"),)),
    ),
    "granite-falls": (
        Plot(gone=("012",), joined=1),
        Plot(back=("012",), left=1),
        Plot(gone=("013", "021")),
        Plot(back=("021",)),
        QUIET,
    ),
    "mesa-verde": (
        Plot(gone=("103", "201"), joined=1),
        Plot(gone=("104",), back=("103",), married=1),
        Plot(back=("201",)),
        QUIET,
        Plot(back=("104",), joined=2),
    ),
    "blue-ridge": (
        Plot(gone=("308",), joined=1, left=1),
        Plot(gone=("316",), back=("308",), joined=1, married=1),
        QUIET,
        Plot(back=("316",)),
        Plot(renamed=(("304", "Dogwood Community School"),)),
    ),
    "northwind": (Plot(gone=("02",), joined=2, left=1),),
}

NIGHTS = FIRST_NIGHT + max(len(plots) for plots in STORY.values())


def nights(district: District, staff: list[Row]) -> Iterator[tuple[int, Night]]:
    """The district's nights after the first; the staff are those of the first."""
    cast = _Cast(district, STORY[district.slug], staff)
    for number, plot in enumerate(STORY[district.slug], FIRST_NIGHT + 1):
        yield number, cast.night(plot)


@dataclass
class _Cast:
    """Hands out people for ordinary changes: nobody twice, nobody of a school in the story."""

    district: District
    plots: tuple[Plot, ...]
    staff: list[Row]
    quiet: list[str] = field(init=False)
    extras: Iterator[Row] = field(init=False)
    newcomers: Iterator[Row] = field(init=False)

    def __post_init__(self) -> None:
        codes = [school.code for school in self.district.schools]
        busy = {code for plot in self.plots for code in plot.gone}
        self.quiet = [code for code in codes if code not in busy]
        self.extras = self._extras()
        places = [place for plot in self.plots for place in self._places(plot)]
        self.newcomers = districts.newcomers(self.district, self.staff, places)

    def _places(self, plot: Plot) -> list[str]:
        opened = [school.code for school in plot.opened for _ in range(8)]
        return [*opened, *(self.quiet[7 * n % len(self.quiet)] for n in range(plot.joined))]

    def _extras(self) -> Iterator[Row]:
        quiet = {self.district.school_id(code) for code in self.quiet}
        ordinary = self.staff[len(self.district.pins) + len(self.district.schools) :]
        return (row for row in ordinary[5::7] if row[USERS.index("orgSourcedIds")] in quiet)

    def night(self, plot: Plot) -> Night:
        identity = self.district.school_id
        pins = len(self.district.pins)
        return Night(
            gone=[identity(code) for code in plot.gone],
            back=[identity(code) for code in plot.back],
            renewed={identity(old): identity(new) for old, new in plot.renewed},
            opened=[list(districts.org(self.district, school)) for school in plot.opened],
            joined=[list(next(self.newcomers)) for _ in self._places(plot)],
            left=[next(self.extras)[0] for _ in range(plot.left)],
            changed=[*self._married(plot.married), *self._moved(plot.moved)],
            renamed=[self._renamed(code, name) for code, name in plot.renamed],
            pinned=[row[0] for row in self.staff[:pins]] if plot.gone else [],
            header=plot.header,
        )

    def _married(self, count: int) -> Iterator[Change]:
        for _ in range(count):
            row = next(self.extras)
            old = row[FAMILY_NAME]
            new = next(name for name in FAMILY[int(row[11]) % 100 :] if name != old)
            yield Change(row[0], "familyName", old, new)

    def _moved(self, count: int) -> Iterator[Change]:
        for number in range(count):
            row = next(self.extras)
            old = row[USERS.index("orgSourcedIds")]
            places = [self.district.school_id(code) for code in self.quiet]
            new = places[(places.index(old) + 1 + number) % len(places)]
            yield Change(row[0], "orgSourcedIds", old, new)

    def _renamed(self, code: str, name: str) -> Change:
        old = next(school.name for school in self.district.schools if school.code == code)
        return Change(self.district.school_id(code), "name", old, name)
