"""The section "Data" of the release page: the files, on what terms they may be used, and how to cite them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.dataset.described import NO_LICENCE, Described
from reports.dataset.files import DESCRIPTIONS, file, in_order
from reports.dataset.jsonld import dataset_jsonld, for_a_page

_PAGE = "index.html"


def data_section(said: Described, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What templates/data.html shows. files: those of the release that are made before the page."""
    names = {*files, *DESCRIPTIONS} - {_PAGE}
    return {
        "files": tuple((name, file(name).sentence) for name in in_order(names)),
        "said": said,
        "no_licence": NO_LICENCE,
        "jsonld": for_a_page(dataset_jsonld(said, files)),
    }
