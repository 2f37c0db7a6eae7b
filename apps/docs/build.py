#!/usr/bin/env python3
"""The documentation as a web site: the guides, and the reference of the public headers, with one search.

    apps/docs/build.py SITE                     builds it in the folder SITE
    apps/docs/build.py SITE --serve [--port N]  and serves it on loopback until Ctrl+C

It needs Debian's doxygen, python3-markdown and python3-pygments; without them the exit status is 77. A warning of
Doxygen, and a link that leads nowhere, are errors (1).
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
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as tree

from anchor import anchor

try:
    import markdown
    import pygments  # which Markdown uses for code
except ImportError as missing:
    print(f"{missing}: install python3-markdown and python3-pygments")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INDEX = ROOT / "apps/guide/README.md"
MORE = ["README.md", "CHANGELOG.md", "apps/chat/README.md", "apps/bench/README.md", ".github/CONTRIBUTING.md",
        ".github/SECURITY.md"]
REFERENCE = [("All types", "reference/annotated.html"), ("Headers", "reference/files.html"),
             ("Functions", "reference/namespacebennu.html")]


class Pages:
    """Which Markdown file becomes which page."""

    def __init__(self):
        guides = sorted(INDEX.parent.glob("*.md"))
        self.names = {x: ("index" if x == INDEX else x.stem) + ".html" for x in guides}
        for path in map(ROOT.joinpath, MORE):
            self.names[path] = (path.parent.name if path.stem == "README" else path.stem.lower()) + "-page.html"
        self.names[ROOT / "README.md"] = "overview.html"
        self.files = {}

    def target(self, page, link):
        """The address of a link within the site. What is no page is copied as a file; a folder leads to nothing."""
        if re.match(r"[a-z]+:|#", link):
            return link
        name, _, part = link.partition("#")
        path = (page.parent / name).resolve()
        if path in self.names:
            return self.names[path] + (f"#{part}" if part else "")
        if path.is_dir():
            return None
        copy = "files/" + str(path.relative_to(ROOT)).lstrip(".")
        self.files[path] = copy if path.suffix in (".png", ".svg") else copy + ".txt"
        return self.files[path]


def title_of(text):
    return re.search(r"^# (.+)$", text, re.M)[1].replace("`", "")


def navigation(pages):
    """The guides in the order of the index, then the reference: (group, [(title, address)])."""
    result, group = [], None
    for line in INDEX.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\*\*(.+)\*\*", line):
            group = (found[1], [])
            result.append(group)
        elif re.match(r"\d+\. ", line):
            group[1].extend((text, pages.names[(INDEX.parent / file).resolve()])
                            for text, file in re.findall(r"\[([^\]]+)\]\(([^)]+\.md)\)", line))
    return [("", [("Overview", "overview.html"), ("All guides", "index.html")])] + result + [("Reference", REFERENCE)]


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


def linked_headers(text, headers):
    """`bennu/actors/channel.hpp` in a text becomes a link to its page of the reference."""
    def link(found):
        address = headers.get(found[1].replace("bennu/testing/", "tests/kit/").replace("bennu/", ""))
        return f'<a href="reference/{address}">{found[0]}</a>' if address else found[0]
    return re.sub(r"<code>(?:&lt;)?((?:bennu|actors|supervision|transport)/[\w/]+\.hpp)(?:&gt;)?</code>", link, text)


def rendered(page, pages, headers):
    text = page.read_text(encoding="utf-8")
    settings = {"toc": {"slugify": anchor, "toc_depth": "2-3"}, "codehilite": {"guess_lang": False, "css_class": "code"}}
    made = markdown.Markdown(extensions=["tables", "fenced_code", "sane_lists", *settings], extension_configs=settings)
    # A list may follow its introduction without an empty line, as on GitHub.
    body = made.convert(re.sub(r"(?m)^(?![-*\d|>#\s`])(.+)\n(?=- |1\. )", r"\1\n\n", text))

    def moved(found):
        address = pages.target(page, html.unescape(found[2]))
        return f'{found[1]}="{html.escape(address)}"' if address else f'{found[1]}="#"'
    body = re.sub(r'\b(href|src)="([^"]*)"', moved, body)
    body = body.replace("<pre>", "<pre tabindex=0>").replace("<th></th>", "<td></td>")  # what scrolls can be reached by keys
    body = body.replace("<table>", '<div class="wide" tabindex=0><table>').replace("</table>", "</table></div>")
    contents = "".join(f'<li><a href="#{x["id"]}">{x["name"]}</a></li>' for x in made.toc_tokens)
    aside = f'<aside aria-label="On this page"><h2>On this page</h2><ul>{contents}</ul></aside>'
    if len(made.toc_tokens) < 3:
        aside = ""
    return f'<main>{linked_headers(body, headers)}</main>{aside}', made.toc_tokens, text


def reference(site, groups):
    """@returns the page of each header, and what can be searched: [name, kind, address]."""
    frame = framed("$title", "<main class=reference>", groups, top="$relpath^../")
    head, foot = frame.split("<main class=reference>")
    (site / "head.html").write_text(head + "<main class=reference><div><div>", encoding="utf-8")
    (site / "foot.html").write_text("</main>" + foot, encoding="utf-8")
    settings = (HERE / "Doxyfile").read_text(encoding="utf-8") + f"""
OUTPUT_DIRECTORY = {site}
STRIP_FROM_INC_PATH = {ROOT}
HTML_HEADER = {site}/head.html
HTML_FOOTER = {site}/foot.html
HTML_STYLESHEET = {HERE}/site.css
GENERATE_TAGFILE = {site}/tags.xml
"""
    done = subprocess.run(["doxygen", "-"], cwd=ROOT, input=settings, text=True, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"doxygen has complaints:\n{done.stderr}")
    headers, found = {}, []
    for x in tree.parse(site / "tags.xml").getroot():
        name, file = x.findtext("name"), x.findtext("filename")
        file += "" if file.endswith(".html") else ".html"
        if x.get("kind") == "file":
            headers[x.findtext("path", "") + name] = file
        elif "engine" not in name:
            if x.get("kind") in ("class", "struct"):
                found.append([name.removeprefix("bennu::"), x.get("kind"), f"reference/{file}"])
            for m in x.findall("member"):
                found.append([f"{name}::{m.findtext('name')}".removeprefix("bennu::"), m.get("kind"),
                              f"reference/{m.findtext('anchorfile')}#{m.findtext('anchor')}"])
    for name in ("head.html", "foot.html", "tags.xml"):
        (site / name).unlink()
    for page in (site / "reference").glob("*.html"):
        page.write_text(tidied(page.read_text(encoding="utf-8")), encoding="utf-8")
    return headers, found


def tidied(page):
    """A page of Doxygen with the includes that users write, all rows of its lists, and no link to what is not shown."""
    page = re.sub(r'(#include &lt;(?:<a [^>]*>)?)(?:tests/kit|(actors|supervision|transport))/',
                  lambda x: f"{x[1]}bennu/{x[2] or 'testing'}/", page)
    page = page.replace(' style="display:none;"', "").replace("\u2024", ".")  # see filter.sed
    page = re.sub(r'<(div|pre) class="(memproto|fragment)">', r'<\1 class="\2" tabindex=0>', page)  # reached by keys
    page = re.sub(r'<div class="title">(.*?)</div>', r'<h1 class="title">\1</h1>', page, flags=re.S)
    if 'id="nested-classes"' not in page:
        page = re.sub(r'<a href="#nested-classes">[^<]*</a>(?: &#124;)?\s*', "", page)
    return page


def build(site):
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    pages = Pages()
    groups = navigation(pages)
    headers, found = reference(site, groups)
    for page, name in pages.names.items():
        body, headings, text = rendered(page, pages, headers)
        title = title_of(text)
        (site / name).write_text(framed(html.escape(title), body, groups, here=name), encoding="utf-8")
        found.append([title, "guide", name])
        for x in (x for top in headings for x in (top, *top["children"])):
            found.append([f"{title}: {html.unescape(re.sub('<.*?>', '', x['name']))}", "guide", f"{name}#{x['id']}"])
    for path, name in pages.files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, site / name)
    for name in ("site.css", "site.js"):
        shutil.copy(HERE / name, site / name)
    once = {(name, kind): [name, kind, where] for name, kind, where in reversed(found)}  # the first of several overloads
    (site / "search.json").write_text(json.dumps(list(reversed(once.values())), ensure_ascii=False), encoding="utf-8")


class Addresses(html.parser.HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken_links(site):
    read = {x: Addresses(x.read_text(encoding="utf-8")) for x in site.rglob("*.html")}
    for page, has in sorted(read.items()):
        for link in sorted(has.links):
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            name, _, part = urllib.parse.unquote(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.is_file() or (part and target in read and part not in read[target].anchors):
                yield f"{page.relative_to(site)}: {link} leads nowhere"


def main():
    takes = argparse.ArgumentParser(description="Builds the documentation as a web site.")
    takes.add_argument("site", type=pathlib.Path)
    takes.add_argument("--serve", action="store_true")
    takes.add_argument("--port", type=int, default=4001)
    asked = takes.parse_args()
    if not shutil.which("doxygen"):
        print("doxygen is not installed")
        return 77
    site = asked.site.resolve()
    build(site)
    if broken := list(broken_links(site)):
        print("\n".join(broken))
        return 1
    print(f"{len(list(site.rglob('*.html')))} pages in {asked.site}", flush=True)
    if asked.serve:
        files = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), files)
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
