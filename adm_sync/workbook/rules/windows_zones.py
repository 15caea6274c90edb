"""Windows' names of time zones, and the zone that each means (CLDR, windowsZones, territory 001).

What belongs here: the table, to suggest the right name. What does not: accepting such a name.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TABLE = """
afghanistan|Asia/Kabul
alaskan|America/Anchorage
arab|Asia/Riyadh
arabian|Asia/Dubai
arabic|Asia/Baghdad
argentina|America/Buenos_Aires
atlantic|America/Halifax
aus central|Australia/Darwin
aus eastern|Australia/Sydney
azerbaijan|Asia/Baku
azores|Atlantic/Azores
bangladesh|Asia/Dhaka
belarus|Europe/Minsk
canada central|America/Regina
cape verde|Atlantic/Cape_Verde
caucasus|Asia/Yerevan
cen. australia|Australia/Adelaide
central america|America/Guatemala
central asia|Asia/Almaty
central brazilian|America/Cuiaba
central europe|Europe/Budapest
central european|Europe/Warsaw
central pacific|Pacific/Guadalcanal
central|America/Chicago
china|Asia/Shanghai
e. africa|Africa/Nairobi
e. australia|Australia/Brisbane
e. europe|Europe/Chisinau
e. south america|America/Sao_Paulo
eastern|America/New_York
egypt|Africa/Cairo
ekaterinburg|Asia/Yekaterinburg
fiji|Pacific/Fiji
fle|Europe/Kiev
georgian|Asia/Tbilisi
gmt|Europe/London
greenland|America/Godthab
greenwich|Atlantic/Reykjavik
gtb|Europe/Bucharest
hawaiian|Pacific/Honolulu
india|Asia/Calcutta
iran|Asia/Tehran
israel|Asia/Jerusalem
jordan|Asia/Amman
kaliningrad|Europe/Kaliningrad
korea|Asia/Seoul
libya|Africa/Tripoli
magadan|Asia/Magadan
mauritius|Indian/Mauritius
middle east|Asia/Beirut
montevideo|America/Montevideo
morocco|Africa/Casablanca
mountain|America/Denver
myanmar|Asia/Rangoon
n. central asia|Asia/Novosibirsk
namibia|Africa/Windhoek
nepal|Asia/Katmandu
new zealand|Pacific/Auckland
newfoundland|America/St_Johns
north asia east|Asia/Irkutsk
north asia|Asia/Krasnoyarsk
pacific sa|America/Santiago
pacific|America/Los_Angeles
pakistan|Asia/Karachi
romance|Europe/Paris
russian|Europe/Moscow
sa eastern|America/Cayenne
sa pacific|America/Bogota
sa western|America/La_Paz
samoa|Pacific/Apia
se asia|Asia/Bangkok
singapore|Asia/Singapore
south africa|Africa/Johannesburg
sri lanka|Asia/Colombo
syria|Asia/Damascus
taipei|Asia/Taipei
tasmania|Australia/Hobart
tokyo|Asia/Tokyo
tonga|Pacific/Tongatapu
turkey|Europe/Istanbul
ulaanbaatar|Asia/Ulaanbaatar
us eastern|America/Indianapolis
us mountain|America/Phoenix
venezuela|America/Caracas
vladivostok|Asia/Vladivostok
w. australia|Australia/Perth
w. central africa|Africa/Lagos
w. europe|Europe/Berlin
west asia|Asia/Tashkent
west pacific|Pacific/Port_Moresby
yakutsk|Asia/Yakutsk
"""
_ZONES: Mapping[str, str] = MappingProxyType(
    dict(line.split("|") for line in _TABLE.strip().splitlines())
)
_ENDINGS = (" standard time", " daylight time", " summer time")


def windows_zone(key: str) -> str | None:
    """The IANA name of the zone that Windows calls so; `key` is folded. None if it has no such."""
    ending = next((one for one in _ENDINGS if key.endswith(one)), None)
    return _ZONES.get(key.removesuffix(ending)) if ending else None
