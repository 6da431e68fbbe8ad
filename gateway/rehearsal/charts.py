"""Charts as SVG to stand in a page: drawn by pygal, with neither script nor style of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

import pygal

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_UNWANTED = ("script", "style", "defs", "desc", "title")
_TOOLTIPS = "plot tooltip-overlay"
_WIDTH, _HEIGHT = 640, 240

CSS = """
.pygal-chart{width:100%;height:auto;font:11px system-ui,sans-serif}
.pygal-chart text{fill:currentColor;stroke:none}
.pygal-chart .background,.pygal-chart .plot>.background{fill:none}
.pygal-chart .rect{fill:var(--bar)}
.pygal-chart path{fill:none;stroke:var(--rule)}
.pygal-chart .axis.x path{stroke:none}
.pygal-chart .axis.x text{text-anchor:middle}
.pygal-chart .axis.y text{text-anchor:end}
"""
"""To stand in the page once; the page says what `--bar` and `--rule` are, in the light and in the dark."""


def bars(title: str, counts: Mapping[str, int], *, labels: int) -> str:
    """A bar for each, of which every so many has its label. `title` is read to who can't see it."""
    chart = pygal.Bar(
        width=_WIDTH,
        height=_HEIGHT,
        show_legend=False,
        disable_xml_declaration=True,
        no_prefix=True,
        js=(),
        css=(),
        x_labels=list(counts),
        x_labels_major_every=labels,
        show_minor_x_labels=False,
        truncate_label=-1,
        margin=4,
        min_scale=3,
        max_scale=6,
        value_formatter=lambda value: f"{value:,.0f}",
    )
    chart.add("", list(counts.values()))
    root = chart.render_tree()
    _strip(root)
    drawn = [one for one in root.iter() if "tooltip-trigger" in (one.get("class") or "")]
    for bar, (name, many) in zip(drawn, counts.items(), strict=True):
        Xml.SubElement(bar, f"{_NAMESPACE}title").text = f"{name}: {many:,}"
    root.set("role", "img")
    root.set("aria-label", title)
    for name in ("id", "width", "height"):
        root.attrib.pop(name, None)
    return _inline(Xml.tostring(root, encoding="unicode"))


def _strip(root: Any) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            tag = child.tag if isinstance(child.tag, str) else "script"  # comments have a function there
            if tag.removeprefix(_NAMESPACE) in _UNWANTED or child.get("class") == _TOOLTIPS:
                parent.remove(child)


def _inline(svg: str) -> str:
    """HTML knows SVG by its name, and needs no namespaces."""
    return (
        svg.replace("ns0:", "").replace(":ns0", "").replace(' xmlns="http://www.w3.org/2000/svg"', "")
    ).replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
