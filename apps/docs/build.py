#!/usr/bin/env python3
"""The documentation as a web site: the guides, and the reference of the public headers, with one search.

    apps/docs/build.py SITE                     builds it in the folder SITE
    apps/docs/build.py SITE --serve [--port N]  and serves it on loopback until Ctrl+C
    apps/docs/build.py --self-test              plants faults in headers, and checks that each is found

It needs Debian's doxygen, python3-markdown and python3-pygments; without them the exit status is 77. A warning of Doxygen, a
public name without a comment, a link that leads nowhere, and a name in a guide that does not exist are errors (1).
"""
import argparse
import functools
import html
import html.parser
import http.server
import json
import pathlib
import re
import shutil
import sys
import tempfile
import urllib.parse

try:
    import guides
    import headers
    import taught
except ImportError as missing:
    print(f"{missing}: install python3-markdown and python3-pygments")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = ("Reference", [("All types", "types.html"), ("Functions", "reference/namespacebennu.html#func-members"),
                           ("Headers", "reference/files.html")])
LIBRARIES = {"supervision": "OTP for CAF: supervisors, servers with a state, registries, tasks, telemetry. It needs CAF alone.",
             "actors": "What Phoenix means: channels, sockets, topics, presence, history. It knows no sockets of the system.",
             "transport": "The program around it: HTTP, WebSockets, long polling, TLS, clusters, tokens.",
             "testing": "The test kit: channels and whole clusters in virtual time."}


def framed(title, body, groups, here="", top=""):
    """A page of the site. `top` leads from the page to the top folder."""
    links = ""
    for name, entries in groups:
        links += f"<h2>{html.escape(name)}</h2>" if name else ""
        links += "<ul>"
        for text, where in entries:
            current = " aria-current=page" if where == here else ""
            links += f'<li><a href="{top}{where}"{current}>{html.escape(text)}</a></li>'
        links += "</ul>"
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for name, text in (("title", title), ("navigation", links), ("top", top), ("body", body)):
        page = page.replace("{{" + name + "}}", text)
    return page


def neighbours(name, groups):
    """Links to the guides before and after this one."""
    order = [x for group, entries in groups if group not in ("", "Reference") for x in entries]
    at = next((i for i, (_, where) in enumerate(order) if where == name), None)
    if at is None:
        return ""
    links = ""
    for step, label, kind in ((-1, "Previous", "prev"), (1, "Next", "next")):
        if 0 <= at + step < len(order):
            text, where = order[at + step]
            links += f'<a rel="{kind}" href="{where}"><small>{label}</small> {html.escape(text)}</a>'
    return f'<nav class="turn" aria-label="Previous and next guide">{links}</nav>'


def plain(text):
    """The words of Markdown, for the search."""
    text = re.sub(r"```.*?```|\|[-| ]+\|", " ", text, flags=re.S)
    return " ".join(re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("|", " ").replace("*", "").replace("`", "").split())


def build_reference(site, pages, groups):
    frame = framed("$title", "<main class=reference>", groups, top="$relpath^../")
    head, foot = frame.split("<main class=reference>")
    found = headers.reference(guides.ROOT, site, head + "<main class=reference><div><div>", "</main>" + foot)
    if found.problems:
        print("\n".join(found.problems))
        sys.exit(f"{len(found.problems)} faults in the comments of the public headers")
    for path in (site / "reference").glob("*-members.html"):
        path.unlink()
    return found


def types_page(found):
    """All types, by library."""
    body = "<h1>All types</h1>"
    for library, about in LIBRARIES.items():
        rows = "".join(f'<dt><code><a href="reference/{x.address}">{html.escape(x.name)}</a></code></dt><dd>{html.escape(x.brief)}</dd>'
                       for x in sorted(found.names, key=lambda x: x.name)
                       if x.kind in ("class", "struct", "enum") and x.header.startswith(f"bennu/{library}/") and x.brief)
        body += f'<h2 id="{library}">bennu/{library}</h2><p>{about}</p><dl class="types">{rows}</dl>'
    links = "".join(f'<li><a href="#{x}">bennu/{x}</a></li>' for x in LIBRARIES)
    return f'<main>{body}</main><aside aria-label="On this page"><h2>On this page</h2><ul>{links}</ul></aside>'


def members_aside(name, found):
    """Links to the members of a class, for its page."""
    members = {x.name.rpartition("::")[2]: x.address for x in reversed(found.names) if x.name.rpartition("::")[0] == name}
    links = "".join(f'<li><a href="#{where.partition("#")[2]}">{html.escape(member)}</a></li>'
                    for member, where in reversed(members.items()) if "#" in where and not member.startswith(("operator", "~")))
    return f'<aside aria-label="Members"><h2>Members</h2><ul>{links}</ul></aside>' if links.count("<li>") > 4 else ""


def finish_reference(site, found, names, examples):
    classes = {x.address: x.name for x in found.names if x.kind in ("class", "struct")}
    headers_of = {x.address: x.header for x in found.names}
    for page in (site / "reference").glob("*.html"):
        text = headers.tidied(page.read_text(encoding="utf-8"))
        if page.name in classes:
            links = examples.of(classes[page.name], headers_of[page.name])
            text = text.replace('<div class="contents">', f'<div class="contents">{links}', 1)
            text = guides.linked(text, names, "../", within=classes[page.name])
            aside = members_aside(classes[page.name], found)
            text = text.replace("</main>", f"</main>{aside}", 1)
            if aside:
                text = text.replace("<main class=reference>", '<main class="reference beside">', 1)
        elif page.name == "files.html" or page.name.endswith("_8hpp.html"):
            text = guides.linked(text.replace(">File List<", ">Headers<"), names, "../", within="", is_name=True)
        page.write_text(text, encoding="utf-8")


def remove_unlinked(site):
    """Removes the pages of Doxygen to which no link leads, such as its lists of letters."""
    known, ahead = set(), [site / "index.html"]
    while ahead:
        page = ahead.pop()
        if page in known or not page.is_file():
            continue
        known.add(page)
        if page.suffix == ".html":
            links = Addresses(page.read_text(encoding="utf-8")).links
            ahead += [(page.parent / x.partition("#")[0]).resolve() for x in links if not re.match(r"[a-z]+:|#", x)]
    for path in (site / "reference").iterdir():
        if path not in known:
            path.unlink()


def entries(found, sections):
    """What the search knows: [name, kind, address, a line about it]."""
    result = []
    for page, parts in sections.items():
        for title, mark, text in parts:
            name = title if not mark else f"{parts[0][0]}: {title}"
            result.append([name, "guide", page + (f"#{mark}" if mark else ""), plain(text)])
    result += [[x.name, x.kind, f"reference/{x.address}", x.brief] for x in found.names if x.kind != "file"]
    once = {(name, kind): [name, kind, *rest] for name, kind, *rest in reversed(result)}  # the first of several overloads
    return list(reversed(once.values()))


def build(site):
    if site.exists() and any(site.iterdir()) and not (site / "site.css").exists():
        sys.exit(f"{site} has other files than those of an earlier site: choose a folder of its own")
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    shutil.copy(HERE / "site.css", site / "site.css")  # by which the next build knows the folder
    pages = guides.Pages()
    groups = [*pages.navigation(), REFERENCE]
    print("1 of 3: the reference of the public headers", flush=True)
    found = build_reference(site, pages, groups)
    print(f"2 of 3: {len(pages.names)} guides, {len(pages.sources)} files of examples", flush=True)
    names, sections = guides.Names(found, pages), {}
    if stale := [x for page in pages.names if page.name != "CHANGELOG.md"
                 for x in guides.unknown_names(page, page.read_text(encoding="utf-8"), names)]:
        sys.exit("\n".join(stale))
    for page, name in pages.names.items():
        body, aside, sections[name] = guides.rendered(page, pages, names)
        body = f"<main>{body}{neighbours(name, groups)}</main>{aside}"
        (site / name).write_text(framed(html.escape(sections[name][0][0]), body, groups, here=name), encoding="utf-8")
    (site / "source").mkdir()
    for path, name in pages.sources.items():
        body = f"<main class=reference>{guides.linked(guides.source_page(path), names, '../')}</main>"
        (site / name).write_text(framed(path.name, body, groups, top="../"), encoding="utf-8")
    for path, name in pages.files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, site / name)
    shutil.copy(HERE / "site.js", site / "site.js")
    print("3 of 3: links between them, and the search", flush=True)
    (site / "types.html").write_text(framed("All types", types_page(found), groups, here="types.html"), encoding="utf-8")
    finish_reference(site, found, names, taught.Taught(pages, sections))
    remove_unlinked(site)
    (site / "search.json").write_text(json.dumps(entries(found, sections), ensure_ascii=False), encoding="utf-8")


class Addresses(html.parser.HTMLParser):
    """The links and the anchors of a page, and the anchors that it has twice."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.twice = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        has = {name: value for name, value in attributes if value}
        self.links.update(has[x] for x in ("href", "src") if x in has)
        marks = {has.get("id"), has.get("name") if tag == "a" else None} - {None}
        self.twice |= marks & self.anchors
        self.anchors |= marks


def broken_links(site):
    read = {x: Addresses(x.read_text(encoding="utf-8")) for x in site.rglob("*.html")}
    search = Addresses("")
    search.links = {where for _, _, where, _ in json.loads((site / "search.json").read_text(encoding="utf-8"))}
    read[site / "search.json"] = search
    for page, has in sorted(read.items()):
        for mark in sorted(has.twice):
            yield f"{page.relative_to(site)}: the id {mark} is there twice"
        for link in sorted(has.links):
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            name, _, part = urllib.parse.unquote(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.is_file() or (part and target in read and part not in read[target].anchors):
                yield f"{page.relative_to(site)}: {link} leads nowhere"


# A header with faults, and a part of what must be told about each.
PLANTED = """namespace bennu {
/// A thing.
struct thing {
  int size;
  /// Does it.
  void run();
  void run(int times);
  void stop();
};
/// A colour, see @ref gone.
enum class colour { red };
void paint();
} // namespace bennu
namespace bennu::engine {
struct hidden {};
} // namespace bennu::engine
"""
TOLD = [":4: Member size", ":8: Member stop", ":11: the enumerator colour::red", "gone", ":12: Member paint"]


def self_test():
    """@returns what was planted and not found, and what was found and not planted."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        (root / "actors").mkdir()
        (root / "actors/thing.hpp").write_text(PLANTED, encoding="utf-8")
        found = headers.reference(root, root / "site", "<html><body>", "</body></html>").problems
    missed = [f"planted and not found: {x}" for x in TOLD if not any(x in y for y in found)]
    names = guides.Names(headers.Reference([headers.Name("reply", "class", "r.html", ""), headers.Name("reply::ok", "function", "r.html#ok", "")]),
                         guides.Pages())
    stale = list(guides.unknown_names(guides.INDEX, "`bennu::gone` `reply::gone(x)` `bennu::reply` `reply::ok` `other::thing`", names))
    if [x.split()[4].rstrip(",") for x in stale] != ["bennu::gone", "reply::gone"]:
        missed.append(f"names that do not exist: {stale}")
    return missed + [f"found and not planted: {x}" for x in found if not any(y in x for y in TOLD)]


def main():
    takes = argparse.ArgumentParser(prog="apps/run docs" if "--serve" in sys.argv else None,
                                    description="Builds the documentation as a web site: guides and reference, with one search.")
    takes.add_argument("site", type=pathlib.Path, nargs="?", help="the folder of the site (apps/run docs: build/docs)")
    takes.add_argument("--serve", action="store_true", help="serve it on loopback until Ctrl+C (apps/run docs always does)")
    takes.add_argument("--port", type=int, default=4001, help="where; 0 for any free port (default: 4001)")
    takes.add_argument("--self-test", action="store_true", help="check that faults in headers are found")
    asked = takes.parse_args()
    if not shutil.which("doxygen"):
        print("doxygen is not installed")
        return 77
    if asked.self_test:
        missed = self_test()
        print("\n".join(missed) or "everything planted was found")
        return 1 if missed else 0
    if not asked.site:
        takes.error("which folder?")
    site = asked.site.resolve()
    build(site)
    if broken := list(broken_links(site)):
        print("\n".join(broken[:50]), f"{len(broken)} faults", sep="\n")
        return 1
    print(f"{len(list(site.rglob('*.html')))} pages in {asked.site}", flush=True)
    if asked.serve:
        serve(site, asked.port)
    return 0


def serve(site, port):
    files = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), files)
    except OSError as why:
        sys.exit(f"port {port}: {why.strerror}; take another with --port N, or --port 0 for any free port")
    print(f"http://127.0.0.1:{server.server_port} (Ctrl+C stops it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    sys.exit(main())
