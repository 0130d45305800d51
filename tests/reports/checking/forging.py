"""What a host who has the key may change in a release before it signs: each takes the files, and changes them."""

import json
from collections.abc import Callable


def change_figure(files: dict[str, bytes]) -> None:
    lines = files["tables.csv"].decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,") and ",shown" in line)
    fields = lines[place].split(",")
    fields[5] = "0.9876"
    lines[place] = ",".join(fields)
    files["tables.csv"] = "".join(lines).encode()


def change_statistic(files: dict[str, bytes]) -> None:
    files["statistics.csv"] = with_mean(files["statistics.csv"], lambda mean: 2.9876 if mean < 2.5 else 1.0123)


def with_mean(data: bytes, change: Callable[[float], float]) -> bytes:
    """The mean of everyone changed."""
    lines = data.decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,,,mean,"))
    fields = lines[place].split(",")
    fields[5] = f"{change(float(fields[5])):.4f}"
    lines[place] = ",".join(fields)
    return "".join(lines).encode()


def show_a_hidden_row(files: dict[str, bytes]) -> None:
    files["tables.csv"] += b"mood,team,blue,,3,0.5000,0.4000,0.6000,9.0,9.0,3.0000,display,shown\n"


def change_measurement(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["residuals"][1]["values"][0] += 7
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def swap_scale(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["residuals"][1]["scale"] /= 2
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def drop_table(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    del document["residuals"][-1]
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def spend_less(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["ledger"]["rho"] = 0.001
    files["release.json"] = json.dumps(document, indent=1).encode()


def boast(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["threshold"]["min_cohort"] = 50
    files["release.json"] = json.dumps(document, indent=1).encode()


def reword(files: dict[str, bytes]) -> None:
    files["index.html"] = files["index.html"].replace(b"Mood", b"Joy")


def recode(files: dict[str, bytes]) -> None:
    files["codebook.json"] = files["codebook.json"].replace(b'"Saw"', b'"See"')


def break_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"min_cohort":10', b'"min_cohort":11')


def break_closing(files: dict[str, bytes]) -> None:
    files["closing.json"] = files["closing.json"].replace(b"2026-04-01", b"2026-03-31")


def respace_closing(files: dict[str, bytes]) -> None:
    files["closing.json"] = files["closing.json"].replace(b":", b": ", 1)


def huge_number(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"min_cohort":10', b'"min_cohort":1' + b"0" * 400)


def drop_closing(files: dict[str, bytes]) -> None:
    del files["closing.json"]


def no_json(files: dict[str, bytes]) -> None:
    files["measurements.json"] = b"[" * 100_000


def no_record(files: dict[str, bytes]) -> None:
    files["release.json"] = b"{}"


def half_a_character(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["ledger"]["previous"] = "\ud800"
    files["release.json"] = json.dumps(document).encode()


def half_a_round(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["round"] = "\ud800"
    files["measurements.json"] = json.dumps(document).encode()


def add_listed_file(files: dict[str, bytes]) -> None:
    files["raw_counts.csv"] = b"1,2,3\n"
