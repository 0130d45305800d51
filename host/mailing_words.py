"""The two mails that members get, in the languages that we have words in.

Subject and text name no topic: whoever sees the mail learns that a society wrote, not what about.
"""

from __future__ import annotations

from textwrap import fill
from typing import Final

from host.slip_words import closing_time, day_and_time
from survey.rounds.folder import PublishedRound

Mail = tuple[str, str]  # subject, text

_WIDTH: Final = 76

_INVITATION: Final = {
    "en": (
        "Your invitation",
        """\
{society} invites you to answer some questions.

This link is yours alone:

{link}

It works once, until {until}. Please do not pass it on.

Open it on a device of your own, outside your employer's network. If your
employer runs the mail system behind this address, it can see this mail and
the link. It cannot see what you answer on your own device.

We keep no list of who got which link. The page says, before the first
question, what is promised to you and what is not.

Questions: {contact}
""",
    ),
    "es": (
        "Tu invitación",
        """\
{society} te invita a responder a unas preguntas.

Este enlace es solo para ti:

{link}

Vale una sola vez, hasta el {until}. No lo pases a nadie, por favor.

Ábrelo en un dispositivo tuyo, fuera de la red de tu empresa. Si es tu empresa
quien gestiona el correo de esta dirección, puede ver este mensaje y el enlace.
No puede ver lo que respondas en tu propio dispositivo.

No guardamos ninguna lista de quién recibió qué enlace. La página dice, antes de la
primera pregunta, qué se te promete y qué no.

Preguntas: {contact}
""",
    ),
}

_REMINDER: Final = {
    "en": (
        "A reminder",
        """\
{society} wrote to you some time ago and invited you to answer some questions.

If you have done that, or do not want to, ignore this mail. Everybody on the
list gets the same one, because nobody knows who has answered.

If you want to and have not: the link in the first mail works until {until}.
Open it on a device of your own, outside your employer's network. If your
employer runs the mail system behind this address, it can see this mail.

What is promised to you stands here; this address holds no link of yours:

{link}

Questions: {contact}
""",
    ),
    "es": (
        "Un recordatorio",
        """\
{society} te escribió hace un tiempo y te invitó a responder a unas preguntas.

Si ya lo has hecho, o no quieres, no hagas caso de este mensaje. Lo reciben
todas las personas de la lista, porque nadie sabe quién ha respondido.

Si quieres y aún no lo has hecho: el enlace del primer mensaje vale hasta el
{until}. Ábrelo en un dispositivo tuyo, fuera de la red de tu empresa. Si es tu
empresa quien gestiona el correo de esta dirección, puede ver este mensaje.

Lo que se te promete está aquí; esta dirección no lleva ningún enlace tuyo:

{link}

Preguntas: {contact}
""",
    ),
}


def invitation_mail(published: PublishedRound, link: str, language: str) -> Mail:
    """The mail that carries somebody's link."""
    return _written(_INVITATION[language], published, link, language)


def reminder_mail(published: PublishedRound, page: str, language: str) -> Mail:
    """The mail that everybody gets alike. page: where the promise can be read, without a code."""
    return _written(_REMINDER[language], published, page, language)


def _written(mail: Mail, published: PublishedRound, link: str, language: str) -> Mail:
    manifest, (subject, text) = published.manifest, mail
    until = day_and_time(closing_time(published), language)
    filled = text.format(society=manifest.society, contact=manifest.contact, link=link, until=until)
    # Not within words: a link stays whole, because mail programs take its first line for all of it.
    paragraphs = (fill(part, _WIDTH, break_long_words=False, break_on_hyphens=False) for part in filled.split("\n\n"))
    return subject, "\n\n".join(paragraphs) + "\n"
