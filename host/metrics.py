"""Numbers for Prometheus, on a place of their own: what must be fresh is about the machine, not about people.

Counts of requests are told as `host.coarse_counts` says. Nothing else moves with a request: whether the role is ready,
by check, whether its database was last rewritten well, whether its disk is nearly full, and which version this is.
The library's own collectors are left out, because processor time to the hundredth of a second tells when somebody came;
so are times of anything.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from socket import AF_INET6
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from host.coarse_counts import CoarseCounts
from survey.readiness import Readiness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PATIENCE_SECONDS: Final = 5


class RoleCollector(Collector):
    """What is told of one role.

    nearly_full: whether its disk is; None for a role without a store. settles: whether its database is rewritten.
    """

    def __init__(
        self,
        role: str,
        readiness: Readiness,
        counts: CoarseCounts,
        nearly_full: Callable[[], bool] | None,
        settles: bool,
    ) -> None:
        self._role, self._readiness, self._counts = role, readiness, counts
        self._nearly_full, self._settles = nearly_full, settles

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "subrosa", "What serves here.", value={"role": self._role, "version": version("subrosa-survey")}
        )
        yield self._ready()
        if self._settles:
            well = float(self._counts.settled)
            yield GaugeMetricFamily("subrosa_settled", "1 if the database was last rewritten well.", value=well)
        if self._nearly_full is not None:
            full = float(self._nearly_full())
            yield GaugeMetricFamily("subrosa_disk_nearly_full", "1 if there is little room left.", value=full)
        requests = CounterMetricFamily("subrosa_requests", "Answered requests, coarsely.", labels=["outcome"])
        for outcome, told in self._counts.told().items():
            requests.add_metric([outcome], told)
        yield requests

    def _ready(self) -> Metric:
        ready = GaugeMetricFamily("subrosa_ready", "1 for each thing the role needs that works.", labels=["check"])
        failing = self._readiness.failing()
        for name in self._readiness.names:
            ready.add_metric([name], float(name not in failing))
        return ready


def metrics_app(collector: Collector) -> WSGIApplication:
    """The numbers in Prometheus' text format, whatever is asked for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = generate_latest(registry)
        start_response("200 OK", [("Content-Type", _CONTENT_TYPE), ("Content-Length", str(len(body)))])
        return [body]

    return app


def serve_metrics(address: tuple[str, int], app: WSGIApplication) -> None:
    """Listen there from now on, in a thread that ends with the process. Raises: OSError if nothing can listen there."""
    server = _Listener(address, _Quiet)
    server.set_app(app)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Listener(WSGIServer):
    """Without looking up the name of its own address, which may take as long as a name server is away."""

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = AF_INET6
        super().__init__(address, handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Whoever hangs up in the middle is nobody's business."""


class _Quiet(WSGIRequestHandler):
    timeout = _PATIENCE_SECONDS

    def log_message(self, _format: str, *_arguments: Any) -> None:
        """Not who looks at the numbers, either."""
