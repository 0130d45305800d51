"""The issuer's half of a blind signature: the raw RSA operation, done by the system's OpenSSL.

`cryptography` offers no RSA without padding, and Python's own `pow` takes a time that depends on the key. So the
one operation that touches the private key runs in OpenSSL, blinded and in constant time, reached through ctypes.
There is no fallback: where it is missing, the registrar does not start.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import secrets
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import cache, partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from survey.tokens import PUBLIC_EXPONENT, TokenKey

_SIGNATURES: Final = {
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_decrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_encrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_encrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_CTX_ctrl_str": (c_int, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_decrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "ERR_clear_error": (None, ()),
}


class SigningUnavailable(RuntimeError):
    """The system's OpenSSL cannot sign here; the registrar must not serve."""


class OutOfRange(ValueError):
    """A blinded message that is no residue of the issuer's modulus."""


class Issuer:
    """A private token key of any RSA size. It never leaves this object except through `to_der`.

    Thread-safe: OpenSSL's key is shared and only read, and every call has a context of its own.
    """

    __slots__ = ("_der", "_pkey", "modulus", "size")

    def __init__(self, der: bytes) -> None:
        """Raises: SigningUnavailable if OpenSSL is missing or does not take the PKCS #8 key."""
        private = serialization.load_der_private_key(der, password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise SigningUnavailable("The token key file does not hold an RSA key; open the round anew.")
        public = private.public_key().public_numbers()
        if public.e != PUBLIC_EXPONENT:
            raise SigningUnavailable("The token key does not have the exponent 65537; open the round anew.")
        self.modulus = public.n
        self.size = (public.n.bit_length() + 7) // 8
        self._der = der
        # d2i moves the pointer it is given, never the bytes; the copy in `_der` stays where it is.
        cursor = c_char_p(der)
        self._pkey = _openssl().d2i_AutoPrivateKey(None, byref(cursor), len(der))
        if not self._pkey:
            _openssl().ERR_clear_error()
            raise SigningUnavailable("OpenSSL does not read the token key; check the system's libcrypto.")

    def __del__(self) -> None:
        pkey = getattr(self, "_pkey", None)
        if pkey:
            _openssl().EVP_PKEY_free(pkey)

    def __repr__(self) -> str:
        return "Issuer(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("A token key is not pickled.")

    @classmethod
    def generate(cls) -> Issuer:
        private = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=2048)
        return cls(
            private.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def to_der(self) -> bytes:
        """PKCS #8, unencrypted: for the key file (0600) only."""
        return self._der

    @property
    def public(self) -> TokenKey:
        return TokenKey.from_modulus(self.modulus)

    def check(self, blinded_message: bytes) -> None:
        """Raises: OutOfRange if this could not be signed, so that no code is spent on it."""
        if len(blinded_message) != self.size or not 0 < int.from_bytes(blinded_message) < self.modulus:
            raise OutOfRange("The blinded message is not a residue of the token key of this round.")

    def sign(self, blinded_message: bytes) -> bytes:
        """BlindSign (RFC 9474 section 4.3): the blinded message to the private exponent, re-verified.

        The check against the public exponent stops a computing fault from giving the key away.
        Raises: OutOfRange if the message is not below the modulus; SigningUnavailable if OpenSSL fails.
        """
        self.check(blinded_message)
        signature = self._private_operation(blinded_message)
        if self._public_operation(signature) != blinded_message:
            raise SigningUnavailable("A signature failed its own check; nothing was sent. Check this machine.")
        return signature

    def _private_operation(self, data: bytes) -> bytes:
        crypto = _openssl()
        return self._raw_rsa(crypto.EVP_PKEY_decrypt_init, crypto.EVP_PKEY_decrypt, data)

    def _public_operation(self, data: bytes) -> bytes:
        crypto = _openssl()
        return self._raw_rsa(crypto.EVP_PKEY_encrypt_init, crypto.EVP_PKEY_encrypt, data)

    def _raw_rsa(self, begin: Callable[..., int], operate: Callable[..., int], data: bytes) -> bytes:
        """One RSA operation without padding, in a context of its own."""
        crypto = _openssl()
        context = crypto.EVP_PKEY_CTX_new(self._pkey, None)
        out, length = ctypes.create_string_buffer(self.size), c_size_t(self.size)
        try:
            done = (
                context
                and begin(context) == 1
                and crypto.EVP_PKEY_CTX_ctrl_str(context, b"rsa_padding_mode", b"none") == 1
                and operate(context, out, byref(length), data, len(data)) == 1
                and length.value == self.size
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
            crypto.ERR_clear_error()
        if not done:
            raise SigningUnavailable("OpenSSL refused a blind signature; check the system's libcrypto.")
        return out.raw


def self_test() -> None:
    """Sign once with a fresh key. Raises SigningUnavailable where blind signing does not work."""
    issuer = Issuer.generate()
    issuer.sign((secrets.randbelow(issuer.modulus - 1) + 1).to_bytes(issuer.size))


def signing_check() -> Callable[[], object]:
    """Signs once at each call, with a key made for it, and raises SigningUnavailable if that does not work any more."""
    issuer = Issuer.generate()
    return partial(issuer.sign, (2).to_bytes(issuer.size))


@cache
def _openssl() -> ctypes.CDLL:
    for name in _candidates():
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _SIGNATURES.items():
                entry = getattr(library, function)
                entry.restype, entry.argtypes = result, list(arguments)
        except (OSError, AttributeError):
            continue
        return library
    raise SigningUnavailable("No OpenSSL library (libcrypto.so.3) was found; install your system's libssl package.")


def _candidates() -> list[str]:
    """The library by name, by the linker's search, and as Python's own `_ssl` has already loaded it."""
    names = ["libcrypto.so.3", ctypes.util.find_library("crypto") or ""]
    try:
        import _ssl  # noqa: F401, PLC0415  (loads the interpreter's libcrypto, so that it appears in the maps)

        maps = Path("/proc/self/maps").read_text()
    except (ImportError, OSError):
        maps = ""
    names += sorted({line.split()[-1] for line in maps.splitlines() if "/libcrypto" in line})
    return [name for name in names if name]
