"""The round in eight lines of the README is run as it stands, on other ports and with fewer invented people."""

import os
import subprocess
import sys
from pathlib import Path

from host.ports import free_port

README = Path(__file__).resolve().parents[2] / "README.md"
PEOPLE = 50  # twice as many rows, well above the gate of 30


def eight_lines() -> list[str]:
    text = README.read_text(encoding="utf-8").partition("## A round in eight lines")[2].partition("\n## ")[0]
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def test_the_round_in_eight_lines_ends_with_a_verified_release(tmp_path):
    lines = eight_lines()
    assert len(lines) == 8
    ports = {port: str(free_port()) for port in ("8000", "8001", "8002")}
    lines[0] += "".join(f" && sed -i s/:{old}/:{new}/g subrosa.toml" for old, new in ports.items())
    script = "\n".join(lines).replace("seq 150", f"seq {PEOPLE}").replace("sleep 5", "sleep 2")
    (tmp_path / "subrosa").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m host.cli "$@"\n')
    (tmp_path / "subrosa").chmod(0o755)

    ran = subprocess.run(
        ["bash", "-e", "-c", f"trap 'kill %1 2>/dev/null || true' EXIT\n{script}\nwait"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran
    assert "Traceback" not in ran.stderr
    assert f"{2 * PEOPLE} responses were confirmed by the intake" in ran.stdout
    assert f"Counted {2 * PEOPLE} responses" in ran.stdout
    assert "Verified:" in ran.stdout
    (release,) = (tmp_path / "society" / "releases").iterdir()
    assert (release / "index.html").exists()
