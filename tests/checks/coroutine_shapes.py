"""The coroutine shapes that g++ 12 silently miscompiles (docs/design.md, "The compiler trap").

`complaints_about(text)` gives (line, what) pairs. It reads tokens, not types: a by-value capture or a braced
temporary is taken to own something unless its name says otherwise. Where that is wrong, a comment on the
line with `coroutine-shape: safe` and the reason says so.
"""

import re

from source_tree import without_comments_and_literals

ALLOWANCE = "coroutine-shape: safe"
TOKEN = re.compile(r'""|[A-Za-z_]\w*|\d[\w.\']*|->|::|&&|\|\||==|!=|<=|>=|[-+*/%&|^]=|\S')
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = set(OPEN.values())
# Braced temporaries that own nothing, and std::string, whose temporaries are known to be safe.
HARMLESS_TEMPORARIES = {
    "string", "string_view", "span", "bytes_view", "mutable_bytes", "size_t", "duration", "close_code",
    "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds",
}


class Tokens:
    def __init__(self, text):
        self.text = []
        self.line = []
        for number, line in enumerate(text.split("\n"), start=1):
            if line.lstrip().startswith("#"):
                continue
            for token in TOKEN.findall(line):
                self.text.append(token)
                self.line.append(number)
        self.partner = self._match_brackets()

    def _match_brackets(self):
        partner, stack = {}, []
        for index, token in enumerate(self.text):
            if token in OPEN:
                stack.append(index)
            elif token in CLOSE and stack and OPEN[self.text[stack[-1]]] == token:
                opening = stack.pop()
                partner[opening], partner[index] = index, opening
        return partner

    def __getitem__(self, index):
        return self.text[index] if 0 <= index < len(self.text) else ""

    def __len__(self):
        return len(self.text)


def is_name(token):
    return bool(re.fullmatch(r"[A-Za-z_]\w*", token))


def is_lambda(tokens, bracket):
    """A `[` that begins a lambda, not a subscript or an attribute."""
    before = tokens[bracket - 1]
    is_subscript = (is_name(before) and before not in {"return", "co_return", "co_await", "co_yield"}) or before in {")", "]", '""'}
    return not is_subscript and tokens[bracket + 1] != "[" and before != "["


def lambda_body(tokens, bracket):
    """The `{` of the lambda that begins at `[`."""
    index = tokens.partner.get(bracket, bracket) + 1
    while index < len(tokens) and tokens[index] not in {"{", ";"}:
        index = tokens.partner.get(index, index) + 1 if tokens[index] in OPEN else index + 1
    return index if tokens[index] == "{" else None


def captures_by_value(tokens, bracket):
    """The first capture of the lambda at `[` that copies or moves something into it."""
    index, end = bracket + 1, tokens.partner.get(bracket, bracket)
    while index < end:
        first = tokens[index]
        if first == "=" or (is_name(first) and first != "this"):
            return first
        if first == "*":
            return "*this"
        while index < end and tokens[index] != ",":
            index = tokens.partner[index] + 1 if tokens[index] in OPEN else index + 1
        index += 1
    return None


def enclosing(tokens, index):
    """The opening brackets around a token, innermost first, up to the block that it stands in."""
    index -= 1
    while index >= 0:
        if tokens[index] in CLOSE and index in tokens.partner:
            index = tokens.partner[index]
        elif tokens[index] in OPEN:
            yield index
            if tokens[index] == "{":
                return
        index -= 1


def segment(tokens, parenthesis, index):
    """The part between semicolons that a token has inside `if (...)` or `for (...)`: its first token and number."""
    start, number, current = parenthesis + 1, 0, parenthesis + 1
    while current < index:
        if tokens[current] in OPEN and tokens.partner.get(current, len(tokens)) < index:
            current = tokens.partner[current]
        elif tokens[current] == ";":
            start, number = current + 1, number + 1
        current += 1
    return start, number


def is_declaration(tokens, start, index):
    """`auto x =` and its like: a type and a name before the first `=`."""
    names, current = 0, start
    while current < index:
        if tokens[current] == "=":
            return names >= 2
        if is_name(tokens[current]) and tokens[current - 1] != "::":
            names += 1
        if tokens[current] == "[":  # structured binding
            names += 1
            current = tokens.partner.get(current, current)
        elif tokens[current] in {"(", "{"}:
            return False
        current += 1
    return False


def condition_complaint(tokens, index):
    for bracket in enclosing(tokens, index):
        if tokens[bracket] != "(":
            continue
        keyword = tokens[bracket - 1]
        if keyword == "constexpr":
            keyword = tokens[bracket - 2]
        start, number = segment(tokens, bracket, index)
        if keyword in {"if", "while", "switch"} and not is_declaration(tokens, start, index):
            return f"a bare co_await in the condition of `{keyword}`"
        if keyword == "for" and number == 1:
            return "a co_await in the condition of `for`"
    return None


def operator_complaint(tokens, index):
    """`a && co_await f()`, `a || ...`, `a ? co_await f() : ...`, `a ? b : co_await f()`."""
    current, after_and, in_block = index - 1, None, False
    while current >= 0 and not in_block:
        token = tokens[current]
        if token in CLOSE and current in tokens.partner and token != "}":
            current = tokens.partner[current]
        elif token in {";", "{", "}", ","}:
            in_block = True
        elif token in {"&&", "||", "?"} and not (token == "&&" and is_reference(tokens, current)):
            after_and = token
            break
        current -= 1
    return f"a co_await behind `{after_and}`" if after_and else None


def is_reference(tokens, index):
    """The `&&` of `auto&& x = ...` and `const T&& x`, which is no operator."""
    if tokens[index - 1] == "auto":
        return True
    return is_name(tokens[index + 1]) and tokens[index + 2] == "=" and tokens[index + 1] != "co_await"


def temporary_name(tokens, brace):
    """The `span` of `std::span<const char>{`; whatever stands before the brace where it is no name."""
    index, depth = brace - 1, 0
    if tokens[index] != ">":
        return tokens[index]
    while index > 0:
        depth += {">": 1, "<": -1}.get(tokens[index], 0)
        index -= 1
        if depth == 0:
            break
    return tokens[index]


def operand_complaint(tokens, index):
    """Braced temporaries and owning lambdas among the arguments of what is awaited."""
    current, depth = index + 1, 0
    while current < len(tokens):
        token = tokens[current]
        if token == "[" and is_lambda(tokens, current):
            captured = captures_by_value(tokens, current)
            if captured is not None:
                return f"a lambda that captures `{captured}` by value in an awaited expression"
            body = lambda_body(tokens, current)
            if body is None:
                return None
            current = tokens.partner.get(body, body)
        elif token == "{":
            before = temporary_name(tokens, current)
            if before not in HARMLESS_TEMPORARIES:
                return f"a braced temporary (`{before}{{`) in an awaited expression"
            current = tokens.partner.get(current, current)
        elif token in OPEN:
            depth += 1
        elif token in CLOSE:
            depth -= 1
            if depth < 0:
                return None
        elif token == ";" or (token == "," and depth == 0):
            return None
        current += 1
    return None


def complaints_about(text):
    lines = text.split("\n")
    tokens = Tokens(without_comments_and_literals(text))
    for index in range(len(tokens)):
        if tokens[index] != "co_await":
            continue
        line = tokens.line[index]
        if ALLOWANCE in lines[line - 1]:
            continue
        for judge in (condition_complaint, operator_complaint, operand_complaint):
            complaint = judge(tokens, index)
            if complaint:
                yield line, complaint
                break
