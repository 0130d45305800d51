"""A mail to write, and how tests send it."""

ANA = "ana.lopez@members.example"
BODY = "Hola, señora:\n\n.A line that begins with a point\n" + "x" * 300 + "\nhttps://society.example/round#ab.cd-ef\n"


def send(server, to=ANA, subject="Your invitation", body=BODY):
    with server.session() as session:
        session.send(to, subject, body)
