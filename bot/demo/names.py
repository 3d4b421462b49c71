"""Names of people for made-up rosters; every e-mail address ends in .example."""

import unicodedata
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

_GIVEN = """
Aaliyah Aaron Abdul Abigail Adaeze Adriana Ahmed Aiko Aisha Alejandro Alice Alma Amara Amir
Amy Ana Andre Angela Anika Anthony Antonio Arjun Asha Aurora Ayumi Beatriz Benjamin Bianca
Brandon Brian Camila Carl Carla Cecilia Chidi Chloe Christopher Claire Clara Curtis Daniel
Daniela Darnell David Deepa Denise Diego Dimitri Dolores Donna Edgar Eduardo Elena Elijah Elsa
Emeka Emily Emma Erik Ernesto Esther Ethan Eun-ji Fatima Felix Fernando Fiona Frank Gabriela
George Giulia Gloria Grace Guillermo Hana Hannah Hassan Heather Hector Helen Henry Hiroshi
Ibrahim Imani Ines Irene Isaac Isabel Ivan Jamal James Jasmine Javier Jennifer Jin Joanna João
Jorge José Joseph Joy Juan Julia Kai Karen Keisha Kenji Kevin Khadija Kiran Latoya Laura Leila
Leon Leticia Liam Lin Linh Lucía Luis Mai Malik Marcus María Marta Matthew Mei Michael Miguel
Min-jun Mohammed Monica Nadia Naomi Natalia Nathan Ngozi Nia Nicole Noah Olga Oliver Omar
Oscar Pablo Patricia Paula Pedro Peter Priya Quentin Rachel Rafael Rashid Raúl Rebecca Renée
Ricardo Robert Rosa Ruth Samir Samuel Sandra Sanjay Sara Sean Sofia Stephanie Sunita Svetlana
Tamika Tariq Teresa Terrence Thomas Thuy Tomás Tyrone Uma Valeria Vanessa Victor Vikram Wei
William Ximena Yara Yasmin Yolanda Yusuf Zachary Zainab Zoë
"""

_FAMILY = """
Abbott Abdi Acosta Adeyemi Aguilar Ahmed Ali Allen Alvarez Anderson Andrade Ansah Baker
Banerjee Barnes Becker Begum Bell Bennett Boateng Brooks Brown Bui Butler Campbell Cardenas
Carter Castillo Castro Chang Chaudhry Choi Clark Cohen Coleman Collins Contreras Cooper Cruz
Dang Davis Delgado Desai Diallo Diaz Dominguez Duarte Edwards Eriksen Espinoza Estrada Evans
Farah Fernández Fischer Fisher Flores Foster Franklin Fuentes Gallagher Garcia Gibson Gomez
Gonzales Gordon Graham Grant Green Griffin Guerrero Gupta Gutierrez Hall Hamilton Harris
Hassan Hayes Henderson Hernandez Herrera Hill Hoang Howard Huang Hughes Hussain Huynh Ibarra
Ito Ivanova Jackson James Jensen Jimenez Johnson Jones Juarez Kapoor Kaur Kelly Khan Kim King
Kovacs Kowalski Kumar Lam Le Lee Lewis Li Lopez Luna Malik Marshall Martin Martinez Medina
Mehta Mendoza Meyer Miller Mitchell Mohamed Molina Moore Morales Moreno Morgan Morris Muñoz
Murphy Murray Nakamura Navarro Nelson Ngo Nguyen Novak Nunez O'Brien O'Connor Ochoa Okafor
Okoye Olsen Ortega Ortiz Osman Owens Pacheco Park Parker Patel Patterson Peña Perez Perry Pham
Phillips Popov Powell Price Quinn Ramirez Ramos Rao Reyes Reynolds Richardson Rios Rivera
Roberts Robinson Rodriguez Rojas Romero Rosen Ross Ruiz Russell Ryan Salazar Sanchez Sanders
Sandoval Santiago Santos Sato Schmidt Shah Sharma Silva Singh Smith Soto Sullivan Suzuki
Tanaka Taylor Thomas Thompson Torres Tran Turner Valdez Vargas Vasquez Vega Vu Walker Wang
Ward Washington Watson Weber Wells White Williams Wilson Wong Wood Wright Wu Yamamoto Yang
Young Zamora Zhang Zhou Zimmerman
"""

GIVEN = tuple(_GIVEN.split())
FAMILY = tuple(_FAMILY.split())


def seeded(text: str) -> Random:
    """A random sequence that is the same for the same text, everywhere and always."""
    return Random(text)  # noqa: S311 - nothing here is a secret


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options; by `random()` alone, the one method whose results are promised."""
    return options[int(rng.random() * len(options))]


def plain(name: str) -> str:
    """A name as it stands in an address: "Renée O'Brien" gives "renee" and "obrien"."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in folded.lower() if letter.isalnum())


class Addresses:
    """Hands out one address per person at one domain; a second Ana Flores is ana.flores2."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.taken: dict[str, int] = {}

    def of(self, given: str, family: str) -> str:
        local = f"{plain(given)}.{plain(family)}"
        self.taken[local] = count = self.taken.get(local, 0) + 1
        return f"{local}{count if count > 1 else ''}@{self.domain}"
