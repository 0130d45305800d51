"""What a host could sign who does not use our code: any document, and every place in one."""

import rfc8785
from a_round import make_round
from form_samples import every_kind


def signed(document, key):
    """What a host could sign who does not use our code."""
    signature = key.sign(rfc8785.dumps(document)).hex()
    return rfc8785.dumps({"manifest": document, "signature": signature})


def places(document, place=()):
    """Every place in a JSON document."""
    yield place
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from places(value, (*place, key))


EVERY = make_round("every", form=every_kind())
PLACES = list(places(EVERY.manifest.to_json()))[1:]
# Who may take part in a round by mail, in every way in which that can be limited.
MAIL = {"domains": ["a.example", "b.example"], "members_only": True, "free_mail": False, "per_domain": 3}
