"""The one mail that the registrar sends: it names neither society nor topic, and links nowhere.

Whoever sees it (an employer's mail system, somebody looking over a shoulder) learns that a page sent a code.
"""

from __future__ import annotations

from typing import Final

SUBJECT: Final = "Your code"


def code_mail(code: str) -> str:
    """The body for a code of eight digits."""
    grouped = f"{code[:4]} {code[4:]}"
    return (
        f"Your code: {grouped}\n"
        "\n"
        "It is valid for 15 minutes. Enter it on the page where you asked for it.\n"
        "If you did not ask for it, ignore this mail.\n"
        "\n"
        f"Tu código: {grouped}\n"
        "\n"
        "Vale 15 minutos. Escríbelo en la página donde lo pediste.\n"
        "Si no lo pediste, no hagas caso de este correo.\n"
    )
