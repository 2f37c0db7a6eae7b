"""The public headers as Doxygen reads them, and what it finds in them.

Doxygen gets copies: under the names by which programs include them, without the engines, and with a text for those
declarations whose comment stands elsewhere: an overload directly below another one has the comment of that one, and a
comparison that is defaulted compares the members. Every other public name without a comment is an error.
"""
import dataclasses
import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree as tree

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = {"supervision": "supervision", "actors": "actors", "transport": "transport", "tests/kit": "testing"}
COMPARISONS = {"==": "Compares the members, one by one.", "<=>": "Orders by the members, one by one."}
TYPE = re.compile(r"^(?:class|struct|enum class) (\w+)(?![^;{]*;)", re.M)
FUNCTION = re.compile(r"^(?!using|template|inline|return|#|//)[\w:<>,&*\[\] ]*?[ &*](\w+)\(", re.M)


def without_engines(lines):
    """Empties the lines of the engines, and of specializations for CAF, which are not part of the API."""
    end, result = "", []
    for line in lines:
        if not end:
            end = ("} // namespace" if re.match(r"namespace (bennu::engine|caf)\b.* {$", line)
                   else "};" if line.startswith("template <bennu::engine::") else "")
        result.append("" if end else line)
        if end and line.startswith(end):
            end = ""
    return result


def declared_name(lines, at):
    """The name of the function whose declaration begins at this line; empty for anything else."""
    text = " ".join(x for x in lines[at:at + 6] if not re.match(r"\s*(template|requires)\b", x)).split("{")[0].split(";")[0]
    found = re.search(r"(operator\s*[^\s(]+|~?\w+)\s*\(", text)
    return found[1] if found and not re.match(r"\s*(using|typedef|return|if|for)\b", text) else ""


def with_comments(lines):
    """Adds the comments that stand elsewhere. @returns (line, its number in the header)"""
    result, pending, shared = [], [], ("", "", [])  # shared: name, indent and comment of the last documented function
    for at, line in enumerate(lines):
        indent = line[:len(line) - len(line.lstrip())]
        begins = line.strip() and not re.match(r"\s*(///|//|[})#]|public:|protected:|private:)", line)
        if not line.strip():
            pending, shared = [], ("", "", [])
        elif re.match(r"\s*///(?!<)", line):
            pending.append(line)
        elif begins and pending:
            shared, pending = (declared_name(lines, at), indent, pending), []
        elif begins and shared[0] and indent == shared[1] and not re.search("///<|= delete;", line):
            if declared_name(lines, at) == shared[0] and not re.match(r"\s*(template|requires)\b", lines[at - 1]):
                result += [(x, at + 1) for x in shared[2]]
        if found := re.search(r"operator(==|<=>)\(.*= default;$", line):
            if not re.match(r"\s*///", lines[at - 1]):
                result.append((f"{indent}/// {COMPARISONS[found[1]]}", at + 1))
        result.append((line, at + 1))
    return result


def with_a_sentence(lines):
    """A comment that begins with what a function returns, throws or takes begins with a sentence, for lists of members."""
    before = ""
    for line, number in lines:
        if not before.lstrip().startswith("///"):
            line, before = re.sub(r"^(\s*/// )@returns ", r"\1Returns ", line), line
            line = re.sub(r"^(\s*/// )@throws ", r"\1Throws ", line)
            line = re.sub(r"^(\s*/// )@param (\w+) ", r"\1`\2`: ", line)
        else:
            before = line
        yield line, number


def prepared(text):
    """A header for Doxygen. @returns (line, its number in the header)"""
    lines = without_engines(text.splitlines())
    shown = "\n".join(lines)
    names = list(dict.fromkeys(TYPE.findall(shown) or FUNCTION.findall(shown)))
    # Doxygen takes a dot before a sign in the code of a comment for the end of the first sentence. Another dot stands
    # there until `tidied` puts the right one in its place.
    dotted = [(re.sub(r"(`[^`]*)\.([^A-Za-z0-9_) `.])", "\\1\u2024\\2", line), number)
              for line, number in with_a_sentence(with_comments(lines))]
    return [("/// @file", 1), ("/// " + (", ".join(f"`{x}`" for x in names) or "Includes others."), 1), *dotted]


@dataclasses.dataclass
class Name:
    """One public name: `channel::push`, function, its address in the folder of the reference, its first sentence, its header."""
    name: str
    kind: str
    address: str
    brief: str
    header: str = ""


@dataclasses.dataclass
class Reference:
    names: list = dataclasses.field(default_factory=list)
    headers: dict = dataclasses.field(default_factory=dict)  # the page of `bennu/actors/channel.hpp`
    problems: list = dataclasses.field(default_factory=list)


def copies(root, folder):
    """Copies the public headers.
    @returns for each copy (with and without the folder) its header, and the number of the header's line for each line"""
    origin = {}
    for source, target in FOLDERS.items():
        for path in sorted((root / source).glob("*.hpp")):
            copy = folder / "bennu" / (path.name if path.name == "bennu.hpp" else f"{target}/{path.name}")
            copy.parent.mkdir(parents=True, exist_ok=True)
            lines = prepared(path.read_text(encoding="utf-8"))
            copy.write_text("".join(x + "\n" for x, _ in lines), encoding="utf-8")
            origin[str(copy)] = origin[str(copy.relative_to(folder))] = (path.relative_to(root), [number for _, number in lines])
    return origin


def where(file, line, origin):
    header, numbers = origin.get(file, (file, []))
    return f"{header}:{numbers[line - 1] if 0 < line <= len(numbers) else line}"


def told(text, origin):
    """The warnings of Doxygen with the places in the headers."""
    for line in dict.fromkeys(text.splitlines()):
        found = re.match(r"(.+?):(\d+): (?:warning|error): (.*)", line)
        yield f"{where(found[1], int(found[2]), origin)}: {found[3]}" if found else line


def text_of(element):
    return " ".join("".join(element.itertext()).split()).replace("\u2024", ".") if element is not None else ""


def read(xml, origin):
    """What the XML of Doxygen says of the public names; Doxygen itself does not miss the comments of enumerators."""
    result = Reference()
    for x in tree.parse(xml / "index.xml").getroot():
        page, kind = x.get("refid") + ".html", x.get("kind")
        if kind not in ("class", "struct", "namespace", "file"):
            continue
        definition = tree.parse(xml / f"{x.get('refid')}.xml").getroot().find("compounddef")
        name = x.findtext("name")
        if kind == "file":
            result.headers[definition.find("location").get("file")] = page
            continue
        if definition.get("prot") == "private":
            continue
        if kind != "namespace":
            result.names.append(Name(name.removeprefix("bennu::"), kind, page, text_of(definition.find("briefdescription")),
                                     definition.find("location").get("file")))
        for member in definition.iter("memberdef"):
            described = text_of(member.find("briefdescription")) + text_of(member.find("detaileddescription"))
            if member.get("prot") == "private" or not described:  # a constructor without arguments has no comment
                continue
            file, _, mark = member.get("id").rpartition("_1")
            of = Name(f"{name}::{member.findtext('name')}".removeprefix("bennu::"), member.get("kind"), f"{file}.html#{mark}",
                      text_of(member.find("briefdescription")), member.find("location").get("file"))
            result.names.append(of)
            place = member.find("location")
            for value in member.findall("enumvalue"):
                about = text_of(value.find("briefdescription")) + text_of(value.find("detaileddescription"))
                file, _, mark = value.get("id").rpartition("_1")
                one = Name(f"{of.name}::{value.findtext('name')}", "enumerator", f"{file}.html#{mark}", about, of.header)
                result.names.append(one)
                if not about:
                    result.problems.append(f"{where(place.get('file'), int(place.get('line')), origin)}: "
                                           f"the enumerator {one.name} is not documented.")
    return result


# The headings of Doxygen's lists in plain words.
HEADINGS = {"nestedclasses": "Types within it", "publictypes": "Types", "publicmethods": "Functions",
            "publicstaticmethods": "Static functions", "publicattributes": "Members", "publicstaticattributes": "Constants",
            "protectedtypes": "Types for derived classes", "protectedmethods": "Functions for derived classes",
            "protectedattributes": "Members for derived classes", "friends": "Comparisons and friends",
            "classes": "Types", "enums": "Enumerations", "variables": "Constants", "typedefs": "Type aliases"}


def layout(folder):
    """The order of a page: what a class is for, then its members. Doxygen's own begins with the list of members."""
    file = folder / "layout.xml"
    subprocess.run(["doxygen", "-l", str(file)], check=True, stdout=subprocess.DEVNULL)
    made = tree.parse(file)
    for kind in ("class", "namespace"):
        page = made.getroot().find(kind)
        page.find("briefdescription").set("visible", "no")
        detail = page.find("detaileddescription")
        page.remove(detail)
        page.insert(list(page).index(page.find("memberdecl")), detail)
        for x in page.find("memberdecl"):
            if x.tag in HEADINGS:
                x.set("title", HEADINGS[x.tag])
        for x in page.find("memberdef"):
            x.set("title", {"functions": "The functions in detail", "constructors": "The constructors in detail",
                            "variables": "The members in detail", "enums": "The enumerations in detail",
                            "typedefs": "The types in detail", "related": "The friends in detail"}.get(x.tag, ""))
    made.write(file)
    return file


def reference(root, site, head, foot):
    """Runs Doxygen, whose pages go to SITE/reference. @returns what it found; `problems` are its warnings, too."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch).resolve()
        origin = copies(root, folder)
        (folder / "head.html").write_text(head, encoding="utf-8")
        (folder / "foot.html").write_text(foot, encoding="utf-8")
        settings = (HERE / "Doxyfile").read_text(encoding="utf-8") + f"""
INPUT = bennu {HERE}/namespaces.dox
STRIP_FROM_PATH = {folder}
STRIP_FROM_INC_PATH = {folder}
OUTPUT_DIRECTORY = {site}
HTML_HEADER = {folder}/head.html
HTML_FOOTER = {folder}/foot.html
HTML_STYLESHEET = {HERE}/site.css
LAYOUT_FILE = {layout(folder)}
XML_OUTPUT = {folder}/xml
"""
        done = subprocess.run(["doxygen", "-"], cwd=folder, input=settings, text=True, stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL)
        if not (folder / "xml/index.xml").exists():
            return Reference(problems=list(told(done.stderr, origin)) or [f"doxygen ended with {done.returncode}"])
        result = read(folder / "xml", origin)
        result.headers = {x.removeprefix(f"{folder}/"): page for x, page in result.headers.items()}
        result.problems += told(done.stderr, origin)
    return result


def kind_of(words):
    return f' <small>{words.replace(" Reference", "").replace("Template", "template").lower().strip()}</small>' if words else ""


def tidied(page):
    """A page of Doxygen with all rows of its lists, headings, and no link to what is not shown."""
    page = page.replace(' style="display:none;"', "").replace("\u2024", ".")  # see `prepared`
    page = re.sub(r'<(div|pre) class="(memproto|fragment)">', r'<\1 class="\2" tabindex=0>', page)  # reached by keys
    page = re.sub(r'<h2 class="memtitle"><span class="permalink"><a href="([^"]*)">[^<]*</a></span>(.*?)</h2>',
                  r'<h3 class="memtitle">\2<a class="here" href="\1" aria-label="Link to this">#</a></h3>', page)
    page = re.sub(r'(<td class="memname">(?:(?!</td>).)*?)\bbennu::(?:\w+(?:&lt;(?:(?!&gt;::).)*&gt;)?::)*(\S+ *</td>)', r"\1\2", page)
    page = re.sub(r"Here is a list of all documented files with brief descriptions:", "", page)
    page = re.sub(r'<span class="mlabel">(?:inline|virtual|explicit|static|default|override)</span>', "", page)
    page = re.sub(r'<div class="title">(.*?)( (?:Class|Struct|Namespace|Concept|File)(?: Template)? Reference)?(<span.*?)?</div>',
                  lambda x: f'<h1 class="title">{x[1]}{kind_of(x[2])}</h1>', page, flags=re.S)
    page = re.sub(r'<tr class="memitem:[^"]*"[^>]*>(?:(?!</tr>).)*=delete(?:(?!</tr>).)*</tr>\s*<tr class="separator:.*?</tr>', "",
                  page, flags=re.S)  # a function that does not exist
    page = re.sub(r'<a href="[^"]*">More\.\.\.</a>', "", page)  # the name leads there, too
    page = re.sub(r'<a name="details" id="details"></a><h2 class="groupheader">Detailed Description</h2>', "", page)
    page = re.sub(r"(</a>|</b>) \(", r"\1(", page).replace(" &amp;", "&amp;").replace(" *", "*") if False else page
    page = re.sub(r'(?:\s*&#124;\s*)?<a href="[^"]*-members\.html">[^<]*</a>', "", page)
    if 'id="nested-classes"' not in page:
        page = re.sub(r'<a href="#nested-classes">[^<]*</a>(?: &#124;)?\s*', "", page)
    return page
