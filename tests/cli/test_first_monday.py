"""docs/first-monday.md, done: seven exports and two lists of one's own become the first weekly report."""

from __future__ import annotations

import csv
import glob
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Cs

PAGE = (ROOT / "docs" / "first-monday.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]
EXPORTS = (
    "hubspot-crm-exports-all-companies", "hubspot-crm-exports-all-contacts", "hubspot-crm-exports-all-deals",
    "nps-delighted", "stripe-invoices", "stripe-subscriptions", "zendesk-tickets",
)


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "Downloads"
    folder.mkdir()
    for name in EXPORTS:
        shutil.copy(ROOT / "sample_data" / "2026-06" / f"{name}-2026-06-30.csv", folder)
    with (folder / f"{EXPORTS[0]}-2026-06-30.csv").open(encoding="utf-8", newline="") as file:
        names = [row["Company name"] for row in csv.DictReader(file) if row["Lifecycle Stage"] == "Customer"][:5]
    with (folder / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Customer", "CSM", "Health", "Renewal", "Notes"])
        writer.writerows(
            [name, csm, health, "2026-12-01", "called"]
            for name, csm, health in zip(names, ["Ann", "Ann", "Tom", "Ann", "Tom"], ["green", "red", "yellow"] * 2,
                                         strict=False)
        )
    with (folder / "trainings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Company", "Held on", "Trainer", "Topic"])
        writer.writerows([name, f"2026-05-{day:02}", "Tom", "Reports"] for name, day in zip(names, (4, 6, 11, 18, 25),
                                                                                             strict=True))
    return folder


def test_the_page_leads_to_the_first_report(
    cs: Cs, tmp_path: Path, downloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = {}
    for line in LINES:
        words = shlex.split(line, comments=True)
        if words[0] == "cd":
            monkeypatch.chdir(tmp_path / words[1])
            continue
        assert words[0] == "cs", line
        words = [word.replace("~/Downloads", str(downloads)) for word in words[1:]]
        words = [one for word in words for one in (sorted(glob.glob(word)) if "*" in word else [word])]
        done = cs(*words)
        assert done.code in ((0, 1) if words[0] == "check" else (0,)), (line, done.err)
        told[line.partition("#")[0].strip()] = done
        if words[0] == "init":
            # the files are of that day
            with (tmp_path / "acme" / "cs.yaml").open("a", encoding="utf-8") as file:
                file.write('today: "2026-06-30"\n')
    assert list((tmp_path / "acme" / "sources").glob("*.yaml")) == [tmp_path / "acme" / "sources" / "trainings.yaml"]
    assert "nothing left open" in told["cs sources new ~/Downloads/trainings.csv --kind touch --save"].err
    report = told["cs report weekly"].out
    assert re.search(r"ARR +1,729,872\n", report)
    assert "Who is at risk" in report
    assert (tmp_path / "acme" / "reports" / "weekly.html").stat().st_size > 5_000
    pulses = cs("health", "list", "-f", "json", "--all").json
    assert len(pulses) > 50
    shown = cs("accounts", "show", "Pellworm Analytics").out
    assert "Reports" in shown
