"""The fictional tutorial company: where it teaches, who teaches, what, and at which price.

What belongs here: the company as plain values, the way its own tutorial tables have it. What does
not: how Administrate differs (`planted`), or writing either side (`tutorial_side`,
`administrate_side`). Nothing is random: the same company every time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

NAME = "Larkfield Tutorials"
FOUNDED = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Location:
    """A town; `mark` is how course template codes abbreviate it."""

    name: str
    code: str
    mark: str
    region: str = "United Kingdom"


@dataclass(frozen=True, slots=True)
class Venue:
    """A place to teach at; `location` is the name of its town."""

    location: str
    name: str


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody who works for the company."""

    first_name: str
    last_name: str
    is_active: bool = True

    @property
    def name(self) -> str:
        """Both names, as lists show them."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class CourseTemplate:
    """A course that can be scheduled: a subject in a town, or without a town at all.

    `half_days` is the number of half-day sessions; 0 for what has no classroom. `variation` is the
    part of the code that says which kind of tutorial it is (`LO_6`, `OC`, `WAITLIST`).
    """

    code: str
    subject: str
    variation: str
    title: str
    half_days: int = 0
    location: Location | None = None

    @property
    def learning_mode(self) -> str:
        """Administrate's word for how it is taught."""
        if self.code == CLASSROOM_ONLY:
            return "classroom"
        return "blended" if self.half_days else "lms"


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """A kind of price; `factor` is its share of the full price."""

    name: str
    description: str
    factor: Decimal


LOCATIONS = (
    Location("London", "LON", "LO"),
    Location("Manchester", "MAN", "MA"),
    Location("Birmingham", "BIR", "BI"),
    Location("Leeds", "LEE", "LE"),
    Location("Bristol", "BRI", "BR"),
    Location("Milton Keynes", "MKY", "MK"),
    Location("Edinburgh", "EDI", "ED"),
    Location("Glasgow", "GLA", "GL"),
    Location("Dublin", "DUB", "DU", region="Ireland"),
    Location("Online", "ONL", "ON"),
)

VENUES = tuple(
    Venue(location, name)
    for location, names in {
        "London": (
            "Bell Yard Rooms",
            "Candlewick Hall",
            "Conference Room A",
            "Fenwright Centre",
            "Lothbury Suite",
            "The Ropewalk",
        ),
        "Manchester": ("Irwell House", "Oxford Road Annexe", "Quayside House", "Tib Lane Studios"),
        "Birmingham": ("Gas Street Rooms", "Jewellers' Court", "Newhall Chambers"),
        "Leeds": ("Aire Street Hall", "Park Row Suite", "The Assay Room"),
        "Bristol": ("Guildhall Chambers", "Quayside House", "Temple Gate Rooms"),
        "Milton Keynes": ("Bletcham Way Centre",),
        "Glasgow": ("Clyde Street Hall", "Tollgate House"),
        "Dublin": ("Liffey Court", "Pearse Rooms"),
        "Online": ("Virtual classroom",),
    }.items()
    for name in names
)

RETIRED = "Rupert Lindmoor"


def _person(name: str) -> Employee:
    first_name, last_name = name.split(maxsplit=1)
    return Employee(first_name, last_name, is_active=name != RETIRED)


INSTRUCTORS = tuple(
    _person(name)
    for name in (
        "Adewale Brightmore",
        "Agnes Tolliver",
        "Benedict Oakhurst",
        "Camille Drayford",
        "Cedric Mawson-Leigh",
        "Deepa Rangawell",
        "Edmund Farthingale",
        "Eleni Marcoullis",
        "Farida Khan-Moss",
        "Gareth Penhallow",
        "Hester Wyndcliffe",
        "Imogen Vale",
        "Jocelyn Abara",
        "Katherine Ashdown",
        "Leopold Sandringway",
        "Mairead O'Tarrant",
        "Nikolai Bramwell",
        "Odette Carrow",
        "Percival Dunmore",
        "Quentin Hallowes",
        "Rosalind Teague",
        RETIRED,
        "Saoirse Kilbrennan",
        "Tobias Merriden",
        "Ursula van der Heyde",
        "Vikram Sellapur",
        "Winifred Stroud",
        "Xanthe Polwarth",
        "Yusuf Calderbrook",
        "Zo\u00eb Hartigan",
    )
)

# Those who look after events.
OFFICE = tuple(_person(name) for name in ("Marguerite Pellow", "Dominic Stanhoe"))

SUBJECTS = {
    "CB1": "Business Finance",
    "CB2": "Business Economics",
    "CB3": "Business Management",
    "CM1": "Actuarial Mathematics",
    "CM2": "Financial Engineering",
    "CS1": "Actuarial Statistics",
    "CS2": "Risk Modelling",
    "CP1": "Actuarial Practice",
    "CP2": "Modelling Practice",
    "CP3": "Communications Practice",
    "SP1": "Health and Care",
    "SP2": "Life Insurance",
    "SP4": "Pensions",
    "SP5": "Investment",
    "SP6": "Derivatives",
    "SP7": "Reserving",
    "SP8": "Pricing",
    "SP9": "Enterprise Risk",
    "SA1": "Advanced Health and Care",
    "SA2": "Advanced Life Insurance",
    "SA3": "Advanced General Insurance",
    "SA4": "Advanced Pensions",
    "SA7": "Advanced Investment",
}

# Subject -> the towns it is taught in, each with the number of half days.
CLASSROOMS = {
    "CB1": "LO_6 LO_3 MA_4 BI_4 DU_3",
    "CB2": "LO_6 LO_3 MA_4 LE_4",
    "CB3": "LO_1 MA_1 BR_1",
    "CM1": "LO_8 LO_4 MA_8 BI_4 MK_4 DU_4",
    "CM2": "LO_6 LO_4 MA_4 BR_4 DU_4",
    "CS1": "LO_8 LO_4 MA_4 LE_4 GL_4",
    "CS2": "LO_8 LO_4 MA_4 GL_4",
    "CP1": "LO_6 LO_5 MA_5 BI_5 DU_5",
    "CP2": "LO_2 MA_2",
    "CP3": "LO_2 DU_2",
    "SP1": "LO_3",
    "SP2": "LO_4 MA_4",
    "SP4": "LO_4 LE_3",
    "SP5": "LO_3",
    "SP6": "LO_3",
    "SP7": "LO_3",
    "SP8": "LO_3",
    "SP9": "LO_4 BR_3",
    "SA1": "LO_2",
    "SA2": "LO_3",
    "SA3": "LO_3",
    "SA4": "LO_2",
    "SA7": "LO_2",
}
WAITING_LIST_SERIES = ("SP", "SA")
# It has no part in the learning platform.
CLASSROOM_ONLY = "CB3_BR_1"

PRICE_LEVELS = (
    PriceLevel("Standard", "The full price of a tutorial", Decimal(1)),
    PriceLevel("Early booking", "Booked eight weeks ahead or more", Decimal("0.90")),
    PriceLevel("Retaker", "For those who have taken the course before", Decimal("0.75")),
)
PRICE_OF_HALF_DAY = Decimal(115)
PRICE_OF_ONLINE_CLASSROOM = Decimal(220)


def classroom(subject: str, variation: str) -> CourseTemplate:
    """A template taught in a town; `variation` is the town's mark and the half days (`LO_6`)."""
    mark, half_days = variation.split("_")
    (location,) = [location for location in LOCATIONS if location.mark == mark]
    days = "1 half day" if half_days == "1" else f"{half_days} half days"
    return CourseTemplate(
        code=f"{subject}_{variation}",
        subject=subject,
        variation=variation,
        title=f"{subject} {SUBJECTS[subject]}, {location.name}, {days}",
        half_days=int(half_days),
        location=location,
    )


def _online_classroom(subject: str) -> CourseTemplate:
    title = f"{subject} {SUBJECTS[subject]}, online classroom"
    return CourseTemplate(f"OC_{subject}", subject, "OC", title)


def _waiting_list(subject: str) -> CourseTemplate:
    title = f"{subject} {SUBJECTS[subject]}, waiting list"
    return CourseTemplate(f"WAITLIST_{subject}", subject, "WAITLIST", title)


COURSE_TEMPLATES = (
    *(
        classroom(subject, variation)
        for subject, variations in CLASSROOMS.items()
        for variation in variations.split()
    ),
    *(
        _waiting_list(subject)
        if subject.startswith(WAITING_LIST_SERIES)
        else _online_classroom(subject)
        for subject in SUBJECTS
    ),
)


def price(template: CourseTemplate, level: PriceLevel) -> Decimal | None:
    """What the template costs at that level, to the penny; None where nothing is sold."""
    if template.half_days:
        full = PRICE_OF_HALF_DAY * template.half_days
    elif template.variation == "OC":
        full = PRICE_OF_ONLINE_CLASSROOM
    else:
        return None
    return (full * level.factor).quantize(Decimal("0.01"))
