"""Answers that break off in the middle are asked for again, with the same bytes."""

import socket
import threading

import pytest

from survey.respondent.services import Services, ServiceUnreachable

WHOLE = b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\nConnection: close\r\n\r\n12345678"


class Answering:
    """A service that gives these answers, one a connection, and keeps what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.asked: list[bytes] = []
        self._answers, self._listener = list(answers), socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1/x"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                request = b""
                while not request.endswith(b"sealed"):
                    request += connection.recv(65536)
                self.asked.append(request)
                connection.sendall(answer)
        self._listener.close()

    def end(self) -> None:
        self._thread.join(10)


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    service = Answering(WHOLE[:-1], WHOLE[:-8], WHOLE)
    assert Services()._send("PUT", service.url, {}, b"sealed") == b"12345678"
    service.end()
    assert len(service.asked) == 3
    assert len(set(service.asked)) == 1


def test_one_that_always_breaks_off_counts_as_none() -> None:
    service = Answering(*[WHOLE[:-1]] * 5)
    with pytest.raises(ServiceUnreachable):
        Services()._send("PUT", service.url, {}, b"sealed")
    service.end()
    assert len(service.asked) == 5
