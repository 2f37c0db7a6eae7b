"""The Markdown files as pages: the guides in the order of their index, with links between them and the reference."""
import html
import pathlib
import re

import markdown
import pygments
import pygments.formatters
import pygments.lexers

from anchor import anchor

ROOT = pathlib.Path(__file__).resolve().parents[2]
INDEX = ROOT / "apps/guide/README.md"
MORE = ["README.md", "CHANGELOG.md", "apps/chat/README.md", "apps/bench/README.md", ".github/CONTRIBUTING.md",
        ".github/SECURITY.md"]
# The C++ that guides show, in the files that the tests compile; see tests/guide/snippets.py.
COMPILED = ("tests/guide", "tests/readme", "apps/node/templates", "apps/auction")
SETTINGS = {"toc": {"slugify": anchor, "toc_depth": "2-3"}, "codehilite": {"guess_lang": False, "css_class": "code"}}


class Pages:
    """Which file becomes which page."""

    def __init__(self):
        guides = sorted(INDEX.parent.glob("*.md"))
        self.names = {x: ("guides" if x == INDEX else x.stem) + ".html" for x in guides}
        for path in map(ROOT.joinpath, MORE):
            self.names[path] = (path.parent.name if path.stem == "README" else path.stem.lower()) + "-page.html"
        self.names[ROOT / "README.md"] = "index.html"
        self.files = {}
        self.sources = {}
        for path in sorted(x for folder in COMPILED for x in (ROOT / folder).rglob("*.?pp")):
            name = str(path.relative_to(ROOT))
            self.sources[path] = "source/" + name.replace("/", "-") + ".html"

    def target(self, page, link):
        """The address of a link within the site. What is no page is copied as a file; a folder leads to nothing."""
        if re.match(r"[a-z]+:|#", link):
            return link
        name, _, part = link.partition("#")
        path = (page.parent / name).resolve()
        if path in self.names or path in self.sources:
            return self.names.get(path, self.sources.get(path)) + (f"#{part}" if part else "")
        if path.is_dir():
            return None
        copy = "files/" + str(path.relative_to(ROOT)).lstrip(".")
        self.files[path] = copy if path.suffix in (".png", ".svg") else copy + ".txt"
        return self.files[path]

    def navigation(self):
        """The guides in the order of the index: (group, [(title, address)])."""
        result = [("", [("Overview", "index.html"), ("All guides", "guides.html")])]
        for line in INDEX.read_text(encoding="utf-8").splitlines():
            if found := re.fullmatch(r"\*\*(.+)\*\*", line):
                result.append((found[1], []))
            elif re.match(r"\d+\. ", line):
                result[-1][1].extend((text, self.names[(INDEX.parent / file).resolve()])
                                     for text, file in re.findall(r"\[([^\]]+)\]\(([^)]+\.md)\)", line))
        return result

    def compiled(self, snippet):
        """The file that the tests compile with this snippet, and its line. @returns nothing when there is none"""
        for path in self.sources:
            text = path.read_text(encoding="utf-8")
            if (at := text.find(snippet)) >= 0:
                return path, text.count("\n", 0, at) + 1
        return None


def title_of(text):
    return re.search(r"^# (.+)$", text, re.M)[1].replace("`", "")


class Names:
    """The public names, headers and files of examples that a text may mention, each with its page."""

    def __init__(self, reference, pages):
        self.address = {}
        for x in reference.names:
            self.address.setdefault(x.name, f"reference/{x.address}")
        self.files = {x: f"reference/{page}" for x, page in reference.headers.items()}
        self.files |= {str(path.relative_to(ROOT)): address for path, address in pages.sources.items()}

    def of(self, code):
        """The page of `bennu::channel`, `reply::ok(x)`, `channel_options::history` or `<bennu/actors/channel.hpp>`. A single
        word without an underscore, such as `channel`, may mean something else."""
        if code.strip("<>") in self.files:
            return self.files[code.strip("<>")]
        found = re.fullmatch(r"(bennu::)?([a-z_][\w:]*)(<[^()]*>)?(\(.*\)|\{.*\})?", code)
        if not found or not (found[1] or "_" in found[2] or "::" in found[2]):
            return None
        return self.address.get(found[2])


# What the namespace of the API also stands for: CMake's targets, and the engines.
TARGETS = {"supervision", "actors", "transport", "application", "testing", "engine"}


def unknown_names(page, text, names):
    """The names in the code of a page's sentences that look like public ones and are none: `bennu::x`, or `x::y` of a type x."""
    types = {x for x in names.address if "::" not in x}
    for code in re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text)):
        for name in re.findall(r"(?<![\w:])(bennu::[\w:]*\w|[a-z_]\w*(?:::\w+)+)", code):
            plain = name.removeprefix("bennu::")
            is_public = plain != name or plain.split("::")[0] in types
            if is_public and plain not in names.address and plain not in TARGETS:
                yield f"{page.relative_to(ROOT)}: there is no {name}, of which `{code}` speaks"


def linked(body, names, top="", within="", is_name=False):
    """Links the public names in a page's text and code: in the text the first of each section. On the page of a class
    (`within`) its members go by their own names. With `is_name` all code is a name."""
    seen = set()

    def link(found):
        if found[1]:  # a heading begins a section; what is linked already stays so
            if found[1].startswith("<h2"):
                seen.clear()
            return found[0]
        code = html.unescape(found[2])
        address = names.of(f"bennu::{code}" if is_name else code) or (within and names.address.get(f"{within}::{code.removesuffix('()')}"))
        if not address or address in seen:
            return found[0]
        seen.add(address)
        return f'<code><a href="{top}{address}">{found[2]}</a></code>'
    skipped = r'<h[1-6].*?</h[1-6]>|<a .*?</a>|<pre.*?</pre>|<div class="(?:fragment|memproto)".*?</div><!-- fragment -->'
    body = re.sub(rf"({skipped})|<code>([^<]*)</code>", link, body, flags=re.S)

    def link_in_code(found):
        address = names.address.get(found[2])
        return f'<a href="{top}{address}">{found[1]}{found[2]}</a>' if address else found[0]
    return re.sub(r'(<span class="n">bennu</span><span class="o">::</span><span class="n[cfn]?">)(\w+)(?=</span>)', link_in_code, body)


def with_places(body, text, pages):
    """Says below each C++ snippet in which file the tests compile it."""
    snippets = set(re.findall(r"```cpp\n(.*?)```", text, re.S))

    def place(found):
        snippet = html.unescape(re.sub("<.*?>", "", found[1]))
        where = pages.compiled(snippet) if snippet in snippets else None
        if not where:
            return found[0]
        name = where[0].relative_to(ROOT)
        return f'{found[0]}<p class="place">Compiled in <a href="{pages.sources[where[0]]}#line-{where[1]}">{name}</a></p>'
    return re.sub(r'<div class="code"><pre>(.*?)</pre></div>', place, body, flags=re.S)


def rendered(page, pages, names):
    """@returns the body of the page, its contents aside, and its sections: (title, anchor, Markdown)."""
    text = page.read_text(encoding="utf-8")
    made = markdown.Markdown(extensions=["tables", "fenced_code", "sane_lists", *SETTINGS], extension_configs=SETTINGS)
    # A list may follow its introduction without an empty line, as on GitHub.
    body = made.convert(re.sub(r"(?m)^(?![-*\d|>#\s`])(.+)\n(?=- |1\. )", r"\1\n\n", text))

    def moved(found):
        address = pages.target(page, html.unescape(found[2]))
        return f'{found[1]}="{html.escape(address)}"' if address else f'{found[1]}="#"'
    body = linked(with_places(re.sub(r'\b(href|src)="([^"]*)"', moved, body), text, pages), names)
    body = re.sub(r'(<h[23] id="([^"]+)">)(.*?)(</h)', r'\1\3<a class="here" href="#\2" aria-label="Link to this section">#</a>\4', body)
    body = body.replace("<pre>", "<pre tabindex=0>").replace("<th></th>", "<td></td>")  # what scrolls can be reached by keys
    body = body.replace("<table>", '<div class="wide" tabindex=0><table>').replace("</table>", "</table></div>")
    contents = "".join(f'<li><a href="#{x["id"]}">{x["name"]}</a></li>' for x in made.toc_tokens)
    aside = f'<aside aria-label="On this page"><h2>On this page</h2><ul>{contents}</ul></aside>'
    return body, aside if len(made.toc_tokens) > 2 else "", sections(text, made.toc_tokens)


def sections(text, tokens):
    """The parts of a guide by their headings: (title, anchor, Markdown); the first has no anchor."""
    flat = [x for top in tokens for x in (top, *top["children"])]
    marks = [(html.unescape(re.sub("<.*?>", "", x["name"])), x["id"]) for x in flat]
    parts = re.split(r"(?m)^#{2,3} .+$", re.sub(r"(?ms)^```.*?^```", lambda x: x[0].replace("\n#", "\n #"), text))
    return [(title_of(text), "", parts[0]), *((name, mark, part) for (name, mark), part in zip(marks, parts[1:]))]


def source_page(path):
    """A file of C++ with a mark on each line."""
    form = pygments.formatters.HtmlFormatter(cssclass="code", linenos="inline", lineanchors="line", anchorlinenos=True)
    lexer = pygments.lexers.get_lexer_by_name("cpp")
    body = pygments.highlight(path.read_text(encoding="utf-8"), lexer, form).replace("<pre>", "<pre tabindex=0>")
    return f"<h1>{path.relative_to(ROOT)}</h1>{body}"
