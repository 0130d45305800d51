"""One respondent's way through a round: k, the blinded request, the token, the sealed response."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from survey.blinding import blind, finalize
from survey.rounds.manifest import Manifest
from survey.sealing import Response, SealingPublicKey, Status
from survey.tokens import Token, TokenKey, TokenRequest, authenticator_input, nonce_of


@dataclass(frozen=True, slots=True)
class Ticket:
    """What has to be saved before the registrar is asked, so that a lost answer does not burn the code.

    k and the blinding factor are drawn at random and never derived from the code: whoever knows the code can work
    out neither.
    """

    secret: bytes = field(repr=False)
    inverse: int = field(repr=False)
    blinded_message: bytes = field(repr=False)


def new_ticket(manifest: Manifest) -> Ticket:
    """Draw k and blind the token it leads to."""
    secret = secrets.token_bytes(32)
    blinded = blind(TokenKey.from_spki(manifest.token_key), _message(manifest, secret))
    return Ticket(secret, blinded.inverse, blinded.message)


def request_for(manifest: Manifest, ticket: Ticket) -> TokenRequest:
    return TokenRequest(manifest.verifier.key_id[-1], ticket.blinded_message)


def redeem(manifest: Manifest, ticket: Ticket, blind_signature: bytes) -> Token:
    """The token, from the registrar's answer. Raises: BadSignature if the answer is not what was asked for."""
    key, message = TokenKey.from_spki(manifest.token_key), _message(manifest, ticket.secret)
    return token_of(manifest, ticket, finalize(key, message, blind_signature, ticket.inverse))


def token_of(manifest: Manifest, ticket: Ticket, authenticator: bytes) -> Token:
    verifier = manifest.verifier
    return Token(nonce_of(ticket.secret), verifier.challenge_digest, verifier.key_id, authenticator)


def seal(manifest: Manifest, ticket: Ticket, revision: int, status: Status, record: bytes) -> bytes:
    """The sealed response. A withdrawal carries an empty record of the same length."""
    response = Response(ticket.secret, revision, status, record)
    return SealingPublicKey(manifest.sealing_key).seal(response, manifest.id_bytes)


def _message(manifest: Manifest, secret: bytes) -> bytes:
    verifier = manifest.verifier
    return authenticator_input(nonce_of(secret), verifier.challenge_digest, verifier.key_id)
