"""The reader of C++ blocks in the documentation."""

import pathlib
import tempfile
import unittest

from docs_snippets import program, snippets

PAGE = """# A page

```cpp
fragment();
```

- indented:

  ```cpp compile
  int main() {
    return 0;
  }
  ```

```sh
not C++
```
"""


class DocsSnippets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page = pathlib.Path(folder.name) / "page.md"
        self.page.write_text(PAGE)

    def test_only_marked_blocks_are_compiled(self):
        self.assertEqual([(found.line, found.is_compiled) for found in snippets(self.page)], [(3, False), (9, True)])

    def test_the_indentation_of_a_list_is_taken_off(self):
        self.assertEqual(program(self.page), "int main() {\n  return 0;\n}\n")

    def test_a_page_without_a_program_is_an_error(self):
        self.page.write_text("nothing")
        with self.assertRaises(SystemExit):
            program(self.page)


if __name__ == "__main__":
    unittest.main()
