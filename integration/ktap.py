"""A strict reader of KTAP version 1, by the rules of the kernel's
Documentation/dev-tools/ktap.rst. It takes nothing for granted that kunit.py
forgives: a plan must be there, come first and be kept, numbers must count up,
indentation is two spaces a level, every line that is no diagnostic must have
its form, and a parent of a failed test must have failed."""

import re
from dataclasses import dataclass, field

DIRECTIVES = ("SKIP", "TODO", "XFAIL", "TIMEOUT", "ERROR")
RESULT = re.compile(r"(ok|not ok) ([0-9]+)(?: ([^#]*[^# ]))?(?: # (.*))?$")
PLAN = re.compile(r"1\.\.([0-9]+)$")


class Malformed(Exception):
    """What is wrong, and in which line."""


@dataclass
class Result:
    ok: bool
    name: str
    directive: str = ""
    diagnosis: str = ""
    children: list = field(default_factory=list)
    lines: list = field(default_factory=list)

    def leaves(self):
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class _Reader:
    def __init__(self, text):
        if not text.endswith("\n"):
            raise Malformed("the last line is cut")
        # Not splitlines(): it also splits at what only looks like a newline.
        self.lines = text[:-1].split("\n")
        self.at = 0

    def wrong(self, what):
        line = self.lines[self.at] if self.at < len(self.lines) else "(end)"
        raise Malformed(f"line {self.at + 1}: {what}: {line!r}")

    def peek(self, depth):
        """The next line of this depth, or None where the depth ends."""
        if self.at == len(self.lines):
            return None
        line = self.lines[self.at]
        if not line.startswith("  " * depth):
            return None
        return line[2 * depth:]

    def diagnostics(self, depth):
        found = []
        while (line := self.peek(depth)) is not None and (
                line == "#" or line.startswith("# ")):
            found.append(line[2:])
            self.at += 1
        return found

    def group(self, depth):
        """The version line, the plan, and as many results as planned."""
        if self.peek(depth) != "KTAP version 1":
            self.wrong("no version line")
        self.at += 1
        self.diagnostics(depth)
        plan = PLAN.match(self.peek(depth) or "")
        if not plan:
            self.wrong("no plan after the version line")
        self.at += 1
        return [self.result(depth, number + 1)
                for number in range(int(plan[1]))]

    def result(self, depth, number):
        lines = self.diagnostics(depth)
        nested = self.peek(depth + 1) is not None
        children = self.group(depth + 1) if nested else []
        lines += self.diagnostics(depth + 1) if nested else []
        lines += self.diagnostics(depth)
        found = RESULT.match(self.peek(depth) or "")
        if not found:
            self.wrong("no result line")
        ok, counted, name, after = found.groups()
        if int(counted) != number:
            self.wrong(f"number {number} was due")
        word = (after or "").split(" ")[0]
        directive = word if word in DIRECTIVES else ""
        if directive in ("TIMEOUT", "ERROR") and ok == "ok":
            self.wrong(f"{directive} is ok")
        if ok == "ok" and any(not child.ok and child.directive != "SKIP"
                              for child in children):
            self.wrong("ok, but a subtest is not")
        self.at += 1
        return Result(ok == "ok", name or "", directive,
                      (after or "")[len(directive):].strip(), children, lines)


def parse(text):
    """The results of the outermost level; Malformed if `text` is no KTAP."""
    reader = _Reader(text)
    results = reader.group(0)
    reader.diagnostics(0)
    if reader.at != len(reader.lines):
        reader.wrong("a line after the last result")
    return results
