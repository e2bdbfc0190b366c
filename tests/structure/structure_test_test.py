#!/usr/bin/env python3
"""Every rule of the structure test fires on a small bad sample and is silent on the good one beside it."""

import unittest

import error_rules
import failpoint_rules
import hygiene_rules
import include_rules
import naming_rules
import size_rules
from source_tree import SourceFile, SourceTree, without_comments_and_literals

HEADER = "// What it is for.\n#pragma once\n\nnamespace net {\n}\n"
SITES = [("net/adapter.cc", "translation", "a library"), ("*/main.cc", "main", "the program")]
SLASH = "/"  # machine paths and marks of unfinished work are put together here, so that this file is no offence itself


def catch_sites(tree):
    return error_rules.check_catch_sites(tree, SITES)


def catching(body):
    return f"void f() {{\n  try {{\n    g();\n  }} catch (const Error& error) {{\n    {body}\n  }}\n}}\n"


def function_of(lines):
    return "int f() {\n" + "  g();\n" * (lines - 2) + "}\n"


# (name, rule, bad tree, line of the offence, part of its message, good tree)
SAMPLES = [
    ("a failpoint that nobody passes", failpoint_rules.check_failpoints,
     {"net/failpoints.h": '\ninline constexpr std::string_view kSent = "sent";  // to whom\n', "net/a.cc": "f(kSent);\n"}, 2,
     "kSent is passed in 0 places",
     {"net/failpoints.h": 'inline constexpr std::string_view kSent = "sent";\n',
      "net/a.cc": "base::failpoint(net::kSent);\n"}),
    ("a failpoint by another's name", failpoint_rules.check_failpoints,
     {"net/failpoints.h": 'inline constexpr std::string_view kSent = "sent";\ninline constexpr std::string_view kTold = "sent";\n',
      "net/a.cc": "base::failpoint(kSent);\nbase::failpoint(kTold);\n"}, 2, "net/failpoints.h's kSent",
     {"net/failpoints.h": 'inline constexpr std::string_view kSent = "sent";\ninline constexpr std::string_view kTold = "told";\n',
      "net/a.cc": "base::failpoint(kSent);\nbase::failpoint(kTold);\n"}),
    ("a folder includes what its row lacks", include_rules.check_folders,
     {"net/a.cc": '#include "scanner/b.h"\n', "scanner/b.h": ""}, 1, "may not include",
     {"net/a.cc": '#include "base/b.h"\n', "base/b.h": ""}),
    ("the operator includes the scanner's layers", include_rules.check_folders,
     {"operator/a.cc": '\n#include "scanner/layers/b.h"\n', "scanner/layers/b.h": ""}, 2, "may not include",
     {"operator/a.cc": '\n#include "scanner/matching/b.h"\n', "scanner/matching/b.h": ""}),
    ("matching includes extractors", include_rules.check_folders,
     {"scanner/matching/a.cc": '#include "scanner/inventory/b.h"\n', "scanner/inventory/b.h": ""}, 1, "may not",
     {"scanner/matching/a.cc": '#include "scanner/report.h"\n', "scanner/report.h": ""}),
    ("layers include the inventory", include_rules.check_folders,
     {"scanner/layers/a.cc": '#include "scanner/inventory/b.h"\n', "scanner/inventory/b.h": ""}, 1, "may not",
     {"scanner/inventory/a.cc": '#include "scanner/layers/b.h"\n', "scanner/layers/b.h": ""}),
    ("crds include more of kubernetes than one file", include_rules.check_folders,
     {"crds/a.cc": '#include "kubernetes/store.h"\n', "kubernetes/store.h": ""}, 1, "may not",
     {"crds/a.cc": '#include "kubernetes/resource.h"\n', "kubernetes/resource.h": ""}),
    ("the controller knows a reconciler", include_rules.check_folders,
     {"operator/controller/a.cc": '#include "operator/push_events/b.h"\n', "operator/push_events/b.h": ""}, 1,
     "may not",
     {"operator/push_events/a.cc": '#include "operator/controller/b.h"\n', "operator/controller/b.h": ""}),
    ("an include that is relative", include_rules.check_folders,
     {"net/a.cc": '#include "b.h"\n', "net/b.h": ""}, 1, "named from the root",
     {"net/a.cc": '// #include "b.h"\n#include "net/b.h"\n', "net/b.h": ""}),
    ("an include of a source file", include_rules.check_folders,
     {"net/a.cc": '#include "net/b.cc"\n', "net/b.cc": ""}, 1, "source file",
     {"net/a.cc": "#include <b.cc>\n", "net/b.cc": ""}),
    ("a new top folder", include_rules.check_folders, {"extra/a.cc": ""}, 0, "not in the table", {"cli/a.cc": ""}),
    ("a library in a header", include_rules.check_third_party_headers,
     {"net/tls.h": "#include <openssl/ssl.h>\n"}, 1, "into a .cc file", {"net/tls.h": "#include <openssl/types.h>\n"}),
    ("a private header outside its folder", include_rules.check_third_party_headers,
     {"net/openssl_pem.h": "#include <openssl/bio.h>\n", "cli/a.cc": '#include "net/openssl_pem.h"\n'}, 1,
     "its own folder",
     {"net/openssl_pem.h": "#include <openssl/bio.h>\n", "net/a.cc": '#include "net/openssl_pem.h"\n'}),
    ("a library in a second file", include_rules.check_third_party_places,
     {"net/a.cc": "#include <curl/curl.h>\n", "net/b.cc": "#include <curl/curl.h>\n"}, 1, "for one file",
     {"net/a.cc": "#include <curl/curl.h>\n"}),
    ("a library in another folder", include_rules.check_third_party_places,
     {"operator/a.cc": "#include <cpprest/json.h>\n"}, 1, "for one file in operator/report_api/",
     {"operator/report_api/a.cc": "#include <cpprest/json.h>\n"}),
    ("Boost outside net", include_rules.check_third_party_places,
     {"admission/a.cc": "#include <boost/asio.hpp>\n"}, 1, "Boost", {"net/a.cc": "#include <boost/asio.hpp>\n"}),
    ("OpenSSL in base", include_rules.check_third_party_places,
     {"base/log.cc": "#include <openssl/evp.h>\n"}, 1, "digest.cc", {"base/digest.cc": "#include <openssl/evp.h>\n"}),
    ("a long file", size_rules.check_files,
     {"net/a.cc": "\n" * 501}, 0, "501 lines", {"net/a.cc": "\n" * 500}),
    ("a long header", size_rules.check_files,
     {"net/a.h": "\n" * 251}, 0, "251 lines", {"net/a.h": "\n" * 250}),
    ("a long script", size_rules.check_files,
     {"demo/run": "#!/bin/sh\n" * 501}, 0, "501 lines", {"demo/notes.md": "text\n" * 501}),
    ("a long C++ function", size_rules.check_functions,
     {"net/a.cc": "namespace net {\n" + function_of(71) + "}\n"}, 2, "f has 71 lines",
     {"net/a.cc": "namespace net {\n" + function_of(70) * 2 + "}\n"}),
    ("a long test", size_rules.check_functions,
     {"tests/a_test.cc": "TEST(A, B) {\n" + "  g();\n" * 70 + "}\n"}, 1, "TEST has 72",
     {"tests/a_test.cc": "const Row kRows[] = {\n" + "  {1},\n" * 90 + "};\n"}),
    ("a long method of a template", size_rules.check_functions,
     {"net/a.h": "template <class T, class U>\nclass A {\n public:\n  explicit A(int a) : a_(a) {\n" +
      "    g();\n" * 70 + "  }\n};\n"}, 4, "A has 72",
     {"net/a.h": "struct A {\n" + "  int a() { return 1; }\n" * 90 + "};\n"}),
    ("a long Python function", size_rules.check_functions,
     {"bench/a.py": "def f():\n" + "    g()\n" * 70}, 1, "f has 71", {"bench/a.py": "def f():\n" + "    g()\n" * 69}),
    ("a long shell function", size_rules.check_functions,
     {"demo/run": "#!/bin/bash\nf() {\n" + "  g\n" * 69 + "}\n"}, 2, "f has 71",
     {"demo/run": "#!/bin/bash\n" + "g\n" * 99}),
    ("a banned file name", naming_rules.check_file_names,
     {"net/string_utils.cc": ""}, 0, "'utils'", {"net/utility_rate.cc": ""}),
    ("a banned folder name", naming_rules.check_file_names,
     {"net/common/a.cc": ""}, 0, "'common'", {"net/uncommon/a.cc": ""}),
    ("a banned type name", naming_rules.check_type_names,
     {"net/a.cc": "\nclass ScanManager {};\n"}, 2, "'manager'",
     {"net/a.cc": "// class ScanManager\nclass Managed {};\n"}),
    ("a header in another namespace", naming_rules.check_namespaces,
     {"operator/controller/a.h": "namespace controller {\n"}, 0, "pratique_operator::controller",
     {"operator/controller/a.h": "namespace pratique_operator::controller {\n",
      "scanner/inventory/dpkg/a.h": "namespace scanner::inventory {\n", "tests/net/a.h": "namespace tests {\n",
      "tests/net/b.h": "namespace net {\n"}),
    ("using namespace in a header", naming_rules.check_namespaces,
     {"net/a.h": HEADER + "using namespace std;\n"}, 6, "using namespace", {"net/a.h": HEADER}),
    ("a header without a comment", naming_rules.check_header_form,
     {"net/a.h": "#pragma once\n"}, 1, "begins with a comment", {"net/a.h": HEADER}),
    ("a header without a guard", naming_rules.check_header_form,
     {"net/a.h": "// What it is for.\n"}, 1, "#pragma once", {"net/a.h": HEADER}),
    ("a new catch site", catch_sites,
     {"net/adapter.cc": catching("throw;"), "cli/scan.cc": catching("throw;")}, 4, "five places",
     {"net/adapter.cc": catching("throw;"), "cli/main.cc": catching("return 1;"), "tests/a.cc": catching("g();")}),
    ("a translation that goes on", catch_sites,
     {"net/adapter.cc": catching("return;")}, 4, "throws", {"net/adapter.cc": catching("throw ParseError(error);")}),
    ("an entry that catches nothing", catch_sites,
     {"net/adapter.cc": ""}, 0, "net/adapter.cc catches nothing", {"net/adapter.cc": catching("throw;")}),
    ("an empty catch", error_rules.check_empty_catches,
     {"tests/a.cc": "void f() {\n  try {\n  } catch (...) {\n    // fine\n  }\n}\n"}, 3, "changes the result",
     {"tests/a.cc": "void f() {\n  try {\n  } catch (...) {\n    g();\n  }\n}\n"}),
    ("a test that sleeps", error_rules.check_banned_code,
     {"tests/a.cc": "void f() { std::this_thread::sleep_for(1s); }\n"}, 1, "fake clock",
     {"tests/support/a.cc": "void f() { std::this_thread::sleep_for(1s); }\n", "tests/a.cc": "// sleep_for(1s)\n"}),
    ("std::regex", error_rules.check_banned_code,
     {"net/a.cc": "\nstd::regex pattern;\n"}, 2, "overflows", {"net/a.cc": 'auto a = "std::regex";\n'}),
    ("no newline at the end", hygiene_rules.check_text, {"a.md": "x"}, 1, "no newline", {"a.md": "x\n", "b.md": ""}),
    ("white space at the end", hygiene_rules.check_text, {"a.md": "x\ny \n"}, 2, "white space", {"a.md": "x\ny\n"}),
    ("carriage returns", hygiene_rules.check_text, {"a.md": "x\r\n"}, 0, "carriage", {"a.md": "x\n"}),
    ("a machine path", hygiene_rules.check_machine_paths,
     {"a.md": f"see\n{SLASH}root{SLASH}x\n"}, 2, "one machine's",
     {"a.md": f"https://example.com{SLASH}work{SLASH}x and ~{SLASH}work and root{SLASH}.local\n"}),
    ("a to-do without an issue", hygiene_rules.check_to_dos,
     {"net/a.cc": "// TO" + "DO: later\n"}, 1, "which issue", {"net/a.cc": "// TO" + "DO(#12): later\n"}),
    ("a source that is not built", hygiene_rules.check_dead_sources,
     {"net/a.cc": "", "net/CMakeLists.txt": "b.cc\n"}, 0, "no CMakeLists.txt",
     {"net/a.cc": "", "net/x/b.cc": "", "net/CMakeLists.txt": "SOURCES a.cc x/b.cc)\n"}),
    ("a header that is not included", hygiene_rules.check_dead_headers,
     {"net/a.h": "", "net/a.cc": '// "net/a.h"\n'}, 0, "nothing includes it",
     {"net/a.h": "", "net/a.cc": '#include "net/a.h"\n'}),
]


class Rules(unittest.TestCase):
    def test_each_rule_fires_on_the_bad_sample(self):
        for name, rule, bad, line, message, _ in SAMPLES:
            with self.subTest(name):
                offences = list(rule(SourceTree(bad)))
                self.assertTrue(any(offence.line == line and message in str(offence) for offence in offences),
                                f"{message!r} at line {line} is not in {[str(offence) for offence in offences]}")

    def test_each_rule_is_silent_on_the_good_sample(self):
        for name, rule, _, _, _, good in SAMPLES:
            with self.subTest(name):
                self.assertEqual([], [str(offence) for offence in rule(SourceTree(good))])

    def test_every_rule_has_a_sample(self):
        sampled = {error_rules.check_catch_sites if rule is catch_sites else rule for _, rule, *_ in SAMPLES}
        for module in (include_rules, size_rules, naming_rules, error_rules, failpoint_rules,
                       hygiene_rules):
            self.assertEqual([], [rule.__name__ for rule in module.RULES if rule not in sampled])

    def test_every_catch_site_has_a_known_place(self):
        self.assertEqual([], [site for site in error_rules.CATCH_SITES if site[1] not in error_rules.PLACES])


class Text(unittest.TestCase):
    def test_comments_and_literals_are_blanked_in_place(self):
        text = "int a = 1'000; // {\nchar b = '{'; /* {\n{ */ auto c = R\"x({\")x\"; auto d = \"\\\"{\";\n"
        code = without_comments_and_literals(text)
        self.assertEqual(len(text), len(code))
        self.assertEqual(text.count("\n"), code.count("\n"))
        self.assertNotIn("{", code)
        self.assertIn("int a = 1'000;", code)

    def test_functions_are_found_behind_data_and_conditions(self):
        text = ("namespace net {\nconstexpr Row kRows[] = {{1}, {2}};\n#define F(x) { x\n"
                "bool A::operator==(const A& b) const {\n  if (b) {\n    return [&] { return 1; }();\n  }\n}\n"
                "A::A() : a_{1}, b_(2) {\n}\n}\n")
        functions = [name for name, _, _ in size_rules.functions_of(SourceFile("net/a.cc", text))]
        self.assertIn("operator==", functions[0])
        self.assertEqual(3, len(functions))


if __name__ == "__main__":
    unittest.main()
