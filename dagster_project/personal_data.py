"""Personal data at the door: pseudonyms for identifiers, masks for free text.

Belongs here: the keys, the keyed hash of an identifier, the rules that find personal
data in Dutch and French text, and both applied to a column of a DuckDB table. Does
not belong here: which column is personal (the contract says so) and leaving a column
out (the door never selects it).

**Pseudonyms.** A pseudonym is ``p<key id>_`` and the first 128 bits of
``sha256(agency_key || normalised value)`` in hexadecimal, where ``agency_key`` is 192
bits of ``HMAC-SHA256(key, agency)`` written as 32 characters. The key stands in front
at a fixed length and the result is cut, so a hash cannot be prolonged. Chosen by
measurement, CPU seconds per million values on one core where DuckDB 1.5's bare sha256
takes 0.4: this 0.6 (1.0 with dots and dashes), a whole HMAC-SHA256 in SQL 1.7, keyed
BLAKE2 or hmac in Python 3 to 5 with the values taken out and put back. DuckDB writes
parameters and variables into query plans and profiles, therefore the agency's key
stands in a temporary table of one row while it is needed; the key itself never enters
DuckDB.

**Masks.** ``scrub`` reads a *view* of the text in which digits of every script, dashes,
blanks and look-alike letters have become plain ones and invisible characters are gone;
places in the view lead back to places in the text. Numbers with check digits are
proved with python-stdnum, everything else needs a shape or a word before it.
Within ``masks`` DuckDB recognises the texts that can hold an item at all
(``PREFILTER``) and, by a sieve for each, the rules that are worth running; only those
texts, a few in a hundred, pass through Python, on their way from the file to the lake.
"""

import base64
import contextlib
import fcntl
import functools
import hashlib
import hmac
import os
import re
import secrets
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from duckdb.func import PythonUDFType
from duckdb.sqltypes import INTEGER, VARCHAR
from stdnum import iban
from stdnum.be import bis, nn, vat

KEY_VARIABLE = "KLANTBEELD_KEY"
KEY_FILE_VARIABLE = "KLANTBEELD_KEY_FILE"
KEY_BYTES = 32

# --------------------------------------------------------------------------- keys


class KeyUnusableError(Exception):
    """The key cannot be read or made; the message is in Dutch and holds no key."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """Keys by id. It never shows them: not in repr, str or an error message."""

    _keys: Mapping[int, bytes] = field(repr=False)

    def __repr__(self) -> str:
        """Name the ids alone."""
        return f"Keyring(ids={self.ids})"

    def __reduce__(self) -> str:
        """Refuse to be pickled: a pickle would carry the keys to disk."""
        raise TypeError("a Keyring is not to be stored")

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of the keys, oldest first."""
        return tuple(sorted(self._keys))

    @property
    def newest(self) -> int:
        """Id of the key that new pseudonyms are made with."""
        return self.ids[-1]

    def fingerprint(self, key_id: int | None = None) -> str:
        """Eight characters that tell one key from another and give nothing away.

        Recorded beside what was made with the key, it shows that a lost key was
        replaced by a new one of the same id.
        """
        key = self._key(key_id)
        return hmac.new(key, b"klantbeeld fingerprint", hashlib.sha256).hexdigest()[:8]

    def agency_key(self, agency: str, key_id: int | None = None) -> str:
        """Derive the key of one agency: 32 characters, fit for a text column.

        Args:
            agency: code of the reporting agency.
            key_id: which key, by default the newest.

        Raises:
            KeyUnusableError: there is no such key.
        """
        message = b"klantbeeld pseudonym\0" + agency.encode()
        digest = hmac.new(self._key(key_id), message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def _key(self, key_id: int | None) -> bytes:
        chosen = self.newest if key_id is None else key_id
        if chosen not in self._keys:
            raise KeyUnusableError(f"Er is geen sleutel met nummer {chosen}.")
        return self._keys[chosen]


def load_keyring(
    default_path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    outside: Iterable[Path] = (),
) -> Keyring:
    """Read the keys, and make the first one if there is none.

    ``KLANTBEELD_KEY`` (64 hexadecimal digits, or ``<id>:<digits>`` several times with
    blanks between) goes before the file named by ``KLANTBEELD_KEY_FILE``, which goes
    before ``default_path``. Two processes at once end up with the same key.

    Args:
        default_path: the key file where no variable names one.
        environment: the environment, by default that of this process.
        outside: folders that must not hold the key file, such as the lake.

    Raises:
        KeyUnusableError: no file can be made, its content is no list of keys, or it
            lies in a folder of ``outside``.
    """
    variables = os.environ if environment is None else environment
    if given := variables.get(KEY_VARIABLE, "").strip():
        if re.fullmatch(r"[0-9A-Fa-f]{64}", given):
            given = f"1:{given}"
        return _parse_keys(given.split(), f"de omgevingsvariabele {KEY_VARIABLE}")
    path = Path(variables.get(KEY_FILE_VARIABLE) or default_path)
    _refuse_inside(path, outside)
    try:
        if not path.exists():
            _make_key_file(path)
        return _read_key_file(path)
    except OSError as error:
        raise KeyUnusableError(
            f"Het sleutelbestand {path} kan niet gelezen of gemaakt worden:"
            f" {error.strerror}."
        ) from None


def add_key(path: Path) -> int:
    """Add a key to the file under the next id and return that id (rotation).

    From then on it makes the new pseudonyms; the older keys stay in the file until
    somebody takes their line out, which cuts the link with what they made for good.

    Raises:
        KeyUnusableError: the file cannot be read or replaced.
    """
    try:
        if not path.exists():
            _make_key_file(path)
        with path.with_name(path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            key_id = _read_key_file(path).newest + 1
            lines = path.read_bytes().rstrip(b"\n") + b"\n"
            temporary = _write_secret(path, lines + _new_line(key_id))
            temporary.replace(path)
            _sync_folder(path.parent)
    except OSError as error:
        raise KeyUnusableError(
            f"Het sleutelbestand {path} kan niet bijgewerkt worden: {error.strerror}."
        ) from None
    return key_id


def _refuse_inside(path: Path, folders: Iterable[Path]) -> None:
    for folder in folders:
        if path.resolve().is_relative_to(folder.resolve()):
            raise KeyUnusableError(
                f"Het sleutelbestand {path} mag niet in {folder} liggen:"
                " wie de gegevens heeft, mag de sleutel niet hebben."
            )


def _make_key_file(path: Path) -> None:
    """Write the first key; whoever links first wins and everybody reads that one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _write_secret(path, _new_line(1))
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _sync_folder(path.parent)


def _write_secret(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(temporary, flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _new_line(key_id: int) -> bytes:
    return f"{key_id}:{secrets.token_hex(KEY_BYTES)}\n".encode()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_key_file(path: Path) -> Keyring:
    lines = path.read_bytes().decode(errors="replace").splitlines()
    entries = [line.strip() for line in lines if line.strip()]
    return _parse_keys(
        [entry for entry in entries if not entry.startswith("#")], f"{path}"
    )


def _parse_keys(entries: Sequence[str], where: str) -> Keyring:
    keys: dict[int, bytes] = {}
    for number, entry in enumerate(entries, start=1):
        parts = re.fullmatch(r"([1-9][0-9]{0,5}):([0-9A-Fa-f]{64})", entry)
        if parts is None or int(parts[1]) in keys:
            # The entry may be a key with a typing error: it is not quoted.
            raise KeyUnusableError(
                f"Sleutel {number} in {where} is niet te gebruiken: verwacht wordt"
                " <nummer>:<64 hexadecimale cijfers>, elk nummer één keer."
            )
        keys[int(parts[1])] = bytes.fromhex(parts[2])
    if not keys:
        raise KeyUnusableError(f"Er staat geen sleutel in {where}.")
    return Keyring(keys)


# --------------------------------------------------------------------- pseudonyms

# What is written between the signs of one and the same identifier, or cannot be seen.
# Spelled out because RE2 and Python's re must agree on it to the last character.
_BETWEEN = (
    r"\x00-\x20\x7f-\xa0\xad.\-\x{34f}\x{61c}\x{115f}\x{1160}\x{1680}\x{180b}-\x{180e}"
    r"\x{2000}-\x{2015}\x{2028}-\x{202f}\x{205f}-\x{206f}\x{2212}\x{2800}\x{3000}"
    r"\x{3164}\x{fe00}-\x{fe0f}\x{fe58}\x{fe63}\x{feff}\x{ff0d}\x{ff0e}\x{ffa0}"
)
_BETWEEN_PYTHON = re.compile(
    "["
    + re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: f"\\u{int(m[1], 16):04x}", _BETWEEN)
    + "]"
)
_WIDE = "".join(
    [chr(0x0660 + n) for n in range(10)]
    + [chr(0x06F0 + n) for n in range(10)]
    + [chr(0xFF10 + n) for n in range(10)]
    + [chr(0xFF21 + n) for n in range(26)]
    + [chr(0xFF41 + n) for n in range(26)]
)
_NARROW = "0123456789" * 3 + "abcdefghijklmnopqrstuvwxyz" * 2
_WIDE_TO_NARROW = str.maketrans(_WIDE, _NARROW)
_UPPER = "".join(
    chr(code)
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x180))
    if len(chr(code).lower()) == 1 and chr(code).lower() != chr(code)
)
_UPPER_TO_LOWER = str.maketrans(_UPPER, _UPPER.lower())
_KEY_TABLE = "klantbeeld_pseudonym_key"


def normalise_identifier(value: str) -> str:
    """Take away what is only a way of writing: case, blanks, dots, dashes, width."""
    # DuckDB's normalisation ends at a NUL.
    value = unicodedata.normalize("NFC", value.replace("\0", ""))
    value = _BETWEEN_PYTHON.sub("", value)
    return value.translate(_WIDE_TO_NARROW).translate(_UPPER_TO_LOWER)


def pseudonymise(
    value: str | None, keyring: Keyring, agency: str, *, key_id: int | None = None
) -> str | None:
    """Pseudonym of one identifier, such as ``p1_`` and 32 hexadecimal digits.

    None and a value of nothing but blanks, dots and dashes give None: they name nobody.

    Args:
        value: the identifier as the agency wrote it.
        keyring: the keys.
        agency: code of the reporting agency; two agencies cannot be joined.
        key_id: which key, by default the newest.
    """
    normalised = "" if value is None else normalise_identifier(value)
    if not normalised:
        return None
    number = keyring.newest if key_id is None else key_id
    digest = hashlib.sha256((keyring.agency_key(agency, number) + normalised).encode())
    return f"p{number}_{digest.hexdigest()[:32]}"


@contextlib.contextmanager
def pseudonyms(
    connection: duckdb.DuckDBPyConnection,
    keyring: Keyring,
    agency: str,
    *,
    key_id: int | None = None,
) -> Generator[Callable[[str], str]]:
    """Within this block SQL can make pseudonyms: the fastest way, in the door's query.

    Yields a function from a SQL expression (a quoted column) to the SQL expression of
    its pseudonym, the same one that ``pseudonymise`` gives. The key of the agency
    stands in a temporary table of one row and is gone after the block; no SQL text,
    plan, profile or log holds it.
    """
    number = keyring.newest if key_id is None else key_id
    connection.execute(
        f"create or replace temp table {_KEY_TABLE} as"
        " select $1::varchar as agency_key",
        [keyring.agency_key(agency, number)],
    )
    try:
        yield lambda expression: _pseudonym_sql(f"({expression})", number)
    finally:
        connection.execute(f"drop table if exists temp.{_KEY_TABLE}")


def _pseudonym_sql(value: str, key_id: int) -> str:
    # Most identifiers are plain; a test costs a fifth of what replacing costs, and
    # translate() is by far the slowest.
    bare = f"""regexp_replace(
        nfc_normalize(replace({value}, chr(0), '')), '[{_BETWEEN}]', '', 'g'
    )"""
    agency_key = f"(select agency_key from temp.{_KEY_TABLE})"
    return f"""'p{key_id}_' || left(sha256({agency_key} || case
        when {value} similar to '[0-9A-Za-z]+' then lower({value})
        when {value} similar to '[0-9A-Za-z.-]*'
            then nullif(lower(replace(replace({value}, '.', ''), '-', '')), '')
        when {value} similar to '[ -~]*' then nullif(
            lower(replace(replace(replace({value}, '.', ''), '-', ''), ' ', '')), ''
        )
        when not regexp_matches({value}, '[{_WIDE + _UPPER}\u212a\u212b]')
            then nullif({bare}, '')
        else nullif(
            translate({bare}, '{_WIDE + _UPPER}', '{_NARROW + _UPPER.lower()}'), ''
        )
    end), 32)"""


def pseudonymise_column(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    keyring: Keyring,
    agency: str,
    *,
    key_id: int | None = None,
) -> None:
    """Replace the identifiers in a column by their pseudonyms, in place.

    The table should live in memory: a DuckDB file keeps what an update wrote over
    until the block is used again.

    Args:
        connection: where the table is.
        table: its name, qualified if need be, without quotes.
        column: a varchar column.
        keyring: the keys.
        agency: code of the reporting agency.
        key_id: which key, by default the newest.
    """
    name = _quoted(column)
    with pseudonyms(connection, keyring, agency, key_id=key_id) as pseudonym:
        connection.execute(
            f"update {_quoted_table(table)} set {name} = {pseudonym(name)}"
            f" where {name} is not null"
        )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted_table(table: str) -> str:
    return ".".join(_quoted(part) for part in table.split("."))


# -------------------------------------------------------------------------- masks

# A longer text is no comment; it is masked whole, so that time stays bounded.
MAXIMUM_LENGTH = 100_000

NATIONAL_NUMBER = "rijksregisternummer"
ACCOUNT = "IBAN"
PHONE = "telefoon"
MAIL = "e-mail"
PLATE = "nummerplaat"
ADDRESS = "adres"
FILE_NUMBER = "dossiernummer"
NAME = "naam"
TOO_LONG = "te lange tekst"
KINDS = (
    NATIONAL_NUMBER,
    ACCOUNT,
    PHONE,
    MAIL,
    PLATE,
    ADDRESS,
    FILE_NUMBER,
    NAME,
    TOO_LONG,
)

_TOKEN = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
# Stands in the view for what is masked already: no rule matches it.
_MASKED = "\ue000"

_LOOK_ALIKES = dict(
    zip("АВЕКМНОРСТУХЅІЈаеорсухѕіј", "ABEKMHOPCTYXSIJaeopcyxsij", strict=True)
) | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u2800\u3164\uffa0"
    "\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u2060\ufeff"
)


class _Fold(dict[int, str | None]):
    """Character by character to its plain form; None for what cannot be seen."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        plain: str | None = character
        if character in "\t\n\r":
            pass
        elif character in _UNSEEN or category in {"Cc", "Cf", "Co", "Mn", "Me"}:
            plain = None
        elif (digit := unicodedata.digit(character, None)) is not None:
            plain = str(digit)
        elif category == "Pd" or character in "\u2212\u2043\u02d7":
            plain = "-"
        elif category in {"Zs", "Zl", "Zp"}:
            plain = " "
        elif character in "‘’‛ʼ´":
            plain = "'"
        else:
            narrow = unicodedata.normalize("NFKC", character)
            plain = narrow if len(narrow) == 1 else character
            plain = _LOOK_ALIKES.get(plain, plain)
        self[code] = plain
        return plain


_FOLD = _Fold()
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _view(text: str) -> tuple[str, list[int] | None]:
    """The text in plain characters, and where each came from if any was left out."""
    if text.isascii() and not _CONTROL.search(text):
        return text, None
    view = text.translate(_FOLD)
    if len(view) == len(text):
        return view, None
    return view, [
        place
        for place, character in enumerate(text)
        if _FOLD[ord(character)] is not None
    ]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One way of finding one kind.

    What the sieve of that name in ``_SIEVES`` lets through is all that the rule can
    find anything in, and nothing where no number has so many ``digits``.
    """

    kind: str
    find: Callable[[str], Iterable[tuple[int, int]]]
    sieve: str
    digits: int


def scrub(text: str) -> tuple[str, Counter[str]]:
    """Mask the personal data in a text.

    Masking twice is masking once. Whoever shortens the text does it afterwards: half
    a number is not recognised.

    Returns:
        The text with ``[rijksregisternummer]``, ``[naam]`` and so on in place of each
        item, and how many items of each kind were masked.
    """
    masked, kinds = _scrub(text, _RULES)
    return masked, Counter(kinds)


def _scrub(text: str, rules: Sequence[_Rule]) -> tuple[str, list[str]]:
    """The text with its masks, and the kind of each."""
    if len(text) > MAXIMUM_LENGTH:
        return f"[{TOO_LONG}]", [TOO_LONG]
    kinds: list[str] = []
    again = True
    while again:
        found, again = _find(text, rules)
        parts: list[str] = []
        end = 0
        for start, stop, kind in found:
            parts += (text[end:start], f"[{kind}]")
            end = stop
            kinds.append(kind)
        if end:
            text = "".join(parts) + text[end:]
    return text, kinds


def scan(text: str) -> Counter[str]:
    """How many items of each kind a text holds; empty if there is nothing to mask."""
    return scrub(text)[1]


def _find(text: str, rules: Sequence[_Rule]) -> tuple[list[tuple[int, int, str]], bool]:
    """Items with their kind, and whether there can be more once these are masked.

    A mask can bring what stood on both sides within reach of a rule.
    """
    view, places = _view(text)
    if "[" in view:
        view = _TOKEN.sub(lambda match: _MASKED * len(match[0]), view)
    found: list[tuple[int, int, str]] = []
    digits = _most_digits(view)
    for rule in rules:
        if digits < rule.digits:
            continue
        end = 0
        for start, stop in list(rule.find(view)):
            if start < end:
                continue
            end = stop
            view = view[:start] + _MASKED * (stop - start) + view[stop:]
            if places is None:
                found.append((start, stop, rule.kind))
            else:
                # What cannot be seen behind the item goes with it.
                after = places[stop] if stop < len(places) else len(text)
                found.append((places[start], after, rule.kind))
        if end and digits:
            digits = _most_digits(view)
    found.sort()
    return found, bool(found) and any(digits >= rule.digits for rule in rules)


# Signs that people put between the digits of one number.
_SIGN = r"[\s./\\\-_|()·•]"
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_CHAIN = re.compile(rf"\d(?:{_SIGN}{{0,3}}\d){{8,}}")
_NUMBER = re.compile(rf"\d(?:{_SIGN}{{0,3}}\d){{7,}}")


def _most_digits(view: str) -> int:
    """The digits of the longest number; of short ones only whether there is any."""
    numbers = _NUMBER.findall(view)
    if not numbers:
        return 0 if _DIGIT.search(view) is None else 1
    return max(sum(map(str.isdigit, number)) for number in numbers)


_DATE = re.compile(
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])\s?([./-])\s?(?:0?[1-9]|1[0-2])\s?\1\s?"
    r"(?:19|20)\d\d(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d([./-])(?:0[1-9]|1[0-2])\2(?:[0-2]\d|3[01])(?!\d)"
)


# Seen at a glance, where a date is looked for at every character.
_LIKE_A_DATE = re.compile(r"\d\s?[./-]\s?\d")


def _without_dates(view: str) -> str:
    if _LIKE_A_DATE.search(view) is None:
        return view
    return _DATE.sub(lambda match: _MASKED * len(match[0]), view)


def _groups(view: str, start: int, stop: int) -> list[tuple[int, int]]:
    return [match.span() for match in _DIGITS.finditer(view, start, stop)]


def _joined(
    view: str, groups: Sequence[tuple[int, int]], first: int, longest: int
) -> Iterator[tuple[int, str]]:
    """Digits from one group on, a group longer each time: (last group, digits)."""
    digits = ""
    for last in range(first, len(groups)):
        digits += view[slice(*groups[last])]
        if len(digits) > longest:
            return
        yield last, digits


# ------------------------------------------------------------ rijksregisternummer

_NATIONAL_NUMBER_SHAPE = [2, 2, 2, 3, 2]
_NATIONAL_NUMBER_SAID = re.compile(
    r"(?i)(?:rijksregister|nationaal nummer|insz|bis-?nummer|num[ée]ro national"
    r"|registre national|niss|\brrn\b)[^\d]{0,25}(?=\d)"
)
_ELEVEN_DIGITS = re.compile(rf"\d(?:{_SIGN}{{0,3}}\d){{10}}(?!\d)")


def _is_national_number(digits: str, shape: Sequence[int]) -> bool:
    serial, check = int(digits[:9]), int(digits[9:])
    if check not in (97 - serial % 97, 97 - (2_000_000_000 + serial) % 97):
        return False
    if not (nn.is_valid(digits) or bis.is_valid(digits)):
        return False
    # Not every number that fits is one: without the usual signs it must be a date.
    month, day = int(digits[2:4]) % 20, int(digits[4:6])
    return shape == _NATIONAL_NUMBER_SHAPE or month == 0 or day <= 31


def _national_numbers(view: str) -> Iterator[tuple[int, int]]:
    view = _without_dates(view)
    for chain in _CHAIN.finditer(view):
        if chain.end() - chain.start() < 11:
            continue
        groups = _groups(view, *chain.span())
        for first, (start, _) in enumerate(groups):
            if view[start - 1 : start] == "+":
                continue
            for last, digits in _joined(view, groups, first, 11):
                shape = [stop - begin for begin, stop in groups[first : last + 1]]
                if len(digits) == 11 and _is_national_number(digits, shape):
                    yield start, groups[last][1]


def _national_numbers_said(view: str) -> Iterator[tuple[int, int]]:
    """Eleven digits that are called so, though the check digits do not fit."""
    if _ELEVEN_DIGITS.search(view) is None:
        return
    for said in _NATIONAL_NUMBER_SAID.finditer(view):
        if number := _ELEVEN_DIGITS.match(view, said.end()):
            yield number.span()


# --------------------------------------------------------------------------- IBAN

_IBAN = re.compile(
    r"(?=([A-Za-z]{2}[\s.\-/]{0,3}\d[\s.\-/]?\d(?:[\s.\-/]{0,3}[A-Za-z0-9]){11,30}))"
)
_IBAN_COUNTRIES = _words(
    "AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE"
    " GI GL GR GT HR HU IE IL IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MR"
    " MT MU NL NO PK PL PS PT QA RO RS SA SC SD SE SI SK SM ST SV TL TN TR UA VA VG"
    " XK"
)
_OLD_ACCOUNT = re.compile(r"(?<!\d)\d{3}[-. ]\d{7}[-. ]\d{2}(?!\d)")


def _ibans(view: str) -> Iterator[tuple[int, int]]:
    end = 0
    for match in _IBAN.finditer(view):
        start = match.start()
        if start < end or match[1][:2].upper() not in _IBAN_COUNTRIES:
            continue
        signs = [
            (place, sign)
            for place, sign in enumerate(match[1], start)
            if sign.isalnum()
        ]
        compact = "".join(sign for _, sign in signs).upper()
        for length in reversed(_checked_lengths(compact)):
            if iban.is_valid(compact[:length], check_country=False):
                end = signs[length - 1][0] + 1
                if _CHAIN.search(view, start, end):
                    yield start, end
                break


def _checked_lengths(compact: str) -> list[int]:
    """How many of the signs make an IBAN whose check digits are right."""
    head = int("".join(str(int(sign, 36)) for sign in compact[:4]))
    rest = 0
    lengths = []
    for length, sign in enumerate(compact[4:], start=5):
        value = int(sign, 36)
        rest = (rest * (10 if value < 10 else 100) + value) % 97
        # The head is six digits long and stands behind the rest.
        if length > 14 and (rest * 1_000_000 + head) % 97 == 1:
            lengths.append(length)
    return lengths


def _old_accounts(view: str) -> Iterator[tuple[int, int]]:
    """Belgian account numbers as they were written before 2011."""
    for match in _OLD_ACCOUNT.finditer(view):
        digits = re.sub(r"\D", "", match[0])
        if (int(digits[:10]) % 97 or 97) == int(digits[10:]):
            yield match.span()


# ----------------------------------------------------------------------- telefoon

_ABROAD = re.compile(
    r"(?:\+[\s(]{0,3}|(?<![\d.,])0[\s.]?0[\s.]{0,2}(?=[1-9]))\d"
    r"(?:[\s./\\\-_|()·•]{0,3}\d){7,14}"
)
_TWO_NOUGHTS = re.compile(r"0[\s.]?0")
_ZONES = re.compile(
    r"0(?:[2349]|1[0-69]|5[0-9]|6[0135-9]|71|8[0-35-79])(?=[1-9]|\d{2})"
)
_FIXED_SHAPES = (
    [9],
    [2, 7],
    [3, 6],
    [2, 3, 2, 2],
    [3, 2, 2, 2],
    [2, 3, 4],
    [2, 2, 5],
    [3, 3, 3],
    [3, 2, 4],
    [2, 1, 2, 2, 2],
)
_PHONE_SAID = re.compile(
    r"(?i)(?<![^\W\d_])(?:tel|telefoon\w*|gsm\w*|gsm-\w+|mobiel\w*|portable|whatsapp"
    r"|t[ée]l[ée]phone|t[ée]l|bel(?:len)? (?:me|mij|ons|naar|op))(?![^\W\d_])"
    r"[^\d\n+]{0,20}"
)
_PHONE_GROUPS = re.compile(r"\d(?:[\s./\\\-_|()·•]{0,3}\d){7,11}(?!\d)")


def _phones(view: str) -> Iterator[tuple[int, int]]:
    view = _without_dates(view)
    if "0" not in view and "+" not in view and "32" not in view:
        return iter(())
    spans = [*_phones_abroad(view), *_phones_here(view)]
    return iter(sorted(spans, key=lambda span: (span[0], -span[1])))


def _phones_abroad(view: str) -> Iterator[tuple[int, int]]:
    if "+" not in view and _TWO_NOUGHTS.search(view) is None:
        return
    for match in _ABROAD.finditer(view):
        start, end = match.span()
        places = [place for place in range(start, end) if view[place].isdigit()]
        digits = "".join(view[place] for place in places)
        if not view.startswith("+", start):
            places, digits = places[2:], digits[2:]
            if len(digits) < 10:
                continue
        if digits.startswith("32"):
            trunk = digits[2:3] == "0"
            national = digits[3:] if trunk else digits[2:]
            # A mobile number has a digit more than one of Liège.
            mobile = re.match(r"4[5-9]\d{7}", national) is not None
            total = 2 + trunk + (9 if mobile else 8)
            if len(digits) < total:
                continue
            following = end if total == len(digits) else places[total]
            if following > places[total - 1] + 1 or following == end:
                end = places[total - 1] + 1
        elif len(digits) < 9:
            continue
        yield start, end


def _phones_here(view: str) -> Iterator[tuple[int, int]]:
    for chain in _CHAIN.finditer(view):
        groups = _groups(view, *chain.span())
        for first, (start, _) in enumerate(groups):
            if view[start] not in "03":
                continue
            for last, digits in _joined(view, groups, first, 11):
                if _is_phone(digits, groups[first : last + 1]):
                    stop = groups[last][1]
                    bracket = view[start - 1 : start] == "("
                    yield start - (bracket and ")" in view[start:stop]), stop


def _is_phone(digits: str, groups: Sequence[tuple[int, int]]) -> bool:
    size = len(digits)
    if size == 11:
        return digits.startswith("324") and digits[3] in "56789"
    if size not in (9, 10) or digits[0] != "0":
        return False
    if size == 10 and digits[1] == "4" and digits[2] in "56789":
        return True
    shape = [stop - start for start, stop in groups]
    if size == 9:
        return _ZONES.match(digits) is not None and shape in _FIXED_SHAPES
    if digits[1] in "67":
        # Mobile numbers of the neighbours, unless it is the number of a company.
        return not (shape in ([10], [4, 3, 3]) and vat.is_valid(digits))
    return digits[1] in "123459" and shape == [2, 2, 2, 2, 2]


def _phones_said(view: str) -> Iterator[tuple[int, int]]:
    view = _without_dates(view)
    for said in _PHONE_SAID.finditer(view):
        if number := _PHONE_GROUPS.match(view, said.end()):
            yield number.span()


# ------------------------------------------------------------------------- e-mail

_AT = re.compile(
    r"(?i)@|\s{0,2}[(\[{<]\s{0,2}(?:at|a|apenstaart(?:je)?|arobase)\s{0,2}[)\]}>]"
    r"|\s(?:at|apenstaart(?:je)?|arobase)\s"
)
_DOT = (
    r"(?:\s{0,2}(?:\.|[(\[{<]\s?(?:dot|punt|point)\s?[)\]}>])\s{0,2}"
    r"|\s(?:dot|punt|point)\s)"
)
_TOP = (
    r"(?:be|com|net|org|eu|nl|fr|de|lu|uk|info|io|edu|gov|int|vlaanderen|brussels|gent"
    r"|online|me)"
)
_LOCAL = re.compile(rf"(?i)[\w+%'-]{{1,64}}(?:{_DOT}[\w+%'-]{{1,64}}){{0,4}}\s{{0,2}}$")
_LOCAL_TIGHT = re.compile(r"[\w.+%'-]{1,64}$")
_DOMAIN = re.compile(rf"(?i)\s{{0,2}}(?:[\w-]{{1,63}}{_DOT}){{1,4}}{_TOP}(?![\w-])")
_DOMAIN_TIGHT = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}")


def _mails(view: str) -> Iterator[tuple[int, int]]:
    for match in _AT.finditer(view):
        start, end = match.span()
        before, after = view[max(0, start - 140) : start], view[end : end + 260]
        tight = match[0] == "@"
        domain = _DOMAIN.match(after)
        if domain is None and tight:
            domain = _DOMAIN_TIGHT.match(after)
        local = _LOCAL_TIGHT.search(before) if tight else None
        # Blanks around the dots are part of it only where the domain has them too.
        if local is None or (domain is not None and re.search(r"\s", domain[0])):
            local = _LOCAL.search(before) or local
        if domain is None or local is None:
            continue
        if tight and "." not in domain[0] and not re.search(r"[^\W\d_]", local[0]):
            continue
        yield start - len(before) + local.start(), end + domain.end()


# -------------------------------------------------------------------- nummerplaat

_PLATE = re.compile(
    r"(?<![^\W_])(?:[1-9][-. ]?[A-Z]{3}[-. ]?\d{3}|[1-9]-[A-Za-z]{3}-\d{3})(?![^\W_])"
    r"(?![.,]\d)"
)
_PLATE_SAID = re.compile(
    r"(?i)(?:nummerpl\w+|nummer ?plaat|kenteken\w*|immatricul\w+|plaque\w*)"
    r"(?:[\s:,.('-]{1,4}(?:van|is|met|was|nr|nummer|n°|mijn|de|mon|est|wagen|auto"
    r"|voiture|ma|num[ée]ro|d'immatriculation|dus))*[\s:,.('-]{1,4}"
)
_PLATE_CODE = re.compile(
    r"(?=[A-Za-z0-9.\- ]{0,9}\d)(?=[A-Za-z0-9.\- ]{0,9}[A-Za-z])"
    r"(?:(?:[A-Za-z0-9]{1,4}[-.]){1,2}[A-Za-z0-9]{1,4}"
    r"|(?:[A-Z0-9]{1,4} ){1,2}[A-Z0-9]{1,4}"
    r"|(?=\w{0,7}\d)(?=\w{0,7}[A-Za-z])[A-Za-z0-9]{5,8})(?![^\W_])"
)
_PLATE_OLD = re.compile(
    r"(?<![^\W_])(?:[A-Z]{3}[-. ]?\d{3}|\d{3}[-. ]?[A-Z]{3})(?![^\W_])"
)
_PLATE_WORDS = ("nummerpl", "nummer plaat", "kenteken", "immatricul", "plaque")
_PLATE_LIKE = re.compile(r"[A-Za-z]{3}[-. ]?\d{3}|\d{3}[-. ]?[A-Z]{3}")
_CAR = re.compile(r"(?i)\b(?:auto|wagen|voertuig|voiture|moto|bestelwagen|camionette)")


def _plates(view: str) -> Iterator[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    if any(word in view.lower() for word in _PLATE_WORDS):
        for said in _PLATE_SAID.finditer(view):
            if code := _PLATE_CODE.match(view, said.end()):
                spans.append(code.span())
    if _PLATE_LIKE.search(view) is None:
        return iter(spans)
    spans += [match.span() for match in _PLATE.finditer(view)]
    for match in _PLATE_OLD.finditer(view):
        if _CAR.search(view, max(0, match.start() - 40), match.start()):
            spans.append(match.span())
    return iter(sorted(spans))


# -------------------------------------------------------------------------- adres

_UPPER_CASE = "".join(
    chr(code) for code in range(0x41, 0x530) if chr(code).isupper()
).replace("-", "")
_CAPITAL = rf"[{_UPPER_CASE}](?:[^\W\d_]|['.\-](?=[^\W\d_]))*"
_LETTERS = r"(?:[^\W\d_]|['\-](?=[^\W\d_]))"
_UNIT = (
    r"(?!\s{0,2}(?:jaar|jaren|maand|weken|week|dag|uur|uren|min|keer|maal|euro|€|km"
    r"|m\b|meter|%|personen|mensen|kinderen|huizen|auto|stuks|procent|fois|ans\b|mois"
    r"|jours|heures|x\b|de (?:klas|keer|verdieping)|e\b|st[e]?\b|ème))"
)
_HOUSE = (
    r"(?:(?i:nr|nummer|n°|no)[\s.]{0,2})?\d{1,4}(?![\d%]|[.,:]\d)"
    r"(?:\s?[a-zA-Z](?![^\W_]|'))?(?:\s?[-/]\s?\d{1,4}(?![\d/-]))?"
    r"(?:,?\s{0,2}(?i:bus|bte|boîte|boite|b\.)\s{0,2}\w{1,5})?"
)
_CITY = (
    rf"(?:(?:De|Den|Het|Sint|Saint|La|Le|Les)[ -])?{_CAPITAL}"
    rf"(?:[ -](?:op|aan|sur|en|bij)[ -](?:de[nr]?[ -]|la[ -])?{_CAPITAL})?"
)
_POSTCODE = r"(?:B-?\s?)?[1-9]\d{3}(?!\d|[.,]\d)"
_TAIL = rf"(?:\s{{0,2}}[,;\-]?\s{{0,2}}(?:te\s)?{_POSTCODE}(?:\s?,?\s{{1,2}}{_CITY})?)?"
_STREET_TYPE = (
    r"straat|straatje|laan|steenweg|dreef|plein|kaai|gracht|singel|boulevard|lei|weg"
    r"|baan|markt|hof|park|veld|berg|dijk|vest|pad|ring|wijk|kouter|dries|heide|bos"
    r"|meers|akker|beemd|plaats"
)
_STREET_TYPES = tuple(_STREET_TYPE.split("|"))
_BEFORE_HOUSE = re.compile(
    r"(?<=[^\W\d_])[\s,]{1,3}(?=\d|(?i:nr|nummer|n°|no)[\s.]{0,2}\d)"
)
_STREET_WORD = re.compile(rf"(?<![^\W_])({_LETTERS}{{3,40}})(?<=[^\W\d_])$")
_STREET_HOUSE = re.compile(rf"(?P<house>{_HOUSE}){_UNIT}(?P<tail>{_TAIL})")
_STRONG_STREETS = (
    "straat",
    "straatje",
    "laan",
    "steenweg",
    "dreef",
    "plein",
    "kaai",
    "gracht",
    "singel",
    "boulevard",
    "lei",
)
_NO_STREETS = re.compile(
    r"(?i)(?:.*erlei|onderweg|halfweg|omweg|snelweg|allerlei|beslag.*|bijeen.*|.*werkplaats"
    r"|.*standplaats|.*parkeerplaats|.*geboorteplaats|.*woonplaats|.*zitplaats|.*opvangplaats"
    r"|.*werkveld|.*invulveld|.*zoekveld|.*aandachtsveld|.*tekstveld|.*vakgebied|.*supermarkt"
    r"|.*arbeidsmarkt|.*rommelmarkt|.*woningmarkt|gerechtshof|arbeidshof|beroepshof"
    r"|.*inkomensplaats|.*bijbaan|.*carrière.*|.*autoweg|.*spoorweg|.*kring|.*regeling"
    r"|.*behuizing|.*betaling|.*[^k]ering|.*aanvraag|.*rijbaan|.*dagopvang.*)$"
)
_FRENCH_PART = r"(?:de la|de l'|du|des|de|d'|la|le|les|l'|aux?)"
_FRENCH_NAME = (
    rf"(?:{_FRENCH_PART}[\s']{{0,2}}{_LETTERS}{{2,30}}|{_CAPITAL})"
    rf"(?:\s(?:{_FRENCH_PART}\s?)?{_CAPITAL}){{0,3}}"
)
_FRENCH_STREET_TYPE = (
    r"rue|avenue|av\.|chauss[ée]e|boulevard|bd\.?|bld\.?|all[ée]e|impasse|ruelle"
    r"|sentier|drève"
)
_FRENCH_PLACE_TYPE = (
    r"place|quai|square|chemin|clos|route|rond-point|parvis|cité|résidence"
)
_FRENCH_TYPE = (
    rf"(?:(?i:{_FRENCH_STREET_TYPE})\s{{1,2}}|(?i:{_FRENCH_PLACE_TYPE})\s{{1,2}}"
    rf"(?=(?:{_FRENCH_PART}[\s']{{0,2}})?[{_UPPER_CASE}]))"
)
_FRENCH_STREET = re.compile(
    rf"(?<![^\W_])\d{{1,4}}\s?(?:(?:[a-zA-Z]|bis|ter)(?![^\W_]))?\s{{0,2}},?\s{{0,2}}"
    rf"{_FRENCH_TYPE}{_FRENCH_NAME}{_TAIL}"
    rf"|(?<![^\W_]){_FRENCH_TYPE}{_FRENCH_NAME},?\s{{1,2}}{_HOUSE}{_UNIT}{_TAIL}"
)
_FRENCH_STREET_WORDS = tuple(
    _words(
        "rue avenue av. chauss boulevard bd bld allée allee impasse ruelle sentier"
        " drève place quai square chemin clos route rond-point parvis cité résidence"
    )
)
_POSTCODE_CITY = re.compile(rf"[1-9]\d{{3}}\s{{1,2}}[{_UPPER_CASE}]")
_HOME_WORDS = ("woon", "wonen", "adres", "domicili", "verhuis", "habit")
_ANY_ADDRESS = re.compile(
    rf"(?<![^\W_])(?P<word>{_CAPITAL})"
    rf"(?:\s(?:van|de|den|der|het|ter|ten|la|le|du|des|{_CAPITAL})){{0,3}}"
    rf"\s{{1,2}}{_HOUSE}\s{{0,2}}[,;\-]?\s{{0,2}}(?:te\s)?{_POSTCODE}\s{{1,2}}{_CITY}"
)
_HOME_SAID = re.compile(
    r"(?i)(?<![^\W_])(?:(?:ik )?woon|wonen|woonachtig|wonende|adres(?: is)?|domicilie"
    r"|gedomicilieerd|verhuisd|verhuis|j'habite|habitons|adresse(?: est)?"
    r"|domicili[ée]e?)(?![^\W_])[\s:,]{1,3}(?:(?:nu|al|in|op|te|naar|de|het|au|à|aan"
    r"|is|sinds kort|dans|la|le)\s){0,3}"
)
_HOME = re.compile(
    rf"{_CAPITAL}(?:\s(?:van|de|den|der|la|le|du|des|{_CAPITAL})){{0,3}}"
    rf"\s{{1,2}}{_HOUSE}{_UNIT}{_TAIL}"
)
_STREET_TITLES = _words(
    "burgemeester minister president dokter dr prof schepen secretaris directeur"
    " zuster pater"
)
_WORDS_BEFORE = re.compile(
    rf"(?<![^\W_]){_CAPITAL}\s"
    rf"(?:(?:van(?!\s(?:de|het))|de|den|der|ten|ter|'t|het|{_CAPITAL})\s)"
    r"{0,4}$"
)
_POSTCODE_BEFORE = re.compile(
    rf"(?<![^\W_]){_POSTCODE}\s{{1,2}}{_CITY}\s{{0,2}}[,;:\-]?\s{{0,2}}$"
)


def _addresses(view: str) -> Iterator[tuple[int, int]]:
    low = view.lower()
    spans = list(_dutch_streets(view))
    if any(word in low for word in _FRENCH_STREET_WORDS):
        spans += [
            (_postcode_start(view, match.start()), match.end())
            for match in _FRENCH_STREET.finditer(view)
        ]
    if _POSTCODE_CITY.search(view):
        spans += [
            match.span()
            for match in _ANY_ADDRESS.finditer(view)
            if match["word"].lower() not in _NOT_A_NAME
        ]
    if any(word in low for word in _HOME_WORDS):
        for said in _HOME_SAID.finditer(view):
            if home := _HOME.match(view, said.end()):
                spans.append(home.span())
    # Of two that overlap the wider one: start first, then the longest.
    return iter(sorted(spans, key=lambda span: (span[0], -span[1])))


def _dutch_streets(view: str) -> Iterator[tuple[int, int]]:
    for gap in _BEFORE_HOUSE.finditer(view):
        near = max(0, gap.start() - 44)
        if not view[near : gap.start()].lower().endswith(_STREET_TYPES):
            continue
        found = _STREET_WORD.search(view[near : gap.start()])
        house = _STREET_HOUSE.match(view, gap.end())
        if found is None or house is None or _NO_STREETS.match(found[1]):
            continue
        word, start = found[1], near + found.start()
        capital = word[0].isupper()
        if not word.lower().endswith(_STRONG_STREETS):
            before = view[max(0, start - 3) : start].rstrip(" ")
            opens = not before or before[-1] in ".!?:\n"
            sure = house["tail"] or re.search("(?i)bus|bte", house["house"])
            if not sure and (not capital or opens):
                continue
        elif word.lower() in _STRONG_STREETS:
            continue
        if capital:
            near = max(0, start - 60)
            if words := _WORDS_BEFORE.search(view[near:start]):
                start = _street_start(view, near + words.start(), start)
        yield _postcode_start(view, start), house.end()


def _street_start(view: str, first: int, start: int) -> int:
    """Where a street of several words begins: at the first that can be a name."""
    for word in _WORD.finditer(view, first, start):
        text = word[0].lower()
        if text in _STREET_TITLES or text not in _NOT_A_NAME:
            return word.start()
    return start


def _postcode_start(view: str, start: int) -> int:
    near = max(0, start - 60)
    found = _POSTCODE_BEFORE.search(view[near:start])
    return near + found.start() if found else start


# ------------------------------------------------------------------ dossiernummer

_FILE_SAID = re.compile(
    r"(?i)(?<![^\W_])(?P<word>(?:"
    r"(?P<number>(?:dossier|klant(?:en)?|klacht(?:en)?|aanvraag|zaak|ticket|referentie"
    r"|lid(?:maatschaps)?|polis|contract|stam|aansluitings?|gezins|registratie|kind"
    r"|bestel|order|factuur)-?(?:nummer|nr\.?|code|kenmerk|id)"
    r"|num[ée]ro (?:de |du |d')?(?:dossier|client|r[ée]f[ée]rence|plainte|affili[ée])"
    r"|n[°ro]\.? (?:de |du )?(?:dossier|client|plainte))"
    r"|dossiers?|klacht|aanvraag|zaak|ticket|kenmerk|referentie|referte|ref|plainte"
    r"|r[ée]f[ée]rence|réf))(?![^\W_])"
    r"(?P<link>(?:[\s.:=#('\"-]{0,3}(?:nummer|nr|n°|no|num[ée]ro|code|kenmerk|is|was|est"
    r"|met|avec|le|het|van mij is|van ons is|als|vermeld|luidt|geregistreerd onder|id)"
    r"(?![^\W\d_]))*)[\s.:=#('\"°-]{0,4}"
)
_FILE_CODE = re.compile(
    r"(?:[A-Z]{1,8}\s)?(?:[A-Za-z]{1,10}[-_./]?){0,3}\d[\w./-]*"
    r"(?:\s(?:\d|[A-Z]{1,5}-?\d)[\w./-]*){0,5}"
)
_NO_FILE_CODE = re.compile(
    r"(?:\d{1,2}[-/.]){1,2}(?:19|20)?\d\d|(?:19|20)\d\d|(?:19|20)\d\d[-/](?:19|20)?\d\d"
    r"|\d{1,2}[u:]\d\d|(?:19|20)\d\d-\d\d-\d\d"
)
_AMOUNT_AFTER = re.compile(r"\s?(?:euro|eur\b|€|%|procent|keer|dagen|mensen|personen)")
_REMITTANCE = re.compile(
    r"(?<!\d)(?P<open>[+*]{3}\s?)?\d{3}\s?/\s?\d{4}\s?/\s?\d{5}(?!\d)(?:\s?[+*]{3})?"
)


def _file_numbers(view: str) -> Iterator[tuple[int, int]]:
    for said in _FILE_SAID.finditer(view):
        if code := _FILE_CODE.match(view, said.end()):
            text = code[0].rstrip("./-_")
            called = said["number"] or re.search(
                "(?i)nummer|nr|n°|num[ée]ro", said["link"]
            )
            digits = sum(sign.isdigit() for sign in text)
            if digits < (3 if called else 4) or _AMOUNT_AFTER.match(view, code.end()):
                continue
            if _NO_FILE_CODE.fullmatch(text) and not (
                called and re.fullmatch(r"\d{4}[-/]\d{2,4}", text)
            ):
                continue
            # A date or an amount behind the number is not part of it.
            words = text.split()
            while len(words) > 1 and _NO_FILE_CODE.fullmatch(words[-1]):
                words.pop()
                text = text[: len(text.rstrip()) - len(text.split()[-1])].rstrip()
            yield code.start(), code.start() + len(text)


def _remittances(view: str) -> Iterator[tuple[int, int]]:
    """Structured messages of a payment, which stand for one file: 123/4567/89012."""
    for match in _REMITTANCE.finditer(view):
        digits = re.sub(r"\D", "", match[0])
        if match["open"] or (int(digits[:10]) % 97 or 97) == int(digits[10:]):
            yield match.span()


# --------------------------------------------------------------------------- naam

_NOT_A_NAME = _words(
    """
    ik jij je u uw hij zij ze wij we jullie hen hun haar zijn mijn ons onze mij me dit
    dat deze die er hier daar wie wat waar wanneer hoe waarom omdat want maar en of
    als dan toen dus ook nog al niet geen wel zeer heel erg te veel weinig meer minder
    zo nu later vandaag gisteren morgen altijd nooit soms vaak reeds steeds toch even
    graag alvast alleen samen in op aan bij met voor van naar uit over onder tegen
    tussen door zonder na tot om per via is was ben bent waren werd wordt worden heeft
    had heb hebben kan kon kunnen wil wou willen moet moest moeten mag mocht zal zou
    zullen gaat ging deed doet doen zei zegt vroeg vraagt gaf geeft kwam komt belde
    belt antwoordde hielp helpt stuurde stuurt wist weet vond vindt maakte maakt liet
    laat bleef blijft stond staat zat zit kreeg krijgt sprak spreekt nam de het een
    der des le la les un une du et ou mais je tu il elle nous vous ils elles on est
    sont etait a ont avait pas plus tres bien merci pour avec sans dans sur au aux ce
    cette qui que quoi mon ma mes votre vos notre nos leur son sa ses ne se ici si
    vraiment toujours mevrouw meneer mijnheer heer heren dames dame madame mesdames
    messieurs monsieur dhr mevr mr mw mme mlle dokter dr prof mademoiselle docteur
    juffrouw minister voorzitter directeur directrice président présidente
    burgemeester commissaris secretaris ombudsman ombudsvrouw schepen ministre
    directrice-generaal directeur-generaal administrateur-generaal klant klanten
    medewerker medewerkers medewerkster collega team dienst afdeling departement
    agentschap kantoor loket balie helpdesk service fons groeipakket zorgkas
    zorgkassen vutg vlaanderen vlaamse vlaams overheid ombudsdienst kind gezin
    opgroeien infopunt callcenter infolijn gemeente stad ocmw rva mutualiteit allemaal
    iedereen lezer redactie burger ouders ouder website app chatbot formulier brief
    mail maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari
    maart april mei juni juli augustus september oktober november december lundi mardi
    mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin
    juillet août septembre octobre novembre décembre brussel gent antwerpen leuven
    brugge hasselt aalst nr nummer versie stap vraag punt pagina score artikel bijlage
    kamer verdieping lijn verkeerd fout foutief onjuist bekend gekend onbekend
    veranderd gewijzigd doorgegeven vermeld genoteerd zoek weg juist correct anders
    geschreven gespeld mis goed opgenomen ingevuld aangepast verdwenen verward
    blijkbaar plots tevreden ontevreden blij boos kwaad teleurgesteld akkoord dank
    bedankt groeten groetjes mama papa moeder vader oma opa alleenstaand alleenstaande
    zelfstandige gepensioneerd belg belge vlaming brusselaar nederlander fransman
    duitser marokkaan turk pool roemeen bulgaar spanjaard italiaan gentenaar
    antwerpenaar limburger student leerkracht arts verpleegkundige huisarts
    mantelzorger pleegouder grootouder vluchteling maman papa content contente
    satisfait satisfaite déçu déçue belges français française flamand flamande
    étudiant étudiante waarvan waarbij bovendien echter daarna daarom gelukkig helaas
    jammer spijtig super top prima vriendelijk vriendelijke vriendelijkheid snel
    snelle duidelijk beleefd sommige andere vorige volgende eerste tweede laatste
    zelfde
    """
)
_NOT_AFTER_I_AM = re.compile(
    r"(?i).*(?:talige?|isch|ische|aanse|staande?|loos|loze|lijk|lijke|ig|ige|igd|eerd"
    r"|geheel|lid|jarig|jarige|phone)$"
)
_PARTICLE = (
    r"(?:vanden|vander|van|von|de|den|der|'t|te|ten|ter|la|le|du|des|di|da|dos|el|al"
    r"|ben|bin)"
)
_NAME_WORD = rf"(?:[dDlL]')?[{_UPPER_CASE}](?:[^\W\d_]|['\-](?=[^\W\d_]))*"
_INITIALS = rf"(?:[{_UPPER_CASE}]\.\s?){{0,4}}"
_FULL_NAME = re.compile(
    rf"{_INITIALS}(?:(?i:{_PARTICLE})\s){{0,3}}{_NAME_WORD}"
    rf"(?:\s{{1,2}}(?:(?i:{_PARTICLE})\s){{0,3}}{_NAME_WORD}){{0,3}}"
)
_WORD = re.compile(_NAME_WORD)
_PARTICLES = _words(
    "vanden vander van von de den der 't te ten ter la le du des di da dos el al"
    " ben bin het"
)
_LOW_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|['\-](?=[^\W\d_]))*")
_TITLE = (
    r"mevrouw|mejuffrouw|juffrouw|heer|meneer|mijnheer|dokter|professor|madame"
    r"|monsieur|mademoiselle|docteur|ma[iî]tre|zuster|pater"
)
_SHORT_TITLE = r"dhr|mevr|mvr|mw|mej|mme|mlle|mr|dr|prof|m"
_FULL_INTRODUCTION = (
    r"mijn naam is|mijn naam was|ik heet|ik noem|je m'appelle|mon nom est"
)
_INTRODUCTION = rf"{_FULL_INTRODUCTION}|mijn naam|naam|nom"
_I_AM = r"ik ben|je suis"
_SIGNED = (
    r"groet|groeten|groetjes|grtn|grtjes|mvg|hoogachtend|getekend|salutations"
    r"|cordialement|bien à vous|sincèrement|liefs"
)
_RELATION = (
    r"(?:mijn|onze|zijn|haar|uw|jullie|ons) (?:dochter|zoon|zoontje|dochtertje|man"
    r"|vrouw|partner|echtgenoot|echtgenote|moeder|vader|mama|papa|broer|zus|oma|opa"
    r"|kind|kindje|baby|vriend|vriendin|kleinzoon|kleindochter)"
    r"|collega|medewerker|medewerkster|dossierbeheerder|dossierbeheerster|consulent"
    r"|consulente|collègue"
    r"|ma fille|mon fils|mon mari|ma femme|ma mère|mon père|ma sœur|mon frère"
)
_SALUTE = r"beste|geachte|cher|chère|dag|hallo"
_TRIGGER = re.compile(
    rf"(?i)(?:(?P<title>{_TITLE})|(?P<short>{_SHORT_TITLE})|(?P<intro>{_INTRODUCTION})"
    rf"|(?P<am>{_I_AM})|(?P<sign>{_SIGNED})|(?P<relation>{_RELATION})"
    rf"|(?P<salute>{_SALUTE}))(?![^\W_])"
)
# The first word of every trigger: looking words up is faster than the pattern.
_TRIGGER_WORDS = frozenset(f"{_SHORT_TITLE}|{_SIGNED}|{_SALUTE}".split("|")) | _words(
    """
    mevrouw mejuffrouw juffrouw heer meneer mijnheer dokter professor
    madame monsieur mademoiselle docteur maitre maître zuster pater mijn ik je mon naam
    nom bien onze zijn haar uw jullie ons collega medewerker medewerkster
    dossierbeheerder dossierbeheerster consulent consulente collègue ma
    """
)
_LETTER_RUN = re.compile(r"[^\W_]+")
_OFTEN_LOW = _words("dhr mevr mvr mw mej mme mlle")
_GAP = {
    "title": re.compile(r"\s{1,3}"),
    "short": re.compile(r"\.\s{0,3}|\s{1,3}"),
    "intro": re.compile(r"\s{0,2}:\s{0,2}|\s{1,3}"),
    "am": re.compile(r"\s{1,3}"),
    "sign": re.compile(r"[\s,.:;!\-]{1,6}(?:van\s)?"),
    "relation": re.compile(r"\s{1,2}(?:genaamd\s)?\(?|,\s"),
    "salute": re.compile(r"\s{1,2}"),
}
_SAID_SHORT = frozenset({"naam", "nom", "mijn naam"})


def _names(view: str) -> Iterator[tuple[int, int]]:
    for run in _LETTER_RUN.finditer(view):
        if run[0].lower() not in _TRIGGER_WORDS:
            continue
        match = _TRIGGER.match(view, run.start())
        if match is None:
            continue
        trigger, word = match.lastgroup or "", match[0].lower()
        gap = _GAP[trigger].match(view, match.end())
        if gap is None or (word in _SAID_SHORT and ":" not in gap[0]):
            continue
        if word == "m" and (match[0] == "m" or "." not in gap[0]):
            continue
        full = _FULL_NAME.match(view, gap.end())
        name = None
        if full is not None:
            name = _name_in(view, full, trigger, shouted=match[0].isupper())
        elif word in _OFTEN_LOW or (trigger == "intro" and word not in _SAID_SHORT):
            name = _low_name_at(view, gap.end(), trigger)
        if name is not None:
            yield name


def _name_in(
    view: str, full: re.Match[str], trigger: str, *, shouted: bool
) -> tuple[int, int] | None:
    start = full.start()
    words = list(_WORD.finditer(view, start, full.end()))
    end = None
    kept = 0
    for word in words:
        text = word[0].lower()
        # A particle with a capital (De Smet) says nothing yet.
        if text in _PARTICLES and word is not words[-1]:
            continue
        if text in _NOT_A_NAME or (shouted and kept == 2):
            break
        end = word.end()
        kept += 1
    if end is None:
        return None
    first = words[0][0]
    if trigger == "am" and (
        shouted or _NOT_AFTER_I_AM.match(first) or (first.isupper() and len(first) > 1)
    ):
        return None
    if trigger == "salute" and not re.match(
        r"\s{0,2}(?:[,!\n]|$)", view[end : end + 3]
    ):
        return None
    return start, end


def _low_name_at(view: str, start: int, trigger: str) -> tuple[int, int] | None:
    """A name without capitals: only after words that hardly stand before others."""
    end = None
    place = start
    kept = 0
    wanted = 1 if trigger == "short" else 2
    while kept < wanted and (word := _LOW_WORDS.match(view, place)):
        text = word[0].lower()
        if text not in _PARTICLES:
            if text in _NOT_A_NAME or len(text) < 2:
                break
            kept += 1
            end = word.end()
        place = word.end()
        blank = re.match(r" {1,2}", view[place : place + 2])
        if blank is None:
            break
        place += blank.end()
    return None if end is None else (start, end)


# In order of proof: what has check digits goes first.
_RULES = (
    _Rule(MAIL, _mails, "mail", digits=0),
    _Rule(ACCOUNT, _ibans, "account", digits=9),
    _Rule(NATIONAL_NUMBER, _national_numbers, "long", digits=11),
    _Rule(ACCOUNT, _old_accounts, "long", digits=12),
    _Rule(FILE_NUMBER, _remittances, "long", digits=12),
    _Rule(NATIONAL_NUMBER, _national_numbers_said, "long", digits=11),
    _Rule(FILE_NUMBER, _file_numbers, "file", digits=1),
    _Rule(PLATE, _plates, "plate", digits=1),
    _Rule(PHONE, _phones, "number", digits=9),
    _Rule(PHONE, _phones_said, "phone", digits=8),
    _Rule(ADDRESS, _addresses, "address", digits=1),
    _Rule(NAME, _names, "name", digits=0),
)


# ------------------------------------------------------------------ whole columns


# What is not plain writing always goes through: then ASCII, Latin letters and a few
# signs are all that the sieves have to think of.
_ODD = (
    r"[^\t\n\r -~À-ÖØ-öø-įĲ-ž€“”„–—…•°«»×÷½¼"
    r"\x{2600}-\x{2775}\x{2794}-\x{27bf}\x{1f300}-\x{1faff}]"
)


def _sieves() -> dict[str, str]:
    """Patterns in RE2's dialect, wider than the rules; most texts pass none."""
    begin = r"(?:^|[^A-Za-z])"
    particle = rf"(?:(?i:{_PARTICLE})\s|[dDlL]'|\p{{Lu}}\.\s?)*"
    name = rf"{particle}\p{{Lu}}"
    low_name = r"(?:'t\s)?\pL"
    number = r"\d(?:[\t\n\r ./\\\-_,:;|()•–—]{0,3}\d)"
    part = r"(?:de|du|des|d'|la|le|les|l'|au|\p{Lu})"
    file_said = _FILE_SAID.pattern
    for python_only in ("(?i)", r"(?<![^\W_])", r"(?![^\W_])", r"(?![^\W\d_])"):
        file_said = file_said.replace(python_only, "")
    # The rules see one kind of dash.
    file_said = file_said.replace("-]", r"\-–—]").replace("-?", "[-–—]?")
    alternatives = {
        "mail": (
            "@",
            r"(?i:[(\[{<]\s{0,2}(?:at|a|apenstaart(?:je)?|arobase)\s{0,2}[)\]}>])",
            r"\s(?i:at|apenstaart(?:je)?|arobase)\s",
        ),
        "number": (number + "{8}",),
        "long": (number + "{10}",),
        "account": (
            rf"(?i:{'|'.join(sorted(_IBAN_COUNTRIES))})[\s.\-–—/]{{0,3}}\d[\s.\-–—/]?\d"
            r"(?:[\s.\-–—/]{0,3}[A-Za-z0-9]){11}",
        ),
        "phone": (
            rf"(?i:t[ée]l|gsm|mobiel|portable|whatsapp|bel)(?s:.*){number}{{7}}",
        ),
        "file": (
            rf"{begin}(?i:{file_said})(?:[A-Z]{{1,8}}\s)?"
            r"(?:[A-Za-zÀ-ž]{1,10}[-–—_./]?){0,3}"
            r"\d[\wÀ-ž./\s\-–—]*\d[\wÀ-ž./\s\-–—]*\d",
        ),
        "plate": (
            r"[1-9][-–—. ]?[A-Za-z]{3}[-–—. ]?\d{3}",
            r"[A-Z]{3}[-–—. ]?\d{3}|\d{3}[-–—. ]?[A-Z]{3}",
            r"(?i:nummerpl|nummer plaat|kenteken|immatricul|plaque)",
        ),
        "address": (
            rf"(?i:{_STREET_TYPE})[\s,]{{1,3}}"
            r"(?i:(?:nr|nummer|n°|no)[\s.]{0,2})?\d",
            rf"(?i:{_FRENCH_STREET_TYPE}|{_FRENCH_PLACE_TYPE})\s{{1,2}}{part}",
            r"[1-9]\d{3}\s{1,2}\p{Lu}",
            r"(?i:woon|wonen|adres|domicili|verhuis|habit)(?s:.*)\d",
        ),
        "name": (
            rf"{begin}(?i:{_TITLE})\s{{1,3}}{name}",
            rf"{begin}(?i:{'|'.join(_OFTEN_LOW)})(?:\.\s{{0,3}}|\s{{1,3}}){low_name}",
            rf"{begin}(?:(?i:mr|dr|prof)(?:\.\s{{0,3}}|\s{{1,3}})|M\.\s{{0,3}}){name}",
            rf"{begin}(?i:{_INTRODUCTION})(?:\s{{0,2}}:\s{{0,2}}|\s{{1,3}}){name}",
            rf"{begin}(?i:{_FULL_INTRODUCTION})"
            rf"(?:\s{{0,2}}:\s{{0,2}}|\s{{1,3}}){low_name}",
            rf"{begin}(?i:{_I_AM})\s{{1,3}}{name}",
            rf"{begin}(?i:{_SIGNED})[\s,.:;!\-–—]{{1,6}}(?:van\s)?{name}",
            rf"{begin}(?i:{_RELATION})(?:\s{{1,2}}(?:genaamd\s)?\(?|,\s){name}",
            rf"{begin}(?i:{_SALUTE})\s{{1,2}}{name}",
        ),
    }
    return {sieve: "|".join(parts) for sieve, parts in alternatives.items()}


_SIEVES = _sieves()
# What passes one of these passes "number" too; a wider pattern would be too wide for
# the engine to run at speed.
_WITHIN_NUMBER = ("long", "account")
PREFILTER = "|".join(
    (_ODD, *(_SIEVES[sieve] for sieve in _SIEVES if sieve not in _WITHIN_NUMBER))
)
_MASK_FUNCTION = "klantbeeld_mask"


@functools.cache
def _rules_behind(passed: int) -> tuple[_Rule, ...]:
    """The rules worth running; the first bit stands for the first sieve."""
    sieves = {sieve for place, sieve in enumerate(_SIEVES) if passed >> place & 1}
    return tuple(rule for rule in _RULES if rule.sieve in sieves)


@contextlib.contextmanager
def masks(
    connection: duckdb.DuckDBPyConnection, counts: Counter[str]
) -> Generator[Callable[[str], str]]:
    """Within this block SQL can mask texts, on their way through the door's query.

    Yields a function from a SQL expression (a quoted column) to the SQL expression of
    the text as ``scrub`` masks it.

    Args:
        connection: where the texts can be read.
        counts: is told of every item that is masked, row by row.
    """
    lock = threading.Lock()

    def mask(text: str, passed: int) -> str:
        with_masks, kinds = _scrub(text, _rules_behind(passed))
        # The engine's threads take turns at any moment.
        with lock:
            for kind in kinds:
                counts[kind] += 1
        return with_masks

    # With side effects: a count is one, and none may be left out or made twice.
    connection.create_function(
        _MASK_FUNCTION,
        mask,
        [VARCHAR, INTEGER],
        VARCHAR,
        type=PythonUDFType.NATIVE,
        side_effects=True,
    )
    try:
        yield _mask_sql
    finally:
        connection.remove_function(_MASK_FUNCTION)


def _mask_sql(text: str) -> str:
    def matches(pattern: str) -> str:
        return "regexp_matches({}, '{}')".format(text, pattern.replace("'", "''"))

    passed = " + ".join(
        f"case when {matches(f'{_ODD}|{pattern}')} then {1 << place} else 0 end"
        for place, pattern in enumerate(_SIEVES.values())
    )
    return (
        f"case when {matches(PREFILTER)} or strlen({text}) > {MAXIMUM_LENGTH}"
        f" then {_MASK_FUNCTION}({text}, {passed}) else {text} end"
    )
