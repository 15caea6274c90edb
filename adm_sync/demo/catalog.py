"""What the fictional company sells: exam sessions, products and their variations.

What belongs here: the catalogue as plain values, complete enough that every course template and
sitting finds its product. What does not: the courses themselves (`company`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from adm_sync.demo.company import COURSE_TEMPLATES, SUBJECTS, CourseTemplate


@dataclass(frozen=True, slots=True)
class SoldExamSession:
    """A sitting; `code` is the year and month of its exams."""

    code: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Variation:
    """A way in which a product is sold. Only `kind` Tutorial is a tutorial."""

    product: str
    kind: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What can be bought: a variation, of one subject, for one exam session."""

    subject: str
    exam_session: str
    variation: str

    @property
    def code(self) -> str:
        """The code that the shop shows."""
        return f"{self.subject}/{self.variation}/{self.exam_session}"


EXAM_SESSIONS = (
    SoldExamSession(
        "2026-04", datetime(2026, 4, 13, 8, 0, tzinfo=UTC), datetime(2026, 4, 30, 17, 0, tzinfo=UTC)
    ),
    SoldExamSession(
        "2026-09", datetime(2026, 9, 14, 8, 0, tzinfo=UTC), datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    ),
    SoldExamSession(
        "2027-04", datetime(2027, 4, 12, 8, 0, tzinfo=UTC), datetime(2027, 4, 30, 17, 0, tzinfo=UTC)
    ),
    SoldExamSession(
        "2027-09", datetime(2027, 9, 13, 8, 0, tzinfo=UTC), datetime(2027, 9, 30, 17, 0, tzinfo=UTC)
    ),
)

# Short name -> full name.
CATALOG_PRODUCTS = {"TUT": "Tutorial", "CN": "Course Notes"}

MATERIALS = (
    Variation("CN", "Printed", "Printed notes", "CN_P"),
    Variation("CN", "eBook", "Electronic notes", "CN_E"),
)


def _variation_code(template: CourseTemplate) -> str:
    return f"{template.variation}H" if template.half_days else template.variation


def _tutorial_variations() -> dict[str, Variation]:
    variations = {}
    for template in COURSE_TEMPLATES:
        code = _variation_code(template)
        name = template.title.partition(", ")[2]
        variations[code] = Variation("TUT", "Tutorial", name, code)
    return variations


VARIATIONS = (*_tutorial_variations().values(), *MATERIALS)

PRODUCTS = tuple(
    SoldProduct(subject, exam_session.code, variation)
    for exam_session in EXAM_SESSIONS
    for subject, variation in (
        *((template.subject, _variation_code(template)) for template in COURSE_TEMPLATES),
        *((subject, variation.code) for subject in SUBJECTS for variation in MATERIALS),
    )
)
