"""The registrar's key files."""

import pytest

from survey.registrar.keyring import KeyRing, MailKeyRing
from survey.registrar.mail_keys import MailKey


def test_a_key_is_read_when_its_file_comes_and_forgotten_when_it_goes(tmp_path, spring):
    ring, file = KeyRing(tmp_path), tmp_path / f"{spring.manifest.id}.der"
    assert ring(spring.manifest.id) is None
    file.write_bytes(spring.issuer.to_der())
    issuer = ring(spring.manifest.id)
    assert issuer.public == spring.issuer.public
    assert ring(spring.manifest.id) is issuer
    file.unlink()
    assert ring(spring.manifest.id) is None
    assert repr(ring) == "KeyRing(<redacted>)"


def test_each_round_has_its_own_key(tmp_path, spring, autumn):
    ring = KeyRing(tmp_path)
    for round_ in (spring, autumn):
        (tmp_path / f"{round_.manifest.id}.der").write_bytes(round_.issuer.to_der())
    assert ring(spring.manifest.id).public == spring.issuer.public
    assert ring(autumn.manifest.id).public == autumn.issuer.public


def test_a_key_that_goes_between_two_looks_is_no_fault(tmp_path, spring, monkeypatch):
    """The host may destroy the file at any moment, also just after it was seen."""
    ring, file = KeyRing(tmp_path), tmp_path / f"{spring.manifest.id}.der"
    file.write_bytes(spring.issuer.to_der())
    real = type(file).read_bytes

    def read_bytes(path):
        path.unlink()
        return real(path)

    monkeypatch.setattr(type(file), "read_bytes", read_bytes)
    assert ring(spring.manifest.id) is None


def test_keys_for_mail_addresses_are_read_and_forgotten_the_same_way(tmp_path, spring):
    ring, file, key = MailKeyRing(tmp_path), tmp_path / f"{spring.manifest.id}.mail", MailKey.generate()
    assert ring(spring.manifest.id) is None
    file.write_bytes(key.to_bytes())
    assert ring(spring.manifest.id).to_bytes() == key.to_bytes()
    file.unlink()
    ring.forget_destroyed()
    assert ring._kept == {}
    assert ring(spring.manifest.id) is None
    assert repr(ring) == "MailKeyRing(<redacted>)"


@pytest.mark.parametrize("content", [b"", b"not a key", bytes(2000), None], ids=["empty", "text", "zeros", "folder"])
def test_a_file_that_holds_no_key_gives_none(tmp_path, spring, content):
    round_id = spring.manifest.id
    for ring, suffix in ((KeyRing(tmp_path), "der"), (MailKeyRing(tmp_path), "mail")):
        file = tmp_path / f"{round_id}.{suffix}"
        file.mkdir() if content is None else file.write_bytes(content)
        assert ring.has(round_id)
        assert ring(round_id) is None
        assert not ring.works(round_id)


def test_a_key_is_judged_anew_once_its_file_is_written_anew_and_never_kept(tmp_path, spring, autumn):
    round_id, judged = spring.manifest.id, []

    def fits(of, issuer):
        judged.append((of, issuer.public))
        return issuer.public == spring.issuer.public

    ring, file = KeyRing(tmp_path, fits), tmp_path / f"{round_id}.der"
    assert not ring.works(round_id)
    for round_, is_its_own in ((autumn, False), (spring, True)):
        file.unlink(missing_ok=True)
        file.write_bytes(round_.issuer.to_der())
        assert [ring.works(round_id) for _ in range(3)] == [is_its_own] * 3
    assert judged == [(round_id, autumn.issuer.public), (round_id, spring.issuer.public)]
    assert ring._kept == {}


def test_a_key_that_does_not_fit_is_judged_once_however_many_ask_for_it(tmp_path, spring, autumn):
    """Judging takes a signature, and whoever asks has shown no code yet."""
    round_id, judged = spring.manifest.id, []

    def fits(_round_id, issuer):
        judged.append(issuer)
        return issuer.public == spring.issuer.public

    ring, file = KeyRing(tmp_path, fits), tmp_path / f"{round_id}.der"
    file.write_bytes(autumn.issuer.to_der())
    assert [ring(round_id) for _ in range(3)] == [None] * 3
    assert not ring.works(round_id)
    assert len(judged) == 1
    file.unlink()
    file.write_bytes(spring.issuer.to_der())
    assert ring(round_id) is ring(round_id) is not None
    assert len(judged) == 2


def test_a_key_that_does_not_fit_is_not_given(tmp_path, spring, autumn):
    ring = KeyRing(tmp_path, lambda _id, issuer: issuer.public == spring.issuer.public)
    (tmp_path / f"{spring.manifest.id}.der").write_bytes(autumn.issuer.to_der())
    assert ring(spring.manifest.id) is None
    assert ring._kept == {}
