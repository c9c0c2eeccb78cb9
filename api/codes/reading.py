"""What stands in QR codes: the text of printed and of dynamic codes, and how it is read.

The first character tells what a code is: a letter for each printed thing, `1` for a dynamic code.
"""

import re
import secrets
import struct
from collections.abc import Callable
from typing import Final, NamedTuple, Self
from urllib.parse import quote

from stdnum.iso7064 import mod_37_36

from api.status_lists.rules import SIZE
from models.enums import PlateKind

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O, which are taken for digits, and no U."""

RANDOM_BITS: Final = 65
"""With 300 million codes alive, who guesses a hundred times a second finds one in 39 years; at 50 bits, in ten hours."""

_VENUE: Final = "V"
_LETTERS: Final = {
    PlateKind.name_badge: "B",
    PlateKind.desk_plate: "D",
    PlateKind.post_plate: "P",
    PlateKind.window_plate: "W",
    PlateKind.household_plate: "H",
}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}

_LONGEST_TYPED: Final = 64
_LONGEST_AMONG_WORDS: Final = 300
_LONGEST_ADDRESS: Final = 2048
_ADDRESS: Final = re.compile(r"(?:https?://)?[^/?#]*/C/([^/?#]*)(?:/\s*)?(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_HOST: Final = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:@]+)", re.IGNORECASE)
_PRINTED: Final = re.compile(f"[{_VENUE}{''.join(_KINDS)}][{ALPHABET}]{{14}}")
_DYNAMIC: Final = re.compile("1[0-9]{198}")

_SPACES: Final = " \t\n\v\f\r\u0085\u00a0\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_HYPHENS: Final = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_DOTS: Final = ".\u00b7\u2022\u2027\u2219\u22c5\u3002\u30fb\uff0e\uff61\uff65"
_UNSEEN: Final = "\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
# What people put between the groups, what a keyboard makes of it, and what a message that is copied brings along.
_SEPARATORS: Final = _SPACES + _HYPHENS + _DOTS + _UNSEEN
_PIECES: Final = re.compile(f"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ{re.escape(_SEPARATORS)}]+")
"""What can belong to a code; between such pieces stands something else."""
_FULL_WIDTH: Final = {code + 0xFEE0: chr(code) for code in range(ord("!"), ord("~") + 1)}
_FORGIVEN: Final = str.maketrans(
    {separator: None for separator in _SEPARATORS}
    | {letter.lower(): letter for letter in ALPHABET}
    | {"O": "0", "o": "0", "I": "1", "i": "1", "L": "1", "l": "1"}
)


class PrintedCode(NamedTuple):
    """A code on a plate: which kind of plate, and the 15 characters as they are stored."""

    kind: PlateKind
    text: str


class VenueCode(NamedTuple):
    """A code on the sign of a venue, which stands for no card: the 15 characters as they are stored."""

    text: str


class DynamicCode(NamedTuple):
    """A code on a phone: the card, when and for how many seconds it was shown, its place in the status lists, and the signature.

    ValueError where its bytes are asked for and cannot hold a value.
    """

    credential_number: int
    issued_at: int
    """Seconds since 1970."""
    lifetime: int
    """Seconds."""
    status_list: int
    status_index: int
    key_slot: int
    signature: bytes
    """ES256, r then s, 32 bytes each."""

    @property
    def signed_bytes(self) -> bytes:
        """The 18 bytes before the signature: what is signed."""
        try:
            card, place = self.credential_number.to_bytes(6), self.status_index.to_bytes(3)
            data = _FIELDS.pack(_FORMAT, card, self.issued_at, self.lifetime, self.status_list, place, self.key_slot)
        except (struct.error, OverflowError):
            raise ValueError(_OUT_OF_BOUNDS) from None
        if self.status_index >= SIZE:
            raise ValueError(_OUT_OF_BOUNDS)
        return data

    def pack(self) -> str:
        """The code's text: `1` and 198 decimal digits, which a QR code holds in three and a third bits each."""
        if len(self.signature) != _SIGNATURE:
            raise ValueError(_OUT_OF_BOUNDS)
        return f"1{int.from_bytes(self.signed_bytes + self.signature):0198d}"

    @classmethod
    def unpack(cls, text: str) -> Self | None:
        """Read what `pack` wrote, and nothing else: None for any other text."""
        if not _DYNAMIC.fullmatch(text):
            return None
        try:
            data = int(text[1:]).to_bytes(_LENGTH)
        except OverflowError:
            return None
        version, card, issued_at, lifetime, status_list, place, key_slot = _FIELDS.unpack_from(data)
        status_index = int.from_bytes(place)
        if version != _FORMAT or status_index >= SIZE:
            return None
        return cls(int.from_bytes(card), issued_at, lifetime, status_list, status_index, key_slot, data[_FIELDS.size :])


_FORMAT: Final = 1
_FIELDS: Final = struct.Struct(">B6sIBH3sB")
_SIGNATURE: Final = 64
_LENGTH: Final = _FIELDS.size + _SIGNATURE
_OUT_OF_BOUNDS: Final = "a field of a dynamic code is out of its bounds"


def printed_code(kind: PlateKind, number: int) -> str:
    """Write a plate's code: the letter of its kind, `number` of 65 bits in 13 characters, and a check character.

    The check character (ISO 7064, the hybrid system over 32 characters) finds every wrong character and all but one in five
    hundred swaps of neighbours. ValueError for a number that does not fit.
    """
    return _printed(_LETTERS[kind], number)


def venue_code(number: int) -> str:
    """Write the code of a venue, as `printed_code` writes a plate's."""
    return _printed(_VENUE, number)


def _printed(letter: str, number: int) -> str:
    if not 0 <= number < 1 << RANDOM_BITS:
        raise ValueError(f"the random part of a code has {RANDOM_BITS} bits")
    body = letter + "".join(ALPHABET[number >> shift & 31] for shift in range(RANDOM_BITS - 5, -1, -5))
    return body + mod_37_36.calc_check_digit(body, ALPHABET)


def new_printed_code(kind: PlateKind, choose: Callable[[int], int] = secrets.randbits) -> str:
    """A plate's code that nobody can guess; `choose` gives that many random bits."""
    return printed_code(kind, choose(RANDOM_BITS))


def new_venue_code(choose: Callable[[int], int] = secrets.randbits) -> str:
    """The same for a venue."""
    return venue_code(choose(RANDOM_BITS))


def grouped(code: str) -> str:
    """A printed code as it stands under its QR code, for people who type: XXXXX-XXXXX-XXXXX."""
    return f"{code[:5]}-{code[5:10]}-{code[10:]}"


def as_printed(code: str) -> str | None:
    """What was scanned or typed, in the groups in which it stands on a plate or a sign; None for a code that stands on none."""
    read = find_code(code)
    return grouped(read.text) if isinstance(read, PrintedCode | VenueCode) else None


def address(public_url: str, code: str) -> str:
    """The whole text of a QR code. In capitals, since a QR code holds those in 5.5 bits each instead of 8."""
    return f"{public_url.rstrip('/').upper()}/C/{code}"


def path_of(code: str) -> str:
    """Where a code is told of, as a path of ours, whatever stands in place of the code."""
    # Nothing is to be escaped in a code, and to look whether there is costs a tenth of escaping it.
    return f"/C/{code if code.isascii() and code.isalnum() else quote(code, safe='')}"


def code_in(text: str) -> str:
    """The code in the address that a QR code holds, or that somebody has copied from a browser; any other text as it is."""
    found = _ADDRESS.fullmatch(text.strip(_SEPARATORS)) if len(text) <= _LONGEST_ADDRESS else None
    return found[1].strip() if found else text


def host_in(text: str) -> str | None:
    """The host of the address that somebody has copied, in small letters; None where there is none."""
    found = _HOST.match(text.strip(_SEPARATORS)) if len(text) <= _LONGEST_ADDRESS else None
    return found[1].lower() if found else None


def forgiven(text: str) -> str:
    """What was typed in our alphabet, as it was meant: capitals, no separators, and digits for the letters that look like them."""
    return text.translate(_FULL_WIDTH).translate(_FORGIVEN)


def find_code(text: str) -> PrintedCode | VenueCode | DynamicCode | None:
    """Read a code as `read_code` does, also where other words stand around it: a name that was copied along, or what a chat program
    takes for the rest of an address. None where there is none, or more than one."""
    read = read_code(text)
    if read is not None or len(text) > _LONGEST_AMONG_WORDS:
        return read
    found = {one for piece in _PIECES.findall(text) if (one := read_code(piece)) is not None}
    return found.pop() if len(found) == 1 else None


def read_code(text: str) -> PrintedCode | VenueCode | DynamicCode | None:
    """Read a code as it was scanned or typed; None for any text that is none, and never an error.

    Its first character tells what it is. A printed code is forgiven small letters, spaces, hyphens, dots, what is not seen,
    full-width characters, and O, I, L for the digits that they look like. Of a dynamic code, which nobody types, only such
    separators are passed over as stand before and behind it, where a message or its last full stop has left them.
    """
    if len(text) > _LONGEST_TYPED:
        return DynamicCode.unpack(text.strip(_SEPARATORS))
    plain = text
    # What a camera reads needs no forgiving.
    if not _PRINTED.fullmatch(plain) and not _PRINTED.fullmatch(plain := forgiven(text)):
        return None
    if not mod_37_36.is_valid(plain, ALPHABET):
        return None
    return VenueCode(plain) if plain[0] == _VENUE else PrintedCode(_KINDS[plain[0]], plain)
