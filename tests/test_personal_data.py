"""Pseudonyms and masks, judged by hmac, hashlib, stdnum and sentences by hand."""

import base64
import hashlib
import hmac
import multiprocessing
import pickle
import re
import stat
import time
from collections import Counter
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import iban
from stdnum.be import bis, nn

from dagster_project import personal_data
from dagster_project.personal_data import (
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    PREFILTER,
    Keyring,
    KeyUnusableError,
    add_key,
    load_keyring,
    masks,
    normalise_identifier,
    pseudonymise,
    pseudonymise_column,
    pseudonyms,
    scan,
    scrub,
)

KEY = bytes(range(32))
# Not forked from here: other tests leave threads, and a fork may inherit their locks.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
RING = load_keyring(Path("unused"), environment={KEY_VARIABLE: KEY.hex()})

# ------------------------------------------------------------------------- keys


def test_key_file_is_made_private_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "keys"
    ring = load_keyring(path, environment={})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"1:[0-9a-f]{64}\n", path.read_text())
    assert load_keyring(path, environment={}).fingerprint() == ring.fingerprint()
    assert [entry.name for entry in path.parent.iterdir()] == ["keys"]


def test_variables_go_before_the_default(tmp_path: Path) -> None:
    default, other = tmp_path / "default", tmp_path / "other"
    ring = load_keyring(default, environment={KEY_FILE_VARIABLE: str(other)})
    assert other.exists()
    assert not default.exists()
    variables = {KEY_VARIABLE: KEY.hex(), KEY_FILE_VARIABLE: str(other)}
    assert load_keyring(default, environment=variables).fingerprint() != (
        ring.fingerprint()
    )
    two = load_keyring(default, environment={KEY_VARIABLE: f"2:{'ab' * 32}\n"})
    assert two.ids == (2,)


def _make_key(path: str, gate: Barrier, answers: "Queue[str]") -> None:
    gate.wait()
    answers.put(load_keyring(Path(path), environment={}).fingerprint())


def test_processes_at_once_get_one_key(tmp_path: Path) -> None:
    for attempt in range(10):
        path = tmp_path / str(attempt) / "keys"
        gate, answers = PROCESSES.Barrier(4), PROCESSES.Queue()
        workers = [
            PROCESSES.Process(target=_make_key, args=(str(path), gate, answers))
            for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        fingerprints = {answers.get(timeout=20) for _ in workers}
        for worker in workers:
            worker.join()
        assert fingerprints == {load_keyring(path, environment={}).fingerprint()}
        assert [entry.name for entry in path.parent.iterdir()] == ["keys"]


def _add_key(path: str) -> int:
    return add_key(Path(path))


def test_rotation_keeps_old_keys_and_uses_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    before = load_keyring(path, environment={})
    old = pseudonymise("85.07.30-033.28", before, "vutg")
    with PROCESSES.Pool(4) as pool:
        made = pool.map(_add_key, [str(path)] * 6)
        # Ended, not killed: a worker that is killed can take a lock with it.
        pool.close()
        pool.join()
    assert sorted(made) == [2, 3, 4, 5, 6, 7]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    after = load_keyring(path, environment={})
    assert after.ids == (1, 2, 3, 4, 5, 6, 7)
    assert len({after.fingerprint(number) for number in after.ids}) == 7
    new = pseudonymise("85.07.30-033.28", after, "vutg")
    assert new is not None
    assert new.startswith("p7_")
    assert pseudonymise("85.07.30-033.28", after, "vutg", key_id=1) == old


@pytest.mark.parametrize(
    "content",
    [
        "",
        "# nothing\n",
        f"1:{'ab' * 31}\n",
        f"1:{'ab' * 32}\n1:{'cd' * 32}\n",
        f"0:{'ab' * 32}",
        f"x{'ab' * 32}",
        f"1:{'zz' * 32}",
    ],
)
def test_unusable_keys_are_told_without_showing_them(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    with pytest.raises(KeyUnusableError) as caught:
        load_keyring(path, environment={})
    assert "abab" not in str(caught.value)
    assert "zzzz" not in str(caught.value)
    assert caught.value.__cause__ is None
    if content.strip():
        with pytest.raises(KeyUnusableError) as caught:
            load_keyring(path, environment={KEY_VARIABLE: content})
        assert "abab" not in str(caught.value)


def test_key_file_stays_out_of_the_lake(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    (tmp_path / "way_in").symlink_to(lake)
    for path in (lake / "keys", lake / "a" / "keys", tmp_path / "way_in" / "keys"):
        with pytest.raises(KeyUnusableError):
            load_keyring(path, environment={}, outside=[lake])
    assert list(lake.iterdir()) == []
    load_keyring(tmp_path / "keys", environment={}, outside=[lake])


def test_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnusableError, match="sleutelbestand"):
        load_keyring(tmp_path / "file" / "keys", environment={})


def test_keyring_never_shows_a_key() -> None:
    shown = f"{RING!r} {RING} {RING.fingerprint()} {[RING]} {RING.ids}"
    assert KEY.hex()[:12] not in shown
    assert repr(KEY)[:12] not in shown
    with pytest.raises(TypeError):
        pickle.dumps(RING)
    with pytest.raises(KeyUnusableError):
        pseudonymise("1", RING, "vutg", key_id=9)


# ------------------------------------------------------------------- pseudonyms


def judge(value: str, agency: str, key: bytes = KEY) -> str:
    """What the docstring promises, written down a second time."""
    derived = hmac.new(key, b"klantbeeld pseudonym\0" + agency.encode(), "sha256")
    agency_key = base64.urlsafe_b64encode(derived.digest()[:24])
    return "p1_" + hashlib.sha256(agency_key + value.encode()).hexdigest()[:32]


def in_sql(values: list[str | None], agency: str = "vutg") -> list[str | None]:
    with duckdb.connect() as connection:
        connection.execute(
            'create table answers as select unnest($1::varchar[]) as "klant ""id"""'
            ", generate_subscripts($1, 1) as place",
            [values],
        )
        pseudonymise_column(connection, "answers", 'klant "id"', RING, agency)
        rows = connection.execute(
            "select * exclude (place) from answers order by place"
        ).fetchall()
    return [row[0] for row in rows]


def test_pseudonym_is_the_keyed_hash_that_is_promised() -> None:
    for value in ("85073003328", "kl0012", "a/b_c@d", "é"):
        assert pseudonymise(value, RING, "vutg") == judge(value, "vutg")
        assert in_sql([value]) == [judge(value, "vutg")]


def test_way_of_writing_does_not_matter() -> None:
    ways = [
        "85073003328",
        "85.07.30-033.28",
        " 85 07 30 033 28 ",
        "85.07.30–033.28",
        "85.07.30\u00a0033\u202f28",
        "8507300\u200b3328",
        "85.07.30\u00ad-033.28",
        "８５０７３００３３２８",
        "٨٥٠٧٣٠٠٣٣٢٨",
    ]
    assert {pseudonymise(way, RING, "vutg") for way in ways} == {
        judge("85073003328", "vutg")
    }
    assert set(in_sql(list(ways))) == {judge("85073003328", "vutg")}
    mails = ["Zoë@Voorbeeld.be", "zoë@voorbeeld.be", "Zoe\u0308@voorbeeldbe"]
    assert len(set(in_sql(list(mails)))) == 1


def test_agencies_keys_and_people_are_kept_apart() -> None:
    made = {
        pseudonymise(value, ring, agency)
        for value in ("1", "2", "11")
        for agency in ("vutg", "vlm", "vut", "")
        for ring in (RING, Keyring({1: bytes(32)}), Keyring({2: KEY}))
    }
    assert len(made) == 3 * 4 * 3


def test_nobody_is_nobody() -> None:
    nobody = [None, "", "  ", "-", ". . .", "\u200b", "\u00a0–"]
    assert in_sql(nobody) == [None] * len(nobody)
    assert [pseudonymise(value, RING, "vutg") for value in nobody] == [None] * 7


ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFFF), max_size=20
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ANY_TEXT, min_size=1, max_size=40))
@example(["".join(map(chr, range(0, 0x80))), "".join(map(chr, range(0x80, 0x600)))])
@example(["İ", "ß", "ẞ", "Σ", "ΑΣ", "ſ", "K", "\x00", "a\x00b", "'", '"', "\\"])
def test_sql_and_python_make_the_same(values: list[str]) -> None:
    assert in_sql(list(values)) == [pseudonymise(v, RING, "vutg") for v in values]
    expected = [
        judge(plain, "vutg") if (plain := normalise_identifier(value)) else None
        for value in values
    ]
    assert in_sql(list(values)) == expected


def test_every_character_is_the_same_in_sql() -> None:
    characters = [
        chr(code) for code in range(1, 0x3000) if not 0xD800 <= code < 0xE000
    ] + [chr(code) for code in range(0xFE00, 0x10000)]
    assert in_sql([f"a{c}b" for c in characters]) == [
        pseudonymise(f"a{c}b", RING, "vutg") for c in characters
    ]


def test_expression_serves_the_doors_own_query(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as select '12-3' as id, 5 as agency_key")
        with pseudonyms(connection, RING, "vutg") as pseudonym:
            row = connection.execute(f"select {pseudonym('id')} from t").fetchone()
        assert row == (judge("123", "vutg"),)
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
        assert tables == [("t",)]


def test_no_key_in_plans_logs_errors_or_files(tmp_path: Path) -> None:
    secrets = [KEY, KEY.hex().encode(), RING.agency_key("vutg").encode()]

    def is_clean(content: bytes | str) -> bool:
        raw = content if isinstance(content, bytes) else content.encode()
        return not any(secret in raw for secret in secrets)

    path = tmp_path / "work.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("call enable_logging(level = 'debug')")
        connection.execute("set enable_profiling = 'json'")
        connection.execute(f"set profiling_output = '{tmp_path / 'profile.json'}'")
        connection.execute(
            "create table t as select i::varchar as id from range(9) r(i)"
        )
        with pseudonyms(connection, RING, "vutg") as pseudonym:
            assert is_clean(pseudonym("id"))
            query = f"select {pseudonym('id')} from t"
            assert is_clean(str(connection.execute(f"explain {query}").fetchall()))
            analysed = connection.execute(f"explain analyze {query}").fetchall()
            assert is_clean(str(analysed))
            for wrong in (f"select {pseudonym('nope')} from t", f"{query} t t t"):
                with pytest.raises(duckdb.Error) as caught:
                    connection.execute(wrong)
                assert is_clean(str(caught.value))
        pseudonymise_column(connection, "t", "id", RING, "vutg")
        with pytest.raises(duckdb.Error) as caught:
            pseudonymise_column(connection, "nowhere", "id", RING, "vutg")
        assert is_clean(str(caught.value))
        assert connection.execute("select count(*) from t").fetchone() == (9,)
        logs = connection.execute("select * from duckdb_logs").fetchall()
        assert logs
        assert is_clean(str(logs))
        connection.execute("checkpoint")
    for file in tmp_path.iterdir():
        assert is_clean(file.read_bytes()), file


# -------------------------------------------------------- sentences, by hand

LETTERS = {
    "R": "rijksregisternummer",
    "I": "IBAN",
    "T": "telefoon",
    "M": "e-mail",
    "P": "nummerplaat",
    "A": "adres",
    "D": "dossiernummer",
    "N": "naam",
}
_ITEM = re.compile(r"\{([RITMPADN]):([^}]*)\}")


def plain_and_masked(sentence: str) -> tuple[str, str, Counter[str]]:
    """A sentence with ``{N:Peeters}`` in it: as written, as masked, and the items."""
    items = Counter(LETTERS[letter] for letter, _ in _ITEM.findall(sentence))
    plain = _ITEM.sub(lambda match: match[2], sentence)
    return plain, _ITEM.sub(lambda match: f"[{LETTERS[match[1]]}]", sentence), items


WITH_ITEMS = r"""
Mijn rijksregisternummer is {R:85.07.30-033.28} en ik wacht nog steeds.
Rijksregisternr {R:85073003328}, geen antwoord gekregen.
INSZ {R:93 05 18 223 61} van mijn vader staat verkeerd in jullie systeem.
Mijn dochter ({R:17.07.30-033.84}) krijgt geen toeslag.
Kind geboren in 2000, nummer {R:00.01.25-567.77}, niet terug te vinden.
Ik heb een bisnummer, {R:98.47.28-997.65}, en daar kan de website niet mee om.
Bis: {R:01 49 07 001 85} werd geweigerd aan het loket.
mon numéro national: {R:85.07.30 033-28} n'est pas accepté
NISS {R:85.07.30/033.28} introuvable dans votre système
Het nummer {R:85-07-30-033-28} klopt nochtans.
rijksregisternummer {R:85.07.30-033.29} werd foutief overgenomen op de brief
Ik gaf mijn nummer {R:850730 03328} drie keer door.
Registre national {R:930518-223.61}, toujours rien.
rrn={R:85073003328};niets ontvangen
Stort het op {I:BE68 5390 0754 7034} aub.
Rekening {I:BE68539007547034} is fout ingegeven.
Mijn nieuw rekeningnummer is {I:be71 0961 2345 6769}, pas dat aan.
IBAN: {I:BE71-0961-2345-6769}.
Uitbetaling op {I:NL91 ABNA 0417 1643 00} lukt niet, te Nederlands.
mon compte {I:FR14 2004 1010 0505 0001 3M02 606} n'est pas correct
Duitse rekening {I:DE89370400440532013000} wordt geweigerd door het formulier
Compte luxembourgeois {I:LU28 0019 4006 4475 0000} refusé.
Jullie stortten op {I:BE68.5390.0754.7034} in plaats van de nieuwe rekening.
Oud nummer {I:539-0075470-34} bestaat niet meer.
Bel mij op {T:0471 12 34 56} na 17u.
gsm {T:0471/12.34.56} graag contact
U kan mij bereiken op {T:0471/123456}.
Tel: {T:02 553 12 34}.
Tel. {T:09/234.56.78} tijdens de kantooruren
Ik belde van op {T:050 12 34 56} en kreeg niemand.
Contacteer mij op {T:+32 471 12 34 56} aub
mijn nummer is {T:+32471123456}
{T:0032 471 12 34 56} is mijn gsm, bel gerust
Bel {T:+32 (0)471 12 34 56} of mail.
appelez-moi au {T:0471.12.34.56} svp
Mon numéro est le {T:02/234.56.78}, merci de rappeler.
Terugbellen op {T:03-123 45 67} is nooit gebeurd
Ik woon in Nederland, {T:06-12345678}, en kreeg geen antwoord.
Mon portable français: {T:06 12 34 56 78}
{T:+31 6 12345678} is het nummer van mijn zoon
{T:+33 6 12 34 56 78} répondez svp
gsm {T:471123456} mag ook
Ze belden {T:011/23 45 67} in plaats van {T:011/23 45 68}.
Mijn vader ({T:0499 98 76 54}) wacht op telefoon
tel {T:014 12 34 56} of {T:0475/98.76.54}
Antwoord naar {M:jan.peeters@gmail.com} aub
{M:sofie_claes@telenet.be} is mijn adres
mail mij op {M:jan.peeters @ skynet.be}
{M:jan(at)proximus.be}
Stuur het naar {M:jan (at) voorbeeld punt be}.
{M:jan[at]voorbeeld[dot]be} graag
mijn mail is {M:jan punt peeters at telenet punt be}
Écrivez à {M:marie-claire.dupont+caf@outlook.fr}, merci.
{M:l.o'neill@voorbeeld.co.uk} kreeg geen bevestiging
E-mailadres {M:KAREL99@HOTMAIL.COM} werd niet aanvaard.
{M:an.de.smet@student.kuleuven.be} werkt niet meer
Ik stuurde van {M:info@bakkerij-peeters.be} maar kreeg niets
Mijn wagen {P:1-ABC-123} werd weggesleept.
nummerplaat {P:1ABC123} staat nog op de oude naam
Ik heb nummerplaat {P:ABC-123} al 20 jaar
kenteken {P:GB-001-B} uit Nederland werd niet herkend
Boete voor {P:2 XYZ 987} onterecht
Mijn auto met plaat {P:XYZ-987} is verkocht
plaque d'immatriculation {P:AB-123-CD}
La voiture {P:1-xyz-987} n'est plus à moi
Plaat {P:9-AAA-001} werd dubbel aangerekend
Ik woon in de {A:Kerkstraat 12, 9000 Gent}.
brief gestuurd naar {A:Stationsstraat 5 bus 3, 1000 Brussel} maar niets gekregen
j'habite {A:12 rue de la Loi, 1000 Bruxelles}
Adres: {A:Koningin Astridlaan 200, 8000 Brugge}
Mijn adres is {A:Gentsesteenweg 12A, 9300 Aalst}.
wij zijn verhuisd naar {A:Molenweg 7}
Ik woon {A:Meir 24, 2000 Antwerpen}
{A:9000 Gent, Kerkstraat 12} is al jaren mijn adres.
Avenue Louise was het niet, wel {A:avenue de la Couronne 45, 1050 Ixelles}.
{A:Grote Markt 1, 9200 Dendermonde} is het kantoor waar ik stond
De brief ging naar {A:Dorpsstraat 8} in plaats van {A:Dorpsstraat 80}.
{A:kerkstraat 12} in gent, nooit iets gekregen
Verhuisd van de {A:Jan Van Rijswijcklaan 162} naar hier.
{A:rue Neuve 15, 1000 Bruxelles}, personne ne répond
Ik woon op {A:Sint-Pietersplein 9 bus 0201, 9000 Gent}.
Mon adresse: {A:chaussée de Wavre 1110, 1160 Auderghem}
{A:Veldekensdreef 3, B-2640 Mortsel}
{A:Heistse Hoekstraat 4, 2220 Heist-op-den-Berg} is niet gekend in het systeem
Domicilie: {A:Oude Baan 17, 3000 Leuven}
{A:boulevard Anspach 6} à Bruxelles
In {A:Burgemeester Van Gansberghelaan 26} werd ik niet gehoord
Bel naar {T:+32 4 580 49 97} in Luik
De {A:Vrijheidslaan 17 bte 4, 1080 Molenbeek} bestaat wel degelijk
Dossiernummer {D:2023/12345} staat al sinds maart open.
Mijn dossier {D:VUTG-2023-001234} is kwijt.
dossier nr. {D:123456} nog steeds niet behandeld
klantnummer {D:K0012345} wordt niet herkend
Klantnr {D:00456789}
kenmerk {D:ZG/2024/0987} op de brief
Uw referentie: {D:AB12345}
Referentienummer {D:2024-000123}, graag antwoord
numéro de dossier {D:2023/98765}
n° de dossier {D:445566} sans réponse
mon dossier {D:2023-4456-B} est perdu
Klachtnummer {D:KL-2023-118} nog zonder antwoord
ticket {D:INC0012345} werd gesloten zonder oplossing
aanvraagnummer {D:778899} is onvindbaar
ref. {D:9988776}
Met referentie {D:TM-445566} ingediend
Betaling met mededeling {D:+++123/4567/89002+++} gedaan
Mijn dossiernummer is {D:987654321} en niemand antwoordt.
Ik sprak met mevrouw {N:Peeters} aan de balie.
Mevr. {N:Van den Broeck} was heel behulpzaam.
De heer {N:De Smet} heeft mij niet geholpen.
Dhr. {N:Janssens} beloofde terug te bellen
meneer {N:El Amrani} was onbeleefd
mijn naam is {N:Jan Peeters} en ik ben ontevreden
Mijn naam is {N:Aïcha Özdemir}.
Ik ben {N:Sofie Claes} en wacht al 3 maanden
Vriendelijke groeten, {N:Nathalie Lambert}
Met vriendelijke groeten,¶{N:Karel Van 't Hof}
mvg {N:Wim}
Groetjes {N:Joke}
Madame {N:Dupont} était très gentille
Monsieur {N:Jean-Luc Lambert} m'a bien aidé
M. {N:Dubois} ne rappelle jamais.
Mme {N:Lefèvre} a été parfaite
je m'appelle {N:Marie Dupont} et j'attends
Je suis {N:Fatima El Idrissi}, mère de deux enfants
Cordialement, {N:Luc Maes}
Hoogachtend, {N:J. De Clercq}
mijn dochter {N:Lotte} kreeg niets
Mijn zoon {N:Bram} is 18 geworden
ma fille {N:Inès} n'a rien reçu
mon fils {N:Hugo} a 3 ans
dr. {N:Wouters} gaf een attest
Dokter {N:Vermeulen} had alles doorgestuurd.
collega {N:Kevin} heeft mij prima geholpen
De medewerkster {N:Els} was super
dossierbeheerder {N:An Maes} antwoordt nooit
Beste {N:Hilde}, bedankt voor de hulp
Geachte heer {N:Claes}, ik wacht
Geachte mevrouw {N:D'hondt}, ik wacht
MEVROUW {N:PEETERS} WAS NIET BEREIKBAAR
mevrouw {N:PEETERS} belde niet terug
Mijnheer {N:Jan O'Neill} deed zijn best
mijn naam is {N:jan peeters} en ik wil een antwoord
ik heet {N:fatima}
dhr. {N:janssens} zou mij bellen
mevr {N:van den berghe} was vriendelijk
Naam: {N:Jan Peeters}
Getekend {N:Piet Verhulst}
Ik sprak met juffrouw {N:Maes}, daarna met meneer {N:Wouters}.
Merci à Mlle {N:Simon} pour son aide
Docteur {N:Leroy} a envoyé le certificat
mijn man {N:Youssef} is gestopt met werken
Mevrouw {N:Anne-Marie Van der Linden} aan de telefoon was top
Ik ben {N:Piet}, uit Gent
Dag {N:Lieve}, merci!
Ik ben {N:Jan Peeters}, {R:85.07.30-033.28}, bel {T:0471 12 34 56}, {M:jan@telenet.be}
mevrouw {N:Claes}, dossier {D:2023/4455}, {A:Kerkstraat 12, 9000 Gent}
Groeten, {N:Els Maes}, gsm {T:0475 11 22 33}
""".strip().split("\n")

WITHOUT_ITEMS = r"""
Het duurde 6 weken voor ik antwoord kreeg.
Op 12/03/2024 kreeg ik 1.250,50 euro in plaats van 1.350,50 euro.
De wachttijd was 45 minuten, dat is te lang.
Zeer vriendelijke medewerker aan de telefoon.
1700 kon mij niet verder helpen, 3 keer doorverbonden.
Het Groeipakket werd op 08-01-2024 gestort.
Formulier A12 is onduidelijk.
Score 8/10.
Besluit van de Vlaamse Regering van 14 juli 2023 is niet toegepast.
De website gaf foutcode 12345678901.
Très bon accueil, merci.
J'ai attendu 35 minutes.
Ordernummer van de printer weet ik niet meer.
Kind en Gezin verwees mij naar Fons.
De Vlaamse Zorgkas antwoordt niet.
De Lijn en het Departement Zorg verwijzen naar elkaar.
Op maandag en dinsdag is niemand bereikbaar.
Kantoor Gent was gesloten om 12 uur.
Open van 9.00 tot 12.00 en van 13.30 tot 16.30 uur.
Openingsuren 09:00-17:00 kloppen niet.
Ik kreeg 173,20 euro per kind, dus 519,60 euro voor 3 kinderen.
Mevrouw aan de balie was zeer vriendelijk.
De meneer aan de telefoon wist het ook niet.
Ik ben zeer tevreden over de service.
Ik ben Belg en woon al 20 jaar in Vlaanderen.
Ik ben ALTIJD vriendelijk geholpen.
ik ben alleenstaande moeder van 3 kinderen
Mijn dochter heeft nog steeds niets gekregen.
Mijn dossier is nog steeds niet in orde.
Mijn dossier werd 3 keer doorgestuurd.
Dossier sinds 2023 in behandeling.
dossier 2022-2023 werd afgesloten
Het dossier van 12/03/2024 is kwijt.
Vriendelijke groeten
Met vriendelijke groeten aan het hele team
Groeten van een tevreden klant
Bedankt, top service!
Snel en correct, 10/10.
In 2022 was het beter dan in 2023 en 2024.
Vanaf 1 januari 2024 is het bedrag 1.203,75 EUR.
Artikel 12, paragraaf 3 van het decreet van 27 april 2018.
De factuur bedroeg 12.345,67 euro.
Ik belde 4 keer op 3 dagen tijd, telkens 20 min wachten.
Telefonisch niet bereikbaar op 24/12/2023 en 31/12/2023.
Bel mij niet meer terug.
Bel 1700 of 112 staat er, maar dat helpt niet.
Gratis nummer 0800 30 201 werkt niet.
De tramhalte aan de Kerkstraat is afgeschaft.
In onze straat 3 jaar wachten op een antwoord.
Nog 5 dagen onderweg 3 brieven gekregen.
Allerlei 3 verschillende antwoorden gekregen.
Mijn baan 2 jaar geleden verloren.
Op een goede plaats 2 minuten van het station.
De parkeerplaats 3 was bezet.
Mijn score is 4 op 5.
De app crasht sinds versie 2.14.3 op Android 13.
Windows 11 en Chrome 120.0.6099.130 gebruikt.
Foutmelding 404 op de pagina.
Error 0x80070057 bij het indienen.
De brief dateert van 2023-11-05 en kwam toe op 2023-11-20.
Tussen 8u30 en 16u00 is er niemand.
Ik wacht sinds 03.02.2023 op antwoord.
Ik kreeg 50 % van het bedrag.
Formulier 12B invullen duurt 25 minuten.
Loket 3 en loket 4 waren gesloten.
Er stonden 12 mensen voor mij.
Kamer 2.14 op de tweede verdieping was moeilijk te vinden.
De lift naar verdieping 3 was stuk.
KBO 0403.170.701 wordt niet aanvaard.
Onze onderneming 0671.516.647 kreeg geen antwoord.
Besluit nr. 7 werd niet nageleefd.
Merci pour votre aide, tout est parfait.
Le service est lent: 6 semaines pour une réponse.
Le 12 mars 2024, j'ai reçu 250,00 euros.
Madame au guichet était très gentille.
Je suis très content du service.
Je suis Belge et je parle français.
Bonjour, je n'ai rien reçu depuis 2 mois.
Monsieur le directeur devrait répondre.
La place 3 était occupée.
J'ai fait la route 4 fois pour rien.
Le chemin est long, 2 heures de route.
Mon dossier est bloqué depuis 3 mois.
C'est Noël et personne ne répond.
Het is mei 2024 en ik wacht nog.
De ombudsdienst gaf mij gelijk na 90 dagen.
Mevrouw de minister moet ingrijpen.
Geachte heer, mevrouw, ik wacht al lang.
Beste, ik kreeg geen antwoord.
Beste team, bedankt!
Hallo Fons, waar blijft mijn geld?
Geachte, gelieve mijn klacht te behandelen.
Dag allemaal, fijne service.
De dokter gaf een attest, maar dat werd geweigerd.
Mijn dokter en mijn advocaat zeggen hetzelfde.
De collega aan de telefoon was niet op de hoogte.
Mijn man en ik verdienen samen te veel.
Mijn moeder is 85 en kan niet met de computer werken.
Mijn zoon wordt 18 op 1 september.
Ik ben 67 jaar en heb geen computer.
ik ben mantelzorger voor mijn vrouw
Ik ben Nederlandstalig maar kreeg een Franse brief.
Ik heb 3 kinderen van 4, 7 en 11 jaar.
Mijn naam is verkeerd geschreven op de brief.
Mijn naam is niet correct in het systeem.
De naam: altijd verkeerd gespeld.
Ik kreeg brief 2 voor brief 1.
De stijging van 2,3 % is te weinig.
Bedrag: 1 250,00 EUR.
Reeks 1 2 3 4 5 6 7 8 getest.
Antwoordde 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 op elke vraag.
Lotnummer 20230115001 staat op de envelop.
Barcode 5412345678908 was onleesbaar.
Pakket 323212345678901234567890 kwam nooit aan.
ISO 9001 en ISO 27001 zeggen niets over vriendelijkheid.
COVID-19 is geen excuus meer.
Het nieuwe decreet GPB-2019 is onduidelijk.
In zone 30 reed de bus van lijn 3 niet.
De E40 stond vast, dus 30 min te laat.
Het is 14u15 en ik wacht al sinds 13u45.
Om 10.15 uur gebeld, om 11.45 uur nog niemand.
De periode 01/01/2023 - 31/12/2023 is fout berekend.
Periode 2023-H1 en 2023-Q2 ontbreken.
Ik moest 3x bellen en 2x mailen.
Via mail @ 10 uur geen reactie, via telefoon wel.
De chatbot (at your service) begrijpt niets.
Stuur een mail naar de klantendienst, staat er.
Zie www.vlaanderen.be/groeipakket voor meer uitleg.
Wij at en wachtten punt.
De schooltoeslag van 2022/2023 kwam in maart 2023.
Het bedrag per 01.09.2023: 112,50 / 134,75 / 157,00.
Kindtoeslag 3 x 173,20 = 519,60.
Temperatuur in de wachtzaal 28,5 graden.
Wachttijd 00:45:12 volgens mijn telefoon.
Ik sprak met 4 verschillende medewerkers.
De medewerkers van Fons zijn top.
Medewerker wist van niets.
Juffrouw aan de lijn was beleefd.
Heel vriendelijke dame, goed uitgelegd.
Zuster en broer kregen elk een ander antwoord.
Professor of niet, iedereen moet wachten.
Mr en mevrouw staan op de brief, graag neutraal.
100 m. verder was het kantoor dicht.
Op 5 m. Daarna naar links.
Ref aan het verkeerde adres gestuurd.
Adres gewijzigd op 3 januari, nog niet aangepast.
Ik woon hier al 15 jaar.
Wij wonen met 5 in een klein huis.
Verhuisd in 2023, nog altijd oude gegevens.
Klacht 2 weken geleden ingediend.
Klacht van 2022 nog steeds open.
Ticket was na 3 dagen gesloten.
Aanvraag op 14/02/2024 ingediend, op 28/03/2024 goedgekeurd.
Kenmerk van een goede dienst: 1 aanspreekpunt.
Referentie ontbreekt op de brief.
De zaak sleept al 4 jaar aan.
Mijn auto 3 weken in de garage en toch parkeerkaart geweigerd.
Nummerplaat kwijt, attest niet gekregen.
Kenteken aanvragen duurt 2 weken.
La plaque n'est pas arrivée après 3 semaines.
Le numéro 1700 ne parle pas français.
Tél. occupé 5 fois de suite.
GSM werkt, maar niemand belt terug.
Tel 3 keer gebeld op 2 dagen.
De 3de keer was het raak, na 1u20.
Tussen de 1.000 en 2.500 euro te weinig gekregen.
Nr. 1 in traagheid, nr. 2 in onvriendelijkheid.
Wij kregen 13e maand niet mee in de berekening.
Gemiddeld 7,5 op 10, maar de site 4 op 10.
9000 redenen om niet meer te bellen.
Kantoor 9000 Gent is te ver voor mij.
Jullie kantoor in 1000 Brussel was dicht.
Ik wil geen antwoord in het Engels.
Alles ok 👍 dank u ❤️
Prima!!! 😀😀 niets op aan te merken…
“Goed” is anders – 3 maanden wachten is te lang.
½ dag gewacht, 2× gebeld, −5 graden in de rij
""".strip().split("\n")

# Nobody who writes like this is caught; whoever mends one moves it up.
KNOWN_MISSES = r"""
Peeters van het loket in Gent was onbeleefd.
Jan heeft mij goed geholpen.
mevrouw peeters was niet vriendelijk
IK BEN JAN PEETERS EN IK WACHT
Bel nul vier zeven een twaalf vierendertig zesenvijftig.
Ik woon in de Kerkstraat, het witte huis naast de bakker.
Mijn rijksregisternr: 85.O7.3O-O33.28
Geboren op 30 juli 1985 in Gent.
""".strip().split("\n")


def test_there_are_enough_sentences() -> None:
    assert len(set(WITH_ITEMS)) >= 150
    assert len(set(WITHOUT_ITEMS)) >= 150


@pytest.mark.parametrize("sentence", WITH_ITEMS)
def test_item_is_masked_and_nothing_else(sentence: str) -> None:
    plain, masked, items = plain_and_masked(sentence.replace("¶", "\n"))
    assert scrub(plain) == (masked, items)
    assert scan(plain) == items
    assert scrub(masked) == (masked, Counter())


@pytest.mark.parametrize("sentence", WITHOUT_ITEMS)
def test_clean_sentence_is_left_alone(sentence: str) -> None:
    assert scrub(sentence) == (sentence, Counter())


def test_known_misses_are_still_misses() -> None:
    assert [text for text in KNOWN_MISSES if scan(text)] == []


# --------------------------------------------------- items made and written anyhow


def national_numbers() -> st.SearchStrategy[str]:
    """Valid numbers of both centuries, BIS included, made without the rules."""

    def with_check(parts: tuple[int, int, int, int, bool, int]) -> str:
        year, month, day, serial, recent, bis_month = parts
        year = min(year, 24) if recent else year
        body = f"{year:02d}{month + bis_month:02d}{day:02d}{serial:03d}"
        check = 97 - int(("2" if recent else "") + body) % 97
        number = f"{body}{check:02d}"
        assert (bis if bis_month else nn).is_valid(number)
        return number

    return st.tuples(
        st.integers(0, 99),
        st.integers(1, 12),
        st.integers(1, 28),
        st.integers(1, 997),
        st.booleans(),
        st.sampled_from([0, 0, 20, 40]),
    ).map(with_check)


def spelled(digits: str, cuts: tuple[int, ...], signs: list[str]) -> str:
    parts, start = [], 0
    for cut, sign in zip(cuts, signs, strict=False):
        parts += [digits[start:cut], sign]
        start = cut
    return "".join([*parts, digits[start:]])


SIGN = st.sampled_from(["", ".", " ", "-", "/", " - ", "\u00a0", "–", "\n", ". "])
UNSEEN = st.sampled_from(["\u200b", "\u00ad", "\u2060", "\ufeff", "\u200d", "\u0336"])
SCRIPT = st.sampled_from([ord("0"), 0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE])
WORDS = st.text("abcdefghijklmnopqrstuvwxyz ,.!?éëÉ€\n", max_size=40)


@st.composite
def disguised(draw: st.DrawFn, digits: str, cuts: tuple[int, ...]) -> str:
    """A number with any signs, in any script, with things in it that nobody sees."""
    signs = draw(st.lists(SIGN, min_size=len(cuts), max_size=len(cuts)))
    text = spelled(digits, cuts, signs)
    zero = draw(SCRIPT)
    text = "".join(chr(zero + int(c)) if c in "0123456789" else c for c in text)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(1, len(text) - 1))
        text = text[:place] + draw(UNSEEN) + text[place:]
    return text


@st.composite
def made_items(draw: st.DrawFn) -> tuple[str, str]:
    kind = draw(st.sampled_from(["rijksregisternummer", "IBAN", "telefoon", "e-mail"]))
    if kind == "rijksregisternummer":
        number = draw(national_numbers())
        return kind, draw(disguised(number, (2, 4, 6, 9)))
    if kind == "telefoon":
        number = f"04{draw(st.integers(70, 99))}{draw(st.integers(0, 999999)):06d}"
        return kind, draw(disguised(number, (4, 6, 8)))
    if kind == "IBAN":
        account = f"{draw(st.integers(1, 10**10 - 1)):010d}"
        account += f"{int(account) % 97 or 97:02d}"
        number = f"BE{98 - int(account + '111400') % 97:02d}{account}"
        assert iban.is_valid(number, check_country=False)
        step = draw(st.sampled_from([4, 16]))
        text = draw(st.sampled_from([" ", "-", "."])).join(
            number[start : start + step] for start in range(0, 16, step)
        )
        return kind, text.lower() if draw(st.booleans()) else text
    local = draw(st.from_regex(r"[a-z]{1,8}([._-][a-z0-9]{1,8})?", fullmatch=True))
    at = draw(st.sampled_from(["@", " @ ", "(at)", " (at) ", "[at]", "＠", "{at}"]))
    dot = draw(st.sampled_from([".", " punt ", "(punt)", "[dot]", " . "]))
    return kind, f"{local}{at}voorbeeld{dot}be"


@settings(max_examples=400, deadline=None)
@given(made_items(), WORDS, WORDS)
@example(("telefoon", "0470000000"), "dossiernummer", "")
def test_made_item_is_found_in_any_text(
    item: tuple[str, str], before: str, after: str
) -> None:
    kind, written = item
    text = f"{before} : {written} ; {after}"
    masked, counts = scrub(text)
    # The words around it may call it something else, such as a file number.
    assert counts[kind] == 1 or (counts and before.strip()), text
    kept = re.sub(r"\[[\w -]+\]", "", masked)
    assert not re.search(r"\d|voorbeeld", kept), masked
    assert scrub(masked) == (masked, Counter())
    assert sum(counts.values()) == len(re.findall(r"\[[\w-]+\]", masked))


def test_numbers_that_fail_their_check_digits_are_mostly_left() -> None:
    """Of all numbers of eleven digits, about one in 400 looks like a real one."""
    left = sum(
        scan(f"code {number:011d} staat op de brief") == Counter()
        for number in range(10_000_000_019, 99_999_999_999, 44_999_999)
    )
    assert left / 2000 > 0.99


PARTS = st.lists(
    st.one_of(
        st.sampled_from([plain_and_masked(s)[0] for s in WITH_ITEMS] + WITHOUT_ITEMS),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        st.sampled_from(["[naam]", "[adres]", "[", "]", "\ue000", " ", ""]),
    ),
    max_size=5,
)
JOINTS = st.sampled_from([" ", "", "\n", ". ", "[telefoon]"])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(PARTS, JOINTS), min_size=4, max_size=30))
def test_masking_twice_is_masking_once(drawn: list[tuple[list[str], str]]) -> None:
    texts = [joint.join(parts) for parts, joint in drawn]
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select text, regexp_matches(text, $2)"
            " from (select unnest($1::varchar[]) as text)",
            [texts, PREFILTER],
        ).fetchall()
    assert len(rows) == len(texts)
    for text, passes in rows:
        masked, counts = scrub(text)
        assert scrub(masked) == (masked, Counter())
        assert (masked == text) == (not counts)
        # What the careful rules find, the pattern for DuckDB lets through.
        assert passes or not counts, text


ADVERSARIAL = r"""
８５.０７.３０-０３３.２８|[rijksregisternummer]
٨٥٠٧٣٠٠٣٣٢٨|[rijksregisternummer]
85\u200b.07\u200b.30\u2060-033.28|[rijksregisternummer]
85\u00ad07\u00ad30\u00ad033\u00ad28|[rijksregisternummer]
85.07.30\u2212033.28|[rijksregisternummer]
85.07.30\u2011033\u00a028|[rijksregisternummer]
85.07.30-\n033.28|[rijksregisternummer]
8 5 0 7 3 0 0 3 3 2 8|[rijksregisternummer]
8️⃣5️⃣0️⃣7️⃣3️⃣0️⃣0️⃣3️⃣3️⃣2️⃣8️⃣|[rijksregisternummer]
85073003328tel|[rijksregisternummer]tel
x85073003328x|x[rijksregisternummer]x
12 85.07.30-033.28 34|12 [rijksregisternummer] 34
BE68 5390\n0754 7034|[IBAN]
ΒΕ68 5390 0754 7034|[IBAN]
В\u0415685390 0754 7034|[IBAN]
rekeningBE68539007547034|rekening[IBAN]
ＢＥ６８５３９００７５４７０３４|[IBAN]
jan＠voorbeeld.be|[e-mail]
jan\u200b@\u200bvoorbeeld.be|[e-mail]
jan(at)voorbeeld(dot)be|[e-mail]
jan {at} voorbeeld {punt} be|[e-mail]
jan apenstaart voorbeeld punt be|[e-mail]
jan@voorbeeld|[e-mail]
jan@\nvoorbeeld.be|[e-mail]
0 4 7 1 1 2 3 4 5 6|[telefoon]
0471\u200912\u200934\u200956|[telefoon]
0471–12–34–56|[telefoon]
(0471) 12 34 56|[telefoon]
＋３２ ４７１ １２ ３４ ５６|[telefoon]
1\u2010ABC\u2010123|[nummerplaat]
1-АВС-123|[nummerplaat]
mevrouw\u00a0Peeters|mevrouw\u00a0[naam]
mevrouw Pee\u00adters|mevrouw [naam]
me\u200bvrouw Peeters|me\u200bvrouw [naam]
Kerkstraat\u00a012,\u00a09000\u00a0Gent|[adres]
dossier\u200bnummer 2023/12345|dossier\u200bnummer [dossiernummer]
""".strip().split("\n")


@pytest.mark.parametrize("pair", ADVERSARIAL)
def test_disguises_do_not_help(pair: str) -> None:
    pattern = re.compile(r"\\u([0-9a-f]{4})|\\n", re.IGNORECASE)
    text, masked = (
        pattern.sub(lambda m: chr(int(m[1], 16)) if m[1] else "\n", side)
        for side in pair.split("|")
    )
    assert scrub(text)[0] == masked
    assert scrub(masked) == (masked, Counter())


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 4 5 6 7 8 9 0 " * 5000,
        "a" * 100_000,
        "Aa " * 33_000,
        "@" * 100_000,
        "a." * 50_000 + "@",
        "mevrouw " * 12_000,
        "mijn naam is van de " * 5_000,
        "dossier nr " * 9_000,
        "straat 1 " * 11_000,
        "Rue De La " * 10_000 + "1",
        "BE68" * 25_000,
        "[naam] Peeters " * 6_000,
        "+" * 100_000,
        "(" * 100_000,
        "woon in de " * 9_000,
        "Sint-" * 20_000,
        "x'" * 50_000,
        "tel " * 25_000 + "12345678",
        "0471 12 34 56 " * 7_000,
    ],
    ids=[str(n) for n in range(19)],
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    started = time.process_time()
    scrub(text[: personal_data.MAXIMUM_LENGTH])
    assert time.process_time() - started < 4


def test_text_that_is_too_long_is_masked_whole() -> None:
    text = "x" * (personal_data.MAXIMUM_LENGTH + 1)
    assert scrub(text) == ("[te lange tekst]", Counter({"te lange tekst": 1}))
    assert scrub("[te lange tekst]") == ("[te lange tekst]", Counter())


# ---------------------------------------------------------------- whole columns


def scrub_column(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> Counter[str]:
    """Put masks in the texts of a table, as the door does on its way to the lake."""
    name = '"' + column.replace('"', '""') + '"'
    counts: Counter[str] = Counter()
    with masks(connection, counts) as mask:
        connection.execute(
            f"create or replace table {table} as"
            f" select * replace ({mask(name)} as {name}) from {table}"
        )
    return counts


def test_column_is_masked_as_each_text_is() -> None:
    texts = [plain_and_masked(s.replace("¶", "\n"))[0] for s in WITH_ITEMS]
    texts = (texts + WITHOUT_ITEMS + KNOWN_MISSES) * 2
    texts += [pair.split("|")[0] for pair in ADVERSARIAL] + ["y" * 100_001]
    rows = [*texts, None, ""]
    with duckdb.connect() as connection:
        connection.execute("create schema work")
        connection.execute(
            'create table work.answers as select unnest($1::varchar[]) as "op""merking"'
            ", generate_subscripts($1, 1) as place",
            [rows],
        )
        counts = scrub_column(connection, "work.answers", 'op"merking')
        done = connection.execute(
            "select * exclude (place) from work.answers order by place"
        ).fetchall()
        again = scrub_column(connection, "work.answers", 'op"merking')
        with pytest.raises(duckdb.CatalogException, match="klantbeeld_mask"):
            connection.execute("select klantbeeld_mask('x', 0)")
    expected = [None if row is None else scrub(row) for row in rows]
    assert [row[0] for row in done] == [e and e[0] for e in expected]
    assert counts == sum((e[1] for e in expected if e), Counter())
    assert again == Counter()


def test_every_thread_counts() -> None:
    """The engine masks on several threads at once, and no item is lost or doubled."""
    with duckdb.connect(config={"threads": 4}) as connection:
        connection.execute(
            "create table t as select 'Bel 0470 12 34 56, mvg Jan ' || i as v"
            " from range(400_000) as numbers(i) where i % 4 = 0"
        )
        counts = scrub_column(connection, "t", "v")
    assert counts == {"telefoon": 100_000, "naam": 100_000}


def test_every_rule_lies_behind_its_sieve() -> None:
    """With the rules of its sieves alone a text comes out the same."""
    texts = [plain_and_masked(s.replace("¶", "\n"))[0] for s in WITH_ITEMS]
    texts += [pair.split("|")[0] for pair in ADVERSARIAL]
    many = [f"{a} {b}" for a, b in zip(texts, reversed(texts), strict=True)]
    many += [text.replace("-", dash) for text in texts for dash in "–—"]
    many += [text.replace(" ", " –", 2) for text in texts]
    many += ["ref. –88776", "mijn dossier —TG–2023–001234", "wagen 1–ABC–123"]
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select unnest($1::varchar[]) as v", [many]
        )
        scrub_column(connection, "t", "v")
        done = Counter(row[0] for row in connection.execute("from t").fetchall())
    assert done == Counter(scrub(text)[0] for text in many)


def test_empty_table_and_missing_column() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t (v varchar)")
        assert scrub_column(connection, "t", "v") == Counter()
        with pytest.raises(duckdb.Error):
            scrub_column(connection, "t", "w")
        assert connection.execute("select table_name from duckdb_tables()").fetchall()
