"""The config of a society: what is accepted, and how every fault in it is named."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from host.config import ConfigError, load_config
from host.founding import AlreadyFounded, found, year_end
from survey.rounds.times import now

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"


@pytest.fixture
def changed(tmp_path):
    """The example config with one change, as a file."""

    def change(old, new):
        text = EXAMPLE.read_text(encoding="utf-8")
        assert text.count(old) >= 1, old
        path = tmp_path / "subrosa.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change


def test_the_example_is_a_config():
    config = load_config(EXAMPLE)
    assert config.root == EXAMPLE.parent
    assert config.tally_folder == EXAMPLE.parent / "tally"
    assert (config.registrar.address, config.intake.address) == (("127.0.0.1", 8001), ("127.0.0.1", 8002))
    assert (config.site.address, config.site.origin) == (("127.0.0.1", 8000), "http://127.0.0.1:8000")
    assert (config.term.start, config.term.epsilon) == (date(2026, 1, 1), 6.0)


def test_what_init_writes_is_a_config(tmp_path):
    founded = found(tmp_path / "society", None)
    config = load_config(founded.config)
    assert config.tally_folder == tmp_path / "society" / "tally"
    assert config.term.start <= now().date() <= config.term.end
    assert (config.term.end - config.term.start).days in (364, 365)


@pytest.mark.parametrize(
    ("today", "end"),
    [
        (date(2026, 11, 29), "2027-11-28"),
        (date(2026, 3, 1), "2027-02-28"),
        (date(2027, 3, 1), "2028-02-29"),
        (date(2028, 2, 29), "2029-02-28"),
        (date(2026, 1, 1), "2026-12-31"),
    ],
)
def test_a_term_ends_on_the_day_before_the_same_date_next_year(today, end):
    assert year_end(today) == end


def test_the_term_that_init_writes_has_begun_wherever_the_host_lives(tmp_path):
    began = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # it is never the same day in both
        subprocess.run(
            [sys.executable, "-m", "host.cli", "init", zone.rpartition("/")[2]],
            cwd=tmp_path,
            env=os.environ | {"TZ": zone},
            check=True,
            capture_output=True,
        )
        began.append(load_config(tmp_path / zone.rpartition("/")[2] / "subrosa.toml").term.start)
    assert max(began) <= now().date()
    assert (now().date() - min(began)).days <= 1


@pytest.mark.parametrize("name", ['tal"ly', "tal\\ly", "tälly", "tal ly"])
def test_what_init_writes_is_a_config_wherever_the_tally_is(tmp_path, name):
    founded = found(tmp_path / "society", tmp_path / name)
    assert load_config(founded.config).tally_folder == tmp_path / name


def test_a_society_is_founded_once(tmp_path):
    found(tmp_path, None)
    key = (tmp_path / "host" / "signing.pem").read_bytes()
    with pytest.raises(AlreadyFounded):
        found(tmp_path, None)
    (tmp_path / "subrosa.toml").unlink()
    with pytest.raises(AlreadyFounded):
        found(tmp_path, None)
    assert (tmp_path / "host" / "signing.pem").read_bytes() == key


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("threads = 8", "threads = 8\ncolour = 1", "serve.colour"),
        ("[serve]", "[colours]\nred = 1\n[serve]", "colours"),
        ("threads = 8", "", "serve.threads"),
        ("threads = 8", "threads = 0", "serve.threads"),
        ("threads = 8", 'threads = "8"', "serve.threads"),
        ("threads = 8", "threads = 8.5", "serve.threads"),
        ("settle_seconds = 300", "settle_seconds = 0", "serve.settle_seconds"),
        ("172.18.0.1", "0.0.0.0/0", "serve.trusted_proxy"),
        ('"172.18.0.1"', "17", "serve.trusted_proxy"),
        ('name = "People at Work Society"', 'name = ""', "society.name"),
        ('name = "People at Work Society"', "name = 5", "society.name"),
        ('url = "http://127.0.0.1:8001"', 'url = "http://127.0.0.1:8001/"', "registrar.url"),
        ('url = "http://127.0.0.1:8001"', 'url = "ftp://127.0.0.1"', "registrar.url"),
        ('url = "http://127.0.0.1:8001"', 'url = "http://user@127.0.0.1"', "registrar.url"),
        ('url = "http://127.0.0.1:8001"', 'url = "http://registrar.example"', "registrar.url"),
        ('url = "http://127.0.0.1:8002"', 'url = "http://intake.example"', "intake.url"),
        ('listen = "127.0.0.1:8001"', 'listen = "8001"', "registrar.listen"),
        ('listen = "127.0.0.1:8001"', 'listen = "127.0.0.1:eighty"', "registrar.listen"),
        ('url = "http://127.0.0.1:8000"', 'url = "http://site.example"', "site.url"),
        ('listen = "127.0.0.1:8000"', 'listen = "8000"', "site.listen"),
        ('listen = "127.0.0.1:8000"', "", "site.listen"),
        ("start = 2026-01-01", 'start = "soon"', "term.start"),
        ("start = 2026-01-01", "start = 2026-01-01T00:00:00Z", "term.start"),
        ("start = 2026-01-01", "start = 2027-01-01", "term"),
        ("epsilon = 6.0", "epsilon = 0", "term.epsilon"),
        ("epsilon = 6.0", "epsilon = 600", "term.epsilon"),
        ("epsilon = 6.0", "epsilon = nan", "term.epsilon"),
        ("delta = 1e-6", "delta = 0.5", "term.delta"),
        ('folder = "tally"', "folder = 3", "tally.folder"),
        ('security = "tls"', 'security = "ssl"', "mail.security"),
        ('security = "tls"', 'security = "none"', "mail.security"),
        ('host = "mail.society.example"', 'host = "smtp://mail.society.example"', "mail.host"),
        ("port = 465", "port = 0", "mail.port"),
        ('sender = "post@society.example"', 'sender = "Post <post@society.example>"', "mail.sender"),
        ('user = "post@society.example"\n', "", "mail"),
        ('password_file = "registrar/mail-password"', "", "mail"),
        ('password_file = "registrar/mail-password"', 'password = "5150"', "mail.password"),
    ],
)
def test_every_fault_is_named_by_its_place(changed, old, new, place):
    with pytest.raises(ConfigError) as caught:
        load_config(changed(old, new))
    assert str(caught.value).startswith(f"subrosa.toml, {place}: ")


def test_what_is_no_config_at_all_is_said_in_a_sentence(tmp_path):
    for content in (b"[society", b"\xff\xfe"):
        (tmp_path / "subrosa.toml").write_bytes(content)
        with pytest.raises(ConfigError):
            load_config(tmp_path / "subrosa.toml")
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match=str(path)):
            load_config(path)


def test_a_quoted_date_is_a_date_and_an_address_may_be_of_the_sixth_version(changed):
    assert load_config(changed("start = 2026-01-01", 'start = "2026-01-01"')).term.start == date(2026, 1, 1)
    assert load_config(changed('listen = "127.0.0.1:8001"', 'listen = "[::1]:8001"')).registrar.address == ("::1", 8001)


def test_an_origin_has_no_path_as_browsers_name_it(changed):
    config = load_config(changed('url = "http://127.0.0.1:8000"', 'url = "https://Society.example/survey"'))
    assert config.site.origin == "https://society.example"


@pytest.fixture
def with_password(tmp_path):
    """The example config beside a password file of this content and mode."""

    def write(content, mode=0o600):
        (tmp_path / "registrar").mkdir(exist_ok=True)
        path = tmp_path / "registrar" / "mail-password"
        path.write_bytes(content)
        path.chmod(mode)
        (tmp_path / "subrosa.toml").write_bytes(EXAMPLE.read_bytes())
        return load_config(tmp_path / "subrosa.toml")

    return write


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_mail_server_has_its_password_from_a_file_of_its_own(with_password, end):
    server = with_password(b"correct horse 5150" + end).mail
    assert (server.host, server.port, server.security) == ("mail.society.example", 465, "tls")
    assert (server.user, server.password) == ("post@society.example", "correct horse 5150")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_password_that_others_may_read_is_not_used(with_password, mode):
    config = with_password(b"correct horse 5150", mode)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        _ = config.mail
    assert "5150" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"one5150\ntwo\n", b"sch\xc3\xb6n5150", b"5150\x00", b"x5150" * 1000])
def test_a_password_that_is_not_one_line_is_refused_without_repeating_it(with_password, content):
    config = with_password(content)
    with pytest.raises(ConfigError, match="one line") as caught:
        _ = config.mail
    assert "5150" not in str(caught.value)


def test_a_config_is_read_where_the_password_is_not():
    config = load_config(EXAMPLE)
    with pytest.raises(ConfigError, match="cannot be read"):
        _ = config.mail


def test_a_society_without_a_mail_server_has_none(tmp_path):
    assert load_config(found(tmp_path / "society", None).config).mail is None


def test_a_mail_server_without_a_login_needs_no_file(changed):
    path = changed('user = "post@society.example"\n', "")
    path.write_text(path.read_text().replace('password_file = "registrar/mail-password"', ""))
    server = load_config(path).mail
    assert (server.user, server.password) == (None, None)


def test_a_sender_that_no_mail_could_come_from_is_refused_before_it_is_used(changed):
    path = changed('sender = "post@society.example"', 'sender = "a,b@society.example"')
    path.write_text(re.sub(r"(?m)^(user|password_file) = .*$", "", path.read_text()))
    with pytest.raises(ConfigError, match="sender"):
        _ = load_config(path).mail
