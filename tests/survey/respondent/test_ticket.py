"""One respondent's way through a round."""

import pytest
from a_round import changed

from survey.blinding import BadSignature
from survey.registrar import codes
from survey.respondent import ticket as ticket_module
from survey.respondent.ticket import new_ticket, redeem, request_for, seal, token_of
from survey.sealing import Status
from survey.tokens import nonce_of


def test_from_ticket_to_token_to_sealed_response(spring):
    ticket = new_ticket(spring.manifest)
    request = request_for(spring.manifest, ticket)
    assert request.truncated_key_id == spring.issuer.public.key_id[-1]
    token = redeem(spring.manifest, ticket, spring.issuer.sign(request.blinded_message))
    assert token.nonce == nonce_of(ticket.secret)
    assert spring.manifest.verifier.accepts(token.nonce, token.authenticator)
    assert token_of(spring.manifest, ticket, token.authenticator) == token
    sealed = seal(spring.manifest, ticket, 3, Status.ANSWERS, spring.record)
    opened = spring.sealing.open(sealed, spring.manifest.id_bytes, token.nonce)
    assert (opened.secret, opened.revision, opened.record) == (ticket.secret, 3, spring.record)


def test_every_ticket_is_drawn_anew_and_from_no_code(spring):
    tickets = [new_ticket(spring.manifest) for _ in range(30)]
    for name in ("secret", "inverse", "blinded_message"):
        assert len({getattr(ticket, name) for ticket in tickets}) == 30
    assert codes.__name__ not in vars(ticket_module).values()
    assert "code" not in new_ticket.__annotations__


def test_a_ticket_of_one_round_gives_no_token_in_another(spring, autumn):
    ticket = new_ticket(spring.manifest)
    answer = spring.issuer.sign(ticket.blinded_message)
    with pytest.raises(BadSignature):
        redeem(autumn.manifest, ticket, answer)
    same_key = changed(spring, society="Another")
    with pytest.raises(BadSignature):
        redeem(same_key.manifest, ticket, answer)


def test_a_ticket_prints_nothing(spring):
    assert repr(new_ticket(spring.manifest)) == "Ticket()"
