"""A restored register gives nothing that it is not sure of."""

from mail_worlds import name_of

from storage.transactions import writing
from survey.registrar.passes import Grant, MailCounts, Passes
from survey.registrar.register import CodeCounts, Register, Verdict
from survey.registrar.restoring import block_codes, forget_passless_members, stop_mail
from survey.respondent.ticket import new_ticket

ROUND, OTHER = bytes(32), bytes([1]) * 32
FIRST, SECOND, THIRD = (bytes([n]) * 32 for n in (7, 8, 9))
ZEROS = bytes(32)


def test_unspent_codes_are_blocked_and_spent_ones_answer_as_before(store_address):
    register = Register.open(store_address)
    register.add(ROUND, [FIRST, SECOND, THIRD])
    register.add(OTHER, [FIRST])
    register.spend(ROUND, FIRST, b"one")
    register.revoke(ROUND, THIRD)
    with writing(register._engine) as connection:
        assert block_codes(connection, ROUND) == 1
    assert register.counts(ROUND) == CodeCounts(issued=3, spent=1, revoked=2)
    assert register.spend(ROUND, FIRST, b"one") is Verdict.SIGN
    assert register.spend(ROUND, FIRST, b"two") is Verdict.USED
    assert register.spend(ROUND, SECOND, b"two") is Verdict.REVOKED
    assert register.spend(OTHER, FIRST, b"two") is Verdict.SIGN
    register.release()


def test_members_without_a_pass_are_taken_out_and_can_be_entered_again(store_address):
    register = Register.open(store_address)
    passes = register.passes
    passes.add_members(ROUND, [FIRST, SECOND])
    passes.add_members(OTHER, [SECOND])
    passes.grant(ROUND, FIRST, ZEROS, b"one", None)
    with writing(register._engine) as connection:
        assert forget_passless_members(connection, ROUND) == 1
    members = [passes.is_member(*who) for who in ((ROUND, FIRST), (ROUND, SECOND), (OTHER, SECOND))]
    assert members == [True, False, True]
    assert passes.add_members(ROUND, [SECOND]) == 1
    register.release()


def test_once_mail_is_stopped_no_new_address_gets_a_pass(store_address):
    register = Register.open(store_address)
    passes: Passes = register.passes
    passes.grant(ROUND, FIRST, ZEROS, b"one", None)
    with writing(register._engine) as connection:
        stop_mail(connection, ROUND)
        stop_mail(connection, ROUND)
    assert passes.grant(ROUND, FIRST, ZEROS, b"one", None) is Grant.SIGN
    assert passes.grant(ROUND, FIRST, ZEROS, b"two", None) is Grant.USED
    assert passes.grant(ROUND, SECOND, ZEROS, b"two", None) is Grant.STOPPED
    assert passes.counts(ROUND) == MailCounts(1, 0)
    register.close(ROUND)
    assert passes.grant(ROUND, SECOND, ZEROS, b"two", None) is Grant.CLOSED
    register.release()


def test_who_asks_by_mail_after_that_is_told_to_use_a_code(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, "ana@society.example")
    ticket = new_ticket(round_.manifest)
    assert registrar.token(round_, request, code, ticket).status_code == 200
    with writing(registrar.register._engine) as connection:
        stop_mail(connection, round_.manifest.id_bytes)
    assert registrar.token(round_, request, code, ticket).status_code == 200
    request, code = registrar.mailed(round_, "ben@society.example")
    refused = registrar.token(round_, request, code)
    assert (refused.status_code, name_of(refused)) == (403, "no-mail")
