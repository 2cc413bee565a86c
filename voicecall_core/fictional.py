"""Numbers that regulators keep free for films, books and examples: no phone rings there. Knows nothing of who calls."""

from __future__ import annotations

import re

# North America: NANPA, 555 line number assignment guidelines: 555-0100 to 555-0199 in every area code; of the
# toll-free codes 555-0199 alone.
_NANP = (r"1(?!8(?:00|33|44|55|66|77|88))[2-9]\d\d55501\d\d", r"18(?:00|33|44|55|66|77|88)5550199")
# Germany: Bundesnetzagentur, Mitteilung 148/2021 (Amtsblatt 7/2021, page 489), "Drama Numbers": Berlin, Frankfurt,
# Hamburg, Cologne, Munich.
_GERMANY = (r"49(?:3023125|6990009|4066969|2214710|8999998)\d{3}",)
# United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes": cities, no area at all, mobile,
# freephone, UK-wide. (Those at a premium rate are refused as such.)
_UK = (
    r"441(?:1[3-8]|21|31|41|51|61)4960\d{3}",
    r"44(?:1914980|2079460|2896496|2920180|1632960|7700900|8081570|3069990)\d{3}",
)
_FICTIONAL = re.compile("|".join(rf"\+(?:{each})" for each in (*_NANP, *_GERMANY, *_UK)))


def is_fictional(e164: str) -> bool:
    """Whether a number in E.164 form is one that is kept free for fiction."""
    return _FICTIONAL.fullmatch(e164) is not None
