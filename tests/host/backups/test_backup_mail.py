"""Passes by mail, lost and restored."""

import pytest
from desks import lose, restored, taken
from societies import opened

from host.opening import Admission
from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_keys import NO_DOMAIN, MailKey
from survey.registrar.passes import Grant
from survey.rounds.eligibility import Eligibility, MailEligibility

MAIL = '\n[mail]\nhost = "127.0.0.1"\nport = 25\nsecurity = "none"\nsender = "post@society.example"\n'
ANA, BEN = (read_address(f"{name}@society.example") for name in ("ana", "ben"))


@pytest.mark.parametrize("members_only", [True, False])
def test_no_address_gets_a_second_pass_after_a_restoring(town, members_only):
    town.config.write_text(town.config.read_text() + MAIL)
    eligibility = Eligibility(codes=True, mail=MailEligibility(members_only=members_only))
    members = (ANA, BEN) if members_only else ()
    manifest = opened(town, "summer", epsilon=1.0, admission=Admission(eligibility, members))
    key = MailKey(town.house.mail_key(manifest.id).read_bytes())
    ana, ben = (key.address_hash(manifest.id_bytes, one) for one in (ANA, BEN))
    register = town.register
    assert register.passes.grant(manifest.id_bytes, ana, NO_DOMAIN, b"one", None) is Grant.SIGN
    file = taken(town, "registrar")
    assert register.passes.grant(manifest.id_bytes, ben, NO_DOMAIN, b"two", None) is Grant.SIGN
    register.release()
    lose(town.house, "registrar")

    told = {one.name: one for one in restored(town, file).rounds}["summer"]

    assert (told.forgotten_members, told.mail_stopped) == ((1, False) if members_only else (0, True))
    assert town.house.mail_key(manifest.id).read_bytes() == key.to_bytes()
    register = town.register
    assert register.passes.grant(manifest.id_bytes, ana, NO_DOMAIN, b"one", None) is Grant.SIGN
    if members_only:
        assert register.passes.is_member(manifest.id_bytes, ana)
        assert not register.passes.is_member(manifest.id_bytes, ben)
    else:
        assert register.passes.grant(manifest.id_bytes, ben, NO_DOMAIN, b"other", None) is Grant.STOPPED
    register.release()
