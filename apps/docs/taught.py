"""Which guides teach a class, and which compiled examples use it."""
import html
import re

from guides import ROOT


# The guide to what a header has, by the beginning of its name; the longest counts.
SUBJECTS = {
    "supervision/": "supervision", "supervision/fault": "generators-and-chaos", "supervision/telemetry": "telemetry",
    "actors/": "channels", "actors/presence": "presence", "actors/pubsub": "pubsub", "actors/broadcast": "pubsub",
    "actors/socket": "sockets", "actors/socket_serializer": "serializer", "actors/limits": "limits", "actors/rate_limit": "limits",
    "actors/global_names": "clusters", "actors/link_options": "clusters", "actors/node": "clusters", "actors/tree_json": "observer",
    "testing/": "testing",
    "transport/": "up-and-running", "transport/cluster": "clusters", "transport/server": "deploying", "transport/http": "publish-api",
    "transport/token": "sockets", "transport/jwt": "sockets",
}


def subject_of(header):
    """The page of the guide to a header such as `bennu/actors/channel.hpp`."""
    name = header.removeprefix("bennu/")
    return SUBJECTS[max((x for x in SUBJECTS if name.startswith(x)), key=len, default="transport/")] + ".html"


def mentions(name, code):
    """How often code uses a class. A single word, such as `node`, counts only where it can mean nothing else."""
    if "_" in name or "::" in name:
        return len(re.findall(rf"\b{name}\b", code))
    return len(re.findall(rf"\bbennu::{name}\b|public {name}\b|\b{name}(?:<\w|::\w)", code))


def code_of(text):
    return "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", text)))


class Taught:
    def __init__(self, pages, sections):
        """`sections`: by page (title, anchor, Markdown)."""
        self.pages = pages
        guides = {where for group, entries in pages.navigation() if group for _, where in entries}
        self.guides = [(page, [(title, mark, code_of(text)) for title, mark, text in parts])
                       for page, parts in sections.items() if page in guides]
        self.sources = {path: path.read_text(encoding="utf-8") for path in pages.sources}

    def of(self, name, header):
        """HTML with the guides and the examples of a class."""
        found = []
        for page, parts in self.guides:
            counts = [mentions(name, code) for _, _, code in parts]
            subject = page.removesuffix(".html").rstrip("s")
            # The guide to presence, for each type of presence; else the one to its header.
            weight = sum(counts) + (50 if subject in name else 0) + (30 if page == subject_of(header) else 0)
            if weight:
                found.append((weight, parts[0][0], parts[counts.index(max(counts))], page))
        guides = [f'<a href="../{page}{"#" + mark if mark else ""}">{html.escape(guide)}'
                  f'{": " + html.escape(title) if mark else ""}</a>'
                  for _, guide, (title, mark, _), page in sorted(found, key=lambda x: -x[0])[:3]]
        used = sorted(((mentions(name, code), path) for path, code in self.sources.items()), key=lambda x: (-x[0], str(x[1])))
        examples = [f'<a href="../{self.pages.sources[path]}#line-{self.first_line(name, path)}">{path.relative_to(ROOT)}</a>'
                    for count, path in used[:3] if count]
        rows = [f"<dt>{what}</dt><dd>{', '.join(links)}</dd>" for what, links in (("Guides", guides), ("Examples", examples)) if links]
        return f'<dl class="taught">{"".join(rows)}</dl>'

    def first_line(self, name, path):
        for number, line in enumerate(self.sources[path].splitlines(), 1):
            if mentions(name, line):
                return number
        return 1
