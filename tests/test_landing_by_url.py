"""A landing zone on S3, Azure Blob or SFTP is taken in as a folder is.

Against servers of its own on loopback: moto's, Azurite and OpenSSH's sshd, each
filled by its own protocol. Does not belong here: what makes a delivery good or wrong
(test_refusals.py).
"""

import base64
import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Installation, need

SAMPLES = PROJECT / "seeds" / "feeds"
# Where .ci/run puts Azurite (npm) and moto (a Python of its own: `moto/`).
SERVERS = os.environ.get("KLANTBEELD_TEST_SERVERS", "")
# Published by Azurite's makers: the account that every Azurite has.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
    "K1SZFPTOtr/KBHBeksoGMGw=="
)
FONS = "vutg/fons_results/fons_klanttevredenheid_2023-H1.xlsx"
COUNT = "departement-zorg/published_count/klachten_parlementaire_vraag_192.csv"
HEADER = (
    "periode;maat;waarde;waarde_is;kanaal;dienst;entiteit;afbakening;bron;"
    "gepubliceerd_op\n"
)
IN_A_PART = "vlm/published_count/deel/telling.csv"
REFUSED = "vlm/published_count/fout.csv"
UNFINISHED = "vlm/published_count/bezig.csv.part"

# One process that stays, as Dagster's sensor does: a line in is a pass of the door.
DOOR = """
import json, sys
from dagster_project.contracts import load_feeds
from dagster_project.feeds import Door, find_arrivals, landing_state, load_agencies
from dagster_project.settings import load_settings
from dagster_project.warehouse import load_manifest

settings = load_settings()
feeds = load_feeds(load_manifest(settings))
for _ in sys.stdin:
    said = []
    settings.lake.mkdir(parents=True, exist_ok=True)
    door = Door(settings, feeds, said.append)
    door.prepare()
    arrivals = find_arrivals(settings, feeds, load_agencies(settings))
    outcomes = door.take_in(arrivals)
    print(json.dumps({
        "landed": len(arrivals.landed),
        "new": sorted(o.entry["file_name"] for o in outcomes if o.is_new),
        "left_alone": arrivals.left_alone,
        "unexpected": arrivals.unexpected,
        "state": landing_state(settings),
        "said": said,
    }), flush=True)
"""


def count(year: int, value: str) -> bytes:
    return f"{HEADER}{year};klachten_ontvangen;{value};;;;;;Jaarverslag;\n".encode()


DELIVERED = {
    FONS: (SAMPLES / FONS).read_bytes(),
    COUNT: (SAMPLES / COUNT).read_bytes(),
    IN_A_PART: count(2021, "12"),
    REFUSED: count(2020, "veel"),
    UNFINISHED: count(2022, "13"),
}


@dataclass
class Server:
    """A server with an empty landing zone, and what a user sets to reach it."""

    url: str
    environment: dict[str, str]
    wrong: dict[str, str]
    log: Path
    # What the log says once for each file that is read.
    reads: str
    folder: Path

    @property
    def shown(self) -> str:
        """The landing zone as it is written down: for SFTP without user and host."""
        return self.url

    def put(self, place: str, content: bytes) -> None:
        """Deliver a file by the server's own protocol."""
        raise NotImplementedError

    def read_count(self) -> int:
        return sum(self.reads in line for line in self.log.read_text().splitlines())


class S3(Server):
    def put(self, place: str, content: bytes) -> None:
        self.client().put_object(Bucket="landing", Key=f"in/{place}", Body=content)

    def client(self, service: str = "s3") -> Any:
        import botocore.session

        return botocore.session.get_session().create_client(
            service,
            region_name="eu-west-1",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def start(self) -> None:
        """Make a user that may do S3 and nobody else, and as that user the bucket."""
        iam = self.client("iam")
        iam.create_user(UserName="klantbeeld")
        key = iam.create_access_key(UserName="klantbeeld")["AccessKey"]
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        iam.put_user_policy(
            UserName="klantbeeld",
            PolicyName="s3",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
        self.environment["AWS_ACCESS_KEY_ID"] = key["AccessKeyId"]
        self.environment["AWS_SECRET_ACCESS_KEY"] = key["SecretAccessKey"]
        where = {"LocationConstraint": "eu-west-1"}
        self.client().create_bucket(Bucket="landing", CreateBucketConfiguration=where)


class Azure(Server):
    def container(self) -> Any:
        from azure.storage.blob import BlobServiceClient

        text = self.environment["AZURE_STORAGE_CONNECTION_STRING"]
        return BlobServiceClient.from_connection_string(text).get_container_client(
            "landing"
        )

    def put(self, place: str, content: bytes) -> None:
        with self.container() as container:
            container.upload_blob(f"in/{place}", content, overwrite=True)


@dataclass
class Sftp(Server):
    command: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        return f"sftp://{self.folder}/landing"

    def put(self, place: str, content: bytes) -> None:
        source = self.folder / "source"
        source.write_bytes(content)
        target = f"{self.folder}/landing/{place}"
        parents = list(Path(place).parents)[-2::-1]
        lines = [f"-mkdir {self.folder}/landing/{parent}" for parent in parents]
        self.batch(*lines, f"put {source} {target}")

    def batch(self, *lines: str) -> None:
        subprocess.run(
            self.command,
            input="\n".join(lines),
            text=True,
            check=True,
            capture_output=True,
        )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def served(
    command: list[str], port: int, log: Path, **environment: str
) -> Iterator[None]:
    """A child process that answers on a port of loopback until the block ends."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=os.environ | environment
        )
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), timeout=1),
            ):
                break
            time.sleep(0.1)
        else:
            raise AssertionError(f"{command[0]} does not answer")
        yield
    finally:
        process.terminate()
        process.wait()


def command_of(name: str) -> str:
    folders = (f"{SERVERS}/node_modules/.bin", f"{SERVERS}/moto/bin")
    command = shutil.which(name, path=":".join((*folders, os.environ["PATH"])))
    need(command is not None, f"{name} (KLANTBEELD_TEST_SERVERS, see .ci/run)")
    assert command is not None
    return command


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[Server]:
    command, port = command_of("moto_server"), free_port()
    server = S3(
        "s3://landing/in",
        {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "first",
            "AWS_SECRET_ACCESS_KEY": "first",
            "AWS_DEFAULT_REGION": "eu-west-1",
        },
        {"AWS_SECRET_ACCESS_KEY": "wrong-password"},
        folder / "log",
        "GET /landing/in/",
        folder,
    )
    # Three requests make the first user; from then on each signature is checked.
    checked = {"INITIAL_NO_AUTH_ACTION_COUNT": "3"}
    with served(
        [command, "-H", "127.0.0.1", "-p", str(port)], port, server.log, **checked
    ):
        server.start()
        yield server


@contextlib.contextmanager
def azure(folder: Path) -> Iterator[Server]:
    command, port = command_of("azurite-blob"), free_port()

    def connection(key: str) -> dict[str, str]:
        return {
            "AZURE_STORAGE_CONNECTION_STRING": (
                f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};"
                f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
            )
        }

    server = Azure(
        "abfs://landing/in",
        connection(ACCOUNT_KEY),
        connection(base64.b64encode(b"wrong-password").decode()),
        folder / "log",
        '"GET /devstoreaccount1/landing/in/',
        folder,
    )
    with served(
        [
            command,
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(port),
            "--location",
            str(folder),
            "--skipApiVersionCheck",
            "--disableTelemetry",
        ],
        port,
        server.log,
    ):
        with server.container() as container:
            container.create_container()
        yield server


@contextlib.contextmanager
def sftp(folder: Path) -> Iterator[Server]:
    sshd = shutil.which("sshd", path=f"/usr/sbin:{os.environ['PATH']}")
    # The part that writes down which files are opened.
    handler = shutil.which(
        "sftp-server", path="/usr/lib/openssh:/usr/libexec/openssh:/usr/libexec"
    )
    need(bool(sshd and handler and shutil.which("sftp")), "OpenSSH's sshd")
    assert sshd is not None
    port, user = free_port(), getpass.getuser()
    for name in ("host", "client", "stranger"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name],
            check=True,
        )
    shutil.copy(folder / "client.pub", folder / "authorized")
    host_key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    (folder / "landing").mkdir()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        f"Subsystem sftp {handler} -e -l INFO 2>>{folder}/log\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = Sftp(
        f"sftp://{user}@127.0.0.1:{port}{folder}/landing",
        {
            "FSSPEC_SFTP_CLIENT_KEYS": str(folder / "client"),
            "FSSPEC_SFTP_KNOWN_HOSTS": str(folder / "known"),
        },
        {"FSSPEC_SFTP_CLIENT_KEYS": str(folder / "stranger")},
        folder / "log",
        "flags READ",
        folder,
        [
            "sftp",
            "-q",
            "-b",
            "-",
            "-i",
            f"{folder}/client",
            "-P",
            str(port),
            "-o",
            f"UserKnownHostsFile={folder}/known",
            f"{user}@127.0.0.1",
        ],
    )
    with served(
        [sshd, "-D", "-e", "-f", str(folder / "sshd_config")], port, server.log
    ):
        yield server


KINDS = {"s3": s3, "azure": azure, "sftp": sftp}


@pytest.fixture(params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as server:
        yield server


@dataclass(frozen=True)
class ByUrl(Installation):
    """An installation whose landing zone is a server's."""

    url: str = ""
    access: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | self.access | {"KLANTBEELD_LANDING": self.url}


@contextlib.contextmanager
def door(installation: Installation) -> Iterator[Any]:
    with subprocess.Popen(
        [sys.executable, "-c", DOOR],
        env=installation.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        to, answers = process.stdin, process.stdout

        def take_in() -> dict[str, Any]:
            to.write("\n")
            to.flush()
            return json.loads(answers.readline())

        yield take_in
        to.close()


def by_url(server: Server, home: Path, **access: str) -> ByUrl:
    return ByUrl(
        home, home / "unused", url=server.url, access=server.environment | access
    )


def made(home: Path) -> dict[str, bytes]:
    """Lake, ledger and archive; the log of arrivals says when and where from."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for part in ("lake", "archive")
        for path in sorted((home / part).rglob("*"))
        if path.is_file() and path.name != "arrivals.jsonl"
    }


@pytest.fixture(scope="module")
def from_a_folder(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("local")
    local = Installation(folder / "home", folder / "landing")
    for place, content in DELIVERED.items():
        local.land(place, content)
    with door(local) as take_in:
        take_in()
    return made(local.home)


def test_a_landing_zone_by_url_makes_the_lake_of_a_folder_and_reads_only_what_is_new(
    server: Server, tmp_path: Path, from_a_folder: dict[str, bytes]
) -> None:
    for place, content in DELIVERED.items():
        server.put(place, content)
    installation = by_url(server, tmp_path, TZ="Asia/Tokyo")
    with door(installation) as take_in:
        first = take_in()
        assert len(first["new"]) == 4, first
        assert first["left_alone"] == [UNFINISHED]
        assert first["unexpected"] == []
        assert made(tmp_path) == from_a_folder
        assert all(
            size == len(DELIVERED[place]) and abs(time.time() - changed) < 120
            for place, (size, changed) in first["state"]
        )
        reads = server.read_count()
        assert reads >= 4

        second = take_in()
        assert second["new"] == []
        assert second["landed"] == 4
        assert server.read_count() == reads

        server.put(REFUSED, count(2020, "14"))
        server.put("vlm/published_count/later.csv", count(2019, "15"))
        assert take_in()["new"] == ["fout.csv", "later.csv"]
    told = "".join(
        (tmp_path / name).read_text() for name in ("lake/arrivals.jsonl", "seen.json")
    )
    assert server.shown in told
    secrets = [ACCOUNT_KEY, *server.environment.values()]
    assert not any(secret in told for secret in secrets)


def test_a_wrong_key_is_one_sentence_and_loses_nothing(
    server: Server, tmp_path: Path
) -> None:
    server.put(COUNT, DELIVERED[COUNT])
    with door(by_url(server, tmp_path)) as take_in:
        take_in()
    before = made(tmp_path)
    process = by_url(server, tmp_path, **server.wrong).klantbeeld("run")
    assert process.returncode == 1
    assert process.stderr.startswith(
        f"klantbeeld: the landing zone {server.shown} cannot be read: "
    )
    assert process.stderr.count("\n") == 1
    assert "wrong-password" not in process.stderr
    assert made(tmp_path) == before


@pytest.mark.parametrize(
    ("url", "access"),
    [
        ("s3://landing/in", {"AWS_ENDPOINT_URL": "http://127.0.0.1:{port}"}),
        ("sftp://somebody@127.0.0.1:{port}/in", {}),
    ],
)
def test_a_server_that_does_not_answer_is_one_sentence(
    tmp_path: Path, url: str, access: dict[str, str]
) -> None:
    port = free_port()
    access = {name: text.format(port=port) for name, text in access.items()} | {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    installation = ByUrl(tmp_path, tmp_path, url=url.format(port=port), access=access)
    process = installation.klantbeeld("run")
    assert process.returncode == 1
    assert "cannot be read: " in process.stderr
    assert process.stderr.count("\n") == 1


def test_a_password_in_the_url_is_turned_away_and_not_repeated(tmp_path: Path) -> None:
    url = "sftp://somebody:wrong-password@127.0.0.1/in"
    process = ByUrl(tmp_path, tmp_path, url=url).klantbeeld("run")
    assert process.returncode == 2
    assert "has a password in its URL" in process.stderr
    assert process.stderr.count("\n") == 1
    assert "wrong-password" not in process.stdout + process.stderr


def test_a_link_and_an_unknown_host_are_not_trusted_over_sftp(tmp_path: Path) -> None:
    folder, home = tmp_path / "server", tmp_path / "home"
    folder.mkdir()
    with sftp(folder) as server:
        assert isinstance(server, Sftp)
        server.put(COUNT, DELIVERED[COUNT])
        link = f"{Path(COUNT).parent}/link.csv"
        server.batch(f"ln -s {folder}/known {folder}/landing/{link}")
        with door(by_url(server, home)) as take_in:
            assert take_in()["unexpected"] == [f"{link}: a link or device, not a file"]
        known = folder / "known"
        known.write_text(known.read_text().replace("127.0.0.1", "127.0.0.2"))
        process = by_url(server, home).klantbeeld("run")
    assert process.returncode == 1
    assert "Host key is not trusted" in process.stderr


def test_a_whole_run_from_sftp_ends_in_a_publication_and_a_second_does_nothing(
    tmp_path: Path,
) -> None:
    folder, home = tmp_path / "server", tmp_path / "home"
    folder.mkdir()
    with sftp(folder) as server:
        for path in sorted(SAMPLES.rglob("*.*")):
            if path.is_file():
                server.put(str(path.relative_to(SAMPLES)), path.read_bytes())
        installation = by_url(server, home)
        first = installation.klantbeeld("run")
        assert first.returncode == 0, first.stdout + first.stderr
        assert "31 new deliveries accepted" in first.stdout
        reads = server.read_count()
        second = installation.klantbeeld("run")
        assert second.returncode == 0
        assert second.stdout.startswith("Nothing new: ")
        assert server.read_count() == reads
