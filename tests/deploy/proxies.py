"""A real nginx and a real Caddy for tests, with the samples' own settings: on free ports, for this machine's name."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from samples import text_of

from host.ports import free_port

NAMES = {"registrar": "registrar.society.example", "intake": "intake.society.example", "site": "society.example"}


@dataclass(frozen=True)
class Certificate:
    """For localhost, signed by itself: files of certificate and key."""

    public: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(folder / "localhost.pem", folder / "localhost.key")
    found.public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    how = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    found.key.write_bytes(key.private_bytes(*how))
    return found


def nginx_here(
    folder: Path,
    cert: Certificate,
    outside: Mapping[str, int] | None = None,
    inside: Mapping[str, str] | None = None,
    onion: bool = False,
) -> Path:
    """The sample, with only names, ports and places changed. outside: each role's port; inside: where it listens."""
    outside = outside or {role: free_port() for role in NAMES}
    text = text_of("nginx/nginx.conf")
    for role, name in NAMES.items():
        before = f"listen 443 ssl;\n        listen [::]:443 ssl;\n        server_name {name};"
        assert before in text
        text = text.replace(before, f"listen 127.0.0.1:{outside[role]} ssl;\n        server_name localhost;")
    for old, new in {"8001": "registrar", "8002": "intake", "8000": "site"}.items():
        if inside:
            text = text.replace(f"127.0.0.1:{old}", inside[new])
    text = re.sub(r"/etc/letsencrypt/\S+/fullchain\.pem", str(cert.public), text)
    text = re.sub(r"/etc/letsencrypt/\S+/privkey\.pem", str(cert.key), text)
    text = re.sub(r"listen \[::\]:\d+ (ssl )?default_server;\n", "", text)
    text = text.replace("listen 443 ssl default_server", f"listen 127.0.0.1:{free_port()} ssl default_server")
    text = text.replace("listen 80 default_server", f"listen 127.0.0.1:{free_port()} default_server")
    text = text.replace("user www-data;", "").replace("/run/nginx", f"{folder}/nginx")
    # Places that this nginx would make at its start, which only root may.
    others = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {\n", f"http {{\n{others}", 1)
    if onion:
        whole = text_of("nginx/onion.conf")
        for port in set(re.findall(r"listen 127\.0\.0\.1:(\d+)", whole)):
            whole = whole.replace(port, str(free_port()))
        (folder / "onion.conf").write_text(whole)
        text = text.replace("http {\n", f"http {{\n    include {folder}/onion.conf;\n", 1)
    config = folder / "nginx.conf"
    config.write_text(text)
    return config


def caddy_here(folder: Path, cert: Certificate, outside: Mapping[str, int], inside: Mapping[str, str]) -> Path:
    """The sample for Caddy, changed like that of nginx, with the test's certificate in the place of fetched ones."""
    text = text_of("caddy/Caddyfile").replace("\tadmin off\n", f"\tadmin off\n\thttp_port {free_port()}\n")
    for role, name in NAMES.items():
        before = f"\n{name} {{\n"
        assert before in text
        text = text.replace(before, f"\nhttps://localhost:{outside[role]} {{\n\ttls {cert.public} {cert.key}\n")
    for old, role in {"8001": "registrar", "8002": "intake", "8000": "site"}.items():
        text = text.replace(f"127.0.0.1:{old}", inside[role])
    config = folder / "Caddyfile"
    config.write_text(text)
    return config


@contextmanager
def running_nginx(folder: Path, config: Path) -> Iterator[None]:
    """Until the block ends; whatever it says lands in `said` in the folder."""
    nginx = ("nginx", "-e", str(folder / "said"), "-p", str(folder), "-c", str(config), "-g", "daemon off;")
    with _running(folder, *nginx):
        yield


@contextmanager
def running_caddy(folder: Path, config: Path) -> Iterator[None]:
    """Likewise. What it says before it has read its settings, and when it is told to stop, is said to nobody."""
    with _running(folder, "caddy", "run", "--config", str(config), "--adapter", "caddyfile"):
        yield


@contextmanager
def _running(folder: Path, *command: str) -> Iterator[None]:
    program = shutil.which(command[0])
    assert program
    places = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(
            [program, *command[1:]], stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=places
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)
