"""The reader of coroutine shapes, against samples of both kinds."""

import unittest

from coroutine_shapes import ALLOWANCE, complaints_about

UNSAFE = """
if (co_await ready()) go();
if (!co_await ready()) go();
if ((co_await count()) > 3) go();
if (x == co_await count()) go();
if (check(co_await count())) go();
if (x = co_await count()) go();
if (int n = 3; co_await ready()) go();
if constexpr (co_await ready()) go();
while (co_await ready()) { go(); }
while (!(co_await stream.read_some(buffer))) { go(); }
do { go(); } while (co_await ready());
switch (co_await kind()) { default: break; }
for (; co_await ready();) go();
for (int i = 0; i < co_await count(); ++i) go();
bool b = a && co_await ready();
bool b = a || co_await ready();
bool b = a() && (co_await ready());
bool b = a && !co_await ready();
auto x = c ? co_await f() : 0;
auto x = c ? 0 : co_await f();
auto x = c ? g(co_await f()) : 0;
return_value = first(1) && second(co_await f());
co_await f({1, 2});
co_await f(a, {.text = b});
co_await f(options{});
co_await f(websock::options{.size = 3});
co_await f(std::vector<int>{1});
co_await f(g(options{}));
co_return co_await f({});
auto x = co_await f(options{a});
while (auto x = co_await f({1})) go();
co_await spawn([text] { go(); });
co_await spawn([=] { go(); });
co_await spawn([&a, b] { go(); });
co_await spawn([self = shared_from_this()] { go(); });
co_await spawn([this, text = std::move(text)]() mutable { go(); });
co_await spawn([*this] { go(); });
co_await [text]() -> task<void> { co_return; }();
co_await f(
    options{});
"""

SAFE = """
co_await f();
auto x = co_await f();
auto x = co_await f(a, b, "c && {d}");
auto&& x = co_await f();
const auto& [a, b] = co_await f();
if (auto x = co_await f()) go();
if (auto x = co_await f(); x > 3) go();
if (const std::size_t n = co_await f()) go();
if (std::optional<int> n = co_await f()) go();
if (auto [error, size] = co_await f(); error) go();
while (auto message = co_await session.receive()) { co_await session.send(*message); }
if (ready && done) co_await f();
if (ready) co_await f(); else co_await g();
bool b = ready ? yes : no; co_await f();
while (ready) { auto x = co_await f(); }
for (int i = 0; i < 3; ++i) co_await f();
for (const auto& x : co_await f()) go();
co_return co_await f();
co_return (co_await f()).value();
co_await f(std::string{"text"}, std::move(x));
co_await f(std::chrono::seconds{3});
co_await client.close(close_code{3000}, "done");
co_await f(std::span<const bytes_view>{parts, 2});
co_await (f() || g());
co_await spawn([&] { if (a && b) go(options{}); });
co_await spawn([&a, this] { go(); });
co_await spawn([] { return std::vector<int>{1}; });
co_await f(values[i], values[j + 1]);
auto run = [text] { return text; }; co_await spawn(run);
if (f([&]() -> task<void> { co_await g(); })) go();
auto done = [&]() -> task<bool> { co_return a && b; }; auto x = co_await done();
switch (kind) { case one: co_await f(); break; default: co_await g(); }
task<void> f(T&& value) { co_await g(); }
// if (co_await ready())
go("a && co_await f()", 'x', R"(if (co_await f()))");
#define NOT_READ if (co_await f())
"""


def samples(text):
    """A sample is a line and the indented ones behind it."""
    joined = text.strip().replace("\n    ", "\f    ")
    return [sample.replace("\f", "\n") for sample in joined.split("\n")]


class CoroutineShapes(unittest.TestCase):
    def test_unsafe_shapes_are_found(self):
        for sample in samples(UNSAFE):
            with self.subTest(sample):
                self.assertTrue(list(complaints_about(sample)))

    def test_safe_shapes_pass(self):
        for sample in samples(SAFE):
            with self.subTest(sample):
                self.assertEqual(list(complaints_about(sample)), [])

    def test_the_line_is_named(self):
        self.assertEqual([line for line, _ in complaints_about("go();\n\nif (co_await f()) go();\n")], [3])

    def test_a_comment_lets_a_line_pass(self):
        self.assertEqual(list(complaints_about(f"co_await f({{1}});  // {ALLOWANCE}: owns nothing")), [])


if __name__ == "__main__":
    unittest.main()
