"""metrics.yaml: named ways of counting, and targets."""

from __future__ import annotations

from pathlib import Path

from cs_cli.definitions.loading import check_id, load
from cs_cli.definitions.shape_reader import day
from cs_cli.definitions.shapes import Metrics
from cs_cli.definitions.yaml_reader import Document


def read_metrics(path: Path, name: str = "metrics.yaml") -> tuple[Metrics | None, Document]:
    """metrics.yaml as Metrics, with its document for the checks that follow. The first set is the default one."""
    metrics, document = load(Metrics, path, name)
    if metrics is not None:
        names: list[str] = []
        for i, one in enumerate(metrics.sets):
            check_id(document, ("sets", i, "name"), one.name, "the name of a set")
            if one.name in names:
                document.fault("DEF-017", f"the set {one.name} stands twice", ("sets", i, "name"),
                               value=one.name)
            names.append(one.name)
        if not metrics.sets:
            document.fault("DEF-013", "at least one set is needed", ("sets",))
        for i, target in enumerate(metrics.targets):
            if target.by is not None and day(target.by) is None:
                document.fault("DEF-026", f"{target.by} is not a day", ("targets", i, "by"), value=target.by,
                               expected="a day as 2026-01-31")
    return (None if document.faults else metrics), document
