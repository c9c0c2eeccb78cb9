"""Who runs an installation, as every page says at its head and foot."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final, NamedTuple

from api.errors import Unavailable

FRESH_SECONDS: Final = 5.0

ReadDistrict = Callable[[], Awaitable[Sequence[str | None] | None]]
"""Reads the district's name and telephone; None where there is no district yet. Raises `Unavailable`."""


class Imprint(NamedTuple):
    """The district by its name and telephone, and what the settings say of whoever runs its installation. `site` is the host that
    its addresses begin with."""

    site: str
    district: str | None = None
    district_phone: str | None = None
    sponsor: str | None = None
    sponsor_phone: str | None = None
    sponsor_address: str | None = None
    filing_number: str | None = None

    @property
    def phone(self) -> str | None:
        """Whom to call where no branch is known."""
        return self.district_phone or self.sponsor_phone


class Imprints:
    """The imprint as a process knows it. The district's part is read again by whoever asks once it is five seconds old, so that no
    scan has to read it along; while it cannot be read, it stays as it was."""

    def __init__(self, imprint: Imprint, read_district: ReadDistrict) -> None:
        self.known = imprint
        self._read_district = read_district
        self._stale_at = 0.0

    async def get(self) -> Imprint:
        now = monotonic()
        if now >= self._stale_at:
            # Whoever comes meanwhile is given what is known already.
            self._stale_at = now + FRESH_SECONDS
            try:
                district = await self._read_district()
            except Unavailable:
                return self.known
            if district is not None:
                self.known = self.known._replace(district=district[0], district_phone=district[1])
        return self.known
