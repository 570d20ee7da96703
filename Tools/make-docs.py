#!/usr/bin/env python3
"""Makes the documentation site: the guide, the language, the rules, the messages, the examples and, where symbol graphs
are given, the Swift library, as HTML pages that need no server and load nothing.

    Tools/make-docs.py OUT [FOLDER OF SYMBOL GRAPHS]

Pages are found by following links from docs/README.md, and keep their places: `docs/paper.md` becomes
`OUT/docs/paper.html`. The Markdown understood is what the pages use: headings, paragraphs, lists, tables, code, links,
pictures, emphasis. A link that leads nowhere ends it with status 1.
"""

import html
import json
import os
import re
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

STYLE = """
:root { --ink: #1c2128; --soft: #57606a; --line: #d0d7de; --back: #fff; --code: #f6f8fa; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dde3ea; --soft: #9aa5b1; --line: #3a434d; --back: #14181d; --code: #1d232a; --link: #7ab7ff; }
  img { background: #fff; }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--back); font: 16px/1.55 system-ui, sans-serif; display: flex; }
nav { width: 15rem; flex: none; padding: 1.2rem; border-right: 1px solid var(--line); font-size: .92rem;
  height: 100vh; overflow-y: auto; position: sticky; top: 0; }
nav a { display: block; padding: .12rem 0; color: var(--ink); }
nav .here { font-weight: 600; }
nav .inner { padding-left: .9rem; font-size: .95em; }
nav h2 { font-size: .8rem; color: var(--soft); margin: 1.1rem 0 .2rem; border: 0; padding: 0; }
main { padding: 1.5rem 2.5rem 5rem; max-width: 60rem; min-width: 0; flex: 1; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h1, h2, h3 { line-height: 1.25; margin: 1.8em 0 .6em; }
h1 { margin-top: .2em; }
h2 { border-bottom: 1px solid var(--line); padding-bottom: .2em; }
pre, code { font: .875em/1.5 ui-monospace, Menlo, Consolas, monospace; background: var(--code); border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: .8rem 1rem; overflow-x: auto; }
pre code { padding: 0; font-size: 1em; background: none; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--code); }
img { max-width: 100%; }
.pages { display: flex; justify-content: space-between; margin-top: 4rem; }
.k { color: #a626a4; } .n { color: #986801; } .c { color: #6a737d; font-style: italic; } .s { color: #3d7a37; }
@media (prefers-color-scheme: dark) {
  .k { color: #d2a8ff; } .n { color: #e3b341; } .c { color: #8b949e; } .s { color: #8ddb8c; }
}
@media (max-width: 50rem) { body { display: block; } nav { width: auto; height: auto; position: static; } }
"""


# Colours


def keywords():
    """The language's words, from the TextMate grammar, which the tests hold against the lexer."""
    with open(os.path.join(ROOT, "grammar/textmate/snn.tmLanguage.json")) as file:
        repository = json.load(file)["repository"]
    return {
        word
        for part in ["keyword", "reserved", "declaration"]
        for word in re.findall(r"[a-z_]{2,}", repository[part]["match"])
    }


WORDS = keywords()
TOKEN = re.compile(
    r"(?P<c>//[^\n]*)|(?P<s>\"[^\"\n]*\")|(?P<n>\b\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?(?: ?(?:%|/?[a-zA-ZµΩ]{1,5}"
    r"(?:[/^*]-?[a-zA-ZµΩ0-9]+)*)(?![\w(]))?)|(?P<w>[^\W\d]\w*)"
)


def coloured(text):
    out, last = [], 0
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        # A unit is no word of the language: `10 ms in`.
        if kind == "w":
            kind = "k" if match.group() in WORDS else None
        out.append(html.escape(text[last : match.start()], quote=False))
        piece = html.escape(match.group(), quote=False)
        out.append(f'<span class="{kind}">{piece}</span>' if kind else piece)
        last = match.end()
    return "".join(out) + html.escape(text[last:], quote=False)


# Markdown


def slug(text):
    """The anchor that GitHub gives a heading."""
    plain = re.sub(r"[`*]|\[|\]\([^)]*\)", "", text).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def inline(text, link):
    kept = []

    def keep(piece):
        kept.append(piece)
        return f"\0{len(kept) - 1}\0"

    text = re.sub(
        r"(`+)(.+?)\1", lambda m: keep(f"<code>{html.escape(' '.join(m[2].split()), quote=False)}</code>"), text, flags=re.S
    )
    text = html.escape(text, quote=False).replace("\\|", "|")
    text = re.sub(
        r"!\[([^\]]*)\]\(([^)]+)\)",
        lambda m: keep(f'<img src="{html.escape(link(m[2]))}" alt="{html.escape(m[1])}">'),
        text,
    )
    text = re.sub(r"\[([^\]]*)\]\(([^)]+)\)", lambda m: f'<a href="{html.escape(link(m[2]))}">{m[1]}</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])", r"<em>\1</em>", text)
    while "\0" in text:
        text = re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)
    return text


def cells(line):
    code = re.sub(r"`[^`]*`", lambda m: m[0].replace("|", "\1"), line.strip().strip("|").replace("\\|", "\1"))
    return [cell.strip().replace("\1", "|") for cell in code.split("|")]


ITEM = re.compile(r"( *)([-*]|\d+\.) +(.*)")


def markdown(lines, link):
    """HTML, and the headings as (level, anchor, text)."""
    out, headings, place = [], [], 0
    while place < len(lines):
        line = lines[place]
        fence = re.match(r"(`{3,})(\w*)", line)
        if fence:
            end = place + 1
            while end < len(lines) and not lines[end].startswith(fence[1]):
                end += 1
            text = "\n".join(lines[place + 1 : end])
            body = coloured(text) if fence[2] == "snn" else html.escape(text, quote=False)
            out.append(f"<pre><code>{body}</code></pre>")
            place = end + 1
        elif not line.strip():
            place += 1
        elif re.match(r"#{1,6} ", line):
            marks, text = line.split(" ", 1)
            headings.append((len(marks), slug(text), re.sub("[`*]", "", text)))
            out.append(f'<h{len(marks)} id="{slug(text)}">{inline(text, link)}</h{len(marks)}>')
            place += 1
        elif line.startswith("|") and place + 1 < len(lines) and re.match(r"\|[-| :]+\|?$", lines[place + 1]):
            rows, place_of_rows = [cells(line)], place + 2
            while place_of_rows < len(lines) and lines[place_of_rows].startswith("|"):
                rows.append(cells(lines[place_of_rows]))
                place_of_rows += 1
            table = []
            for number, row in enumerate(rows):
                tag = "th" if number == 0 else "td"
                table.append("<tr>" + "".join(f"<{tag}>{inline(cell, link)}</{tag}>" for cell in row) + "</tr>")
            out.append("<table>" + "\n".join(table) + "</table>")
            place = place_of_rows
        elif ITEM.match(line):
            tag = "ul" if ITEM.match(line)[2] in "-*" else "ol"
            items = []
            while place < len(lines):
                match = ITEM.match(lines[place])
                if not match or match[1]:
                    break
                width = len(lines[place]) - len(match[3])
                inner = [match[3]]
                place += 1
                while place < len(lines) and (
                    lines[place].startswith(" ") or (not lines[place].strip() and lines[place + 1 : place + 2]
                                                     and lines[place + 1].startswith(" "))
                ):
                    inner.append(lines[place][min(width, len(lines[place]) - len(lines[place].lstrip())) :])
                    place += 1
                body, _ = markdown(inner, link)
                single = re.fullmatch(r"<p>(.*)</p>", body, re.S)
                items.append(f"<li>{single[1] if single and '<p>' not in single[1] else body}</li>")
                if place < len(lines) and not lines[place].strip() and place + 1 < len(lines):
                    following = ITEM.match(lines[place + 1])
                    if following and not following[1]:
                        place += 1
            out.append(f"<{tag}>" + "\n".join(items) + f"</{tag}>")
        elif line.startswith(">"):
            end = place
            while end < len(lines) and lines[end].startswith(">"):
                end += 1
            body, _ = markdown([quoted[1:].lstrip() for quoted in lines[place:end]], link)
            out.append(f"<blockquote>{body}</blockquote>")
            place = end
        else:
            end = place + 1
            while end < len(lines) and lines[end].strip() and not re.match(r"#{1,6} |```|\||[-*] |\d+\. ", lines[end]):
                end += 1
            out.append("<p>" + inline("\n".join(lines[place:end]), link) + "</p>")
            place = end
    return "\n".join(out), headings


# The site


class Site:
    def __init__(self, out):
        self.out = out
        self.done = {}
        self.faults = []
        self.pages = []

    def target(self, path):
        """Where a file of the repository stands in the site."""
        if path.endswith(".md"):
            folder, name = os.path.split(path)
            return os.path.join(folder, "index.html" if name == "README.md" else name[:-3] + ".html")
        return path + ".html" if path.endswith((".snn", ".ebnf", ".swift", ".scm", ".py", ".js")) else path

    def visit(self, path):
        """Makes the page of a file once, then those that it leads to."""
        path = os.path.normpath(path)
        full = os.path.join(ROOT, path)
        if os.path.isdir(full):
            readme = os.path.join(path, "README.md")
            if os.path.exists(os.path.join(ROOT, readme)):
                return self.visit(readme)
            if path not in self.done:
                self.done[path] = os.path.join(path, "index.html")
                names = sorted(name for name in os.listdir(full) if os.path.isfile(os.path.join(full, name)))
                lines = ["# " + path, ""] + [f"- [`{name}`]({name})" for name in names]
                self.page(path, os.path.join(path, "x"), lines)
            return self.done[path]
        if path in self.done:
            return self.done[path]
        self.done[path] = self.target(path)
        if path.endswith(".md"):
            with open(full, encoding="utf-8") as file:
                self.page(path, path, file.read().split("\n"))
        elif self.done[path] != path:
            with open(full, encoding="utf-8") as file:
                text = file.read()
            body = coloured(text) if path.endswith(".snn") else html.escape(text, quote=False)
            self.pages.append((path, f"<h1>{path}</h1><pre><code>{body}</code></pre>", [], path))
        else:
            destination = os.path.join(self.out, path)
            os.makedirs(os.path.dirname(destination), exist_ok=True)
            shutil.copyfile(full, destination)
        return self.done[path]

    def page(self, path, home, lines):
        def link(address):
            if re.match(r"[a-z]+:", address) or address.startswith("#"):
                return address
            name, _, anchor = address.partition("#")
            goal = os.path.normpath(os.path.join(os.path.dirname(home), name))
            if goal.startswith("..") or not os.path.exists(os.path.join(ROOT, goal)):
                self.faults.append(f"{path}: {address} leads nowhere")
                return address
            start = os.path.dirname(self.target(home))
            return os.path.relpath(self.visit(goal), start or ".") + ("#" + anchor if anchor else "")

        body, headings = markdown(lines, link)
        title = next((text for level, _, text in headings if level == 1), path)
        parts = [(anchor, text) for level, anchor, text in headings if level == 2]
        if len(parts) >= 40:
            # Too many for the side of the page.
            names = " · ".join(f'<a href="#{anchor}">{html.escape(text)}</a>' for anchor, text in parts)
            body = body.replace("</h1>", f"</h1>\n<details><summary>All {len(parts)}</summary>{names}</details>", 1)
        self.pages.append((path, body, headings, title))

    def write(self, order):
        titles = {path: title for path, _, _, title in self.pages}
        made = {path: (body, headings) for path, body, headings, _ in self.pages}
        for path, (body, headings) in made.items():
            here = self.done[path]
            start = os.path.dirname(here) or "."
            links = []
            for group, members in order:
                links.append(f"<h2>{group}</h2>")
                for member in members:
                    if member not in made:
                        continue
                    mark = ' class="here"' if member == path else ""
                    name = os.path.relpath(self.done[member], start)
                    links.append(f'<a{mark} href="{name}">{html.escape(titles[member])}</a>')
                    if member == path and len(headings) < 40:
                        links += [
                            f'<a class="inner" href="#{anchor}">{html.escape(text)}</a>'
                            for level, anchor, text in headings
                            if level == 2
                        ]
            line = [member for _, members in order for member in members if member in made]
            foot = ""
            if path in line:
                near = [(line.index(path) - 1, "← "), (line.index(path) + 1, " →")]
                foot = "<div class=pages>" + "".join(
                    f'<a href="{os.path.relpath(self.done[line[to]], start)}">'
                    + (arrow + titles[line[to]] if arrow.startswith("←") else titles[line[to]] + arrow)
                    + "</a>"
                    if 0 <= to < len(line)
                    else "<span></span>"
                    for to, arrow in near
                ) + "</div>"
            destination = os.path.join(self.out, here)
            os.makedirs(os.path.dirname(destination), exist_ok=True)
            with open(destination, "w", encoding="utf-8") as file:
                file.write(
                    "<!doctype html><html lang=en><head><meta charset=utf-8>"
                    '<meta name=viewport content="width=device-width">'
                    f"<title>{html.escape(titles[path])} · snn</title><style>{STYLE}</style></head><body>"
                    f'<nav><a href="{os.path.relpath("docs/index.html", start)}"><strong>snn</strong></a>'
                    f"{''.join(links)}</nav><main>{body}{foot}</main></body></html>\n"
                )


# The library


def library(site, folder):
    """A page for each public type of the library `SNN`, from the compiler's symbol graph."""
    with open(os.path.join(folder, "SNN.symbols.json"), encoding="utf-8") as file:
        graph = json.load(file)
    symbols = {symbol["identifier"]["precise"]: symbol for symbol in graph["symbols"]}
    owner = {
        relation["source"]: relation["target"] for relation in graph["relationships"] if relation["kind"] == "memberOf"
    }
    members = {}
    for name, symbol in symbols.items():
        if "::SYNTHESIZED::" not in name:
            members.setdefault(owner.get(name), []).append(symbol)

    def text(symbol):
        return "\n".join(line["text"] for line in symbol.get("docComment", {}).get("lines", []))

    def declaration(symbol):
        return "".join(part["spelling"] for part in symbol.get("declarationFragments", []))

    def path(symbol):
        return ".".join(symbol["pathComponents"])

    def described(symbol):
        lines = ["```", declaration(symbol), "```", ""]
        for line in text(symbol).split("\n"):
            # `- Parameters:` and its list read as they are; double backquotes are links to symbols.
            lines.append(re.sub(r"``([^`]+)``", r"`\1`", line))
        return lines + [""]

    kinds = {"swift.struct", "swift.class", "swift.enum", "swift.protocol"}
    types = sorted((s for s in symbols.values() if s["kind"]["identifier"] in kinds), key=path)
    index = ["# The library SNN", "", "What a Swift program imports: see [Embedding](../docs/embedding.md).", ""]
    index += ["| type | |", "|---|---|"]
    for symbol in types:
        summary = text(symbol).split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        index.append(f"| [`{path(symbol)}`]({path(symbol)}.md) | {summary} |")
        lines = [f"# {path(symbol)}", ""] + described(symbol)
        own = members.get(symbol["identifier"]["precise"], [])
        for member in sorted((m for m in own if m["kind"]["identifier"] not in kinds), key=path):
            lines += [f"## `{member['pathComponents'][-1]}`", ""] + described(member)
        name = f"api/{path(symbol)}.md"
        site.done[name] = site.target(name)
        site.page(name, name, lines)
    site.done["api/README.md"] = "api/index.html"
    # Pages of the library are no files: their links are as they stand.
    body, headings = markdown(index, lambda address: re.sub(r"\.md$", ".html", address))
    site.pages.append(("api/README.md", body, headings, "The library SNN"))


def main():
    if len(sys.argv) not in [2, 3]:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    out = sys.argv[1]
    site = Site(out)
    site.visit("docs/README.md")
    for folder, _, names in os.walk(os.path.join(ROOT, "docs")):
        for name in sorted(names):
            if name.endswith(".md"):
                site.visit(os.path.relpath(os.path.join(folder, name), ROOT))
    for name in ["ARCHITECTURE.md", "CHANGELOG.md", "grammar/README.md", "grammar/editors/README.md"]:
        site.visit(name)
    if len(sys.argv) == 3:
        library(site, sys.argv[2])
    rules = sorted(path for path in site.done if path.startswith("docs/rules/") and path.endswith(".md"))
    order = [
        ("Begin", ["docs/README.md", "docs/first-spike.md", "docs/paper.md", "docs/coming-from.md"]),
        ("The language", ["docs/language.md", "docs/connections.md", "docs/cookbook.md"]),
        ("Learning rules", rules),
        ("Tools", ["docs/tools.md", "docs/diagnostics.md", "grammar/editors/README.md", "docs/nir.md"]),
        ("Inside", ["docs/embedding.md", "api/README.md", "grammar/README.md", "ARCHITECTURE.md", "CHANGELOG.md"]),
    ]
    site.write(order)
    with open(os.path.join(out, "index.html"), "w", encoding="utf-8") as file:
        file.write('<!doctype html><meta http-equiv=refresh content="0; url=docs/index.html"><a href=docs/index.html>snn</a>\n')
    for fault in site.faults:
        print(fault, file=sys.stderr)
    print(f"{len(site.pages)} pages: {os.path.join(out, 'index.html')}")
    return 1 if site.faults else 0


if __name__ == "__main__":
    sys.exit(main())
