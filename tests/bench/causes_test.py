"""Why bench/accuracy says that a finding was missed, and what it reads of the feeds for it."""

import bz2
import json
import pathlib
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "accuracy"))

import causes  # noqa: E402
import records  # noqa: E402
from causes import Cause  # noqa: E402
from records import Interval, Record  # noqa: E402

GHSA = {"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2021-1"], "details": "Unlike CVE-2020-22222 it is open.",
        "affected": [{"package": {"ecosystem": "npm", "name": "left-pad"}, "versions": ["0.9"],
                      "ranges": [{"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "2d4a3f"}]},
                                 {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.0"}, {"introduced": "2.0.0"},
                                                               {"last_affected": "2.1.0"}, {"introduced": "3.0.0"}]}]}]}
DEFINITION = b"""<definition class="vulnerability"><metadata><title>CVE-2022-0563 util-linux</title></metadata><criteria>
<criterion comment="Debian 12 is installed"/><criterion comment="util-linux DPKG is earlier than 0"/>
<criterion comment="npm is earlier than 0:8.11.0-1.el9_0"/><criterion comment="nodejs is earlier than 1:16.16.0-1.el9_0"/>
</criteria></definition>"""
NOTICES = b"""<definitions><definition id="d"><criterion test_ref="t1"/><criterion test_ref="t2"/></definition></definitions>
<linux:dpkginfo_test id="t1"><linux:object object_ref="o1"/><linux:state state_ref="s1"/></linux:dpkginfo_test>
<linux:dpkginfo_test id="t2"><linux:object object_ref="o1"/></linux:dpkginfo_test>
<linux:dpkginfo_object id="o1"><linux:name var_ref="v1"/></linux:dpkginfo_object>
<linux:dpkginfo_state id="s1"><linux:evr datatype="debian_evr_string" operation="less than">0:1.0-1ubuntu2</linux:evr></linux:dpkginfo_state>
<constant_variable id="v1"><value>libfoo1</value><value>foo</value></constant_variable>"""


def cause_of(purls, version, about):
    return causes.miss("x", purls, version, about).cause


class RecordsTest(unittest.TestCase):
    def test_an_osv_record_is_about_what_it_is_called(self):
        text = json.dumps(GHSA)
        expected = [Record("GHSA-aaaa-bbbb-cccc", "left-pad", (Interval(fixed="1.2.0"), Interval("2.0.0", last="2.1.0"), Interval("3.0.0")),
                           ("0.9",))]
        self.assertEqual(records.of_osv(text, "CVE-2021-1"), expected)
        self.assertEqual(records.of_osv(text, "GHSA-aaaa-bbbb-cccc"), expected)
        self.assertEqual(records.ids_in(text.encode()), {"GHSA-aaaa-bbbb-cccc", "CVE-2020-22222"})
        self.assertEqual(records.of_osv(text, "CVE-2020-22222"), [])

    def test_a_notice_is_about_its_related_issues_and_another_record_is_not(self):
        for name, count in (("ALSA-2022:1234", 1), ("GHSA-aaaa-bbbb-cccc", 0)):
            with self.subTest(name=name):
                record = {"id": name, "related": ["CVE-2022-1111"], "affected": [{"package": {"name": "bash"}}]}
                self.assertEqual(len(records.of_osv(json.dumps(record), "CVE-2022-1111")), count)

    def test_secdb_has_several_ids_in_a_word_and_a_version_of_never(self):
        text = json.dumps({"packages": [{"pkg": {"name": "curl", "secfixes": {"7.1-r0": ["CVE-2021-1 GHSA-x"], "0": ["CVE-2021-2"]}}},
                                        {"pkg": {"name": "none", "secfixes": None}}]})
        self.assertEqual(list(records.of_secdb(text, "CVE-2021-1")), [Record("CVE-2021-1", "curl", (Interval(fixed="7.1-r0"),))])
        self.assertEqual(list(records.of_secdb(text, "CVE-2021-2")), [Record("CVE-2021-2", "curl")])
        self.assertEqual(list(records.of_secdb(text, "CVE-2021")), [])

    def test_a_definition_says_in_comments_what_is_earlier(self):
        self.assertEqual(records.DEFINITION.findall(b"<definitions>" + DEFINITION + b"</definitions>"), [DEFINITION])
        self.assertEqual([(one.package, str(one.intervals[0])) for one in records.of_definition(DEFINITION, "CVE-2022-0563")],
                         [("util-linux", "every version"), ("npm", "< 8.11.0-1.el9_0"), ("nodejs", "< 1:16.16.0-1.el9_0")])

    def test_a_definition_without_comments_says_it_by_its_tests(self):
        definition = records.DEFINITION.findall(NOTICES)[0]
        self.assertEqual([(one.package, str(one.intervals[0])) for one in records.Notices(NOTICES).records(definition, "CVE-1")],
                         [("libfoo1", "< 1.0-1ubuntu2"), ("foo", "< 1.0-1ubuntu2")])


class FeedsTest(unittest.TestCase):
    def test_what_a_feed_says_is_found_by_scope_and_id(self):
        import feeds
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for part in ("osv", "debian"):
                (folder / part).mkdir()
            with zipfile.ZipFile(folder / "osv" / "npm.zip", "w") as archive:
                archive.writestr("a.json", json.dumps(GHSA))
            (folder / "debian" / "oval-definitions-bookworm-1.xml.bz2").write_bytes(bz2.compress(DEFINITION))
            known = feeds.Feeds.__new__(feeds.Feeds)
            known._source, known._documents, known.maven_groups = folder, {}, {}
            next(known._osv())
            next(known._oval())
        self.assertTrue(known.knows("CVE-2020-22222", ["npm"]))
        self.assertFalse(known.knows("CVE-2020-22222", ["pypi", ("debian", "12")]))
        self.assertEqual(known.records("CVE-2020-22222", ["npm"]), [])
        self.assertEqual([one.package for one in known.records("GHSA-aaaa-bbbb-cccc", ["pypi", "npm"])], ["left-pad"])
        self.assertEqual([one.package for one in known.records("CVE-2022-0563", [("debian", "12")])], ["util-linux", "npm", "nodejs"])


class CausesTest(unittest.TestCase):
    def test_the_cause_is_the_first_thing_that_keeps_a_record_from_the_package(self):
        about = [Record("GHSA-a", "left-pad", (Interval("1.0.0", "1.2.0"),), ("0.9",))]
        npm = "pkg:npm/left-pad@1.1.0"
        for purls, version, known, expected in (([], "1.1.0", about, Cause.INVENTORY), ([npm], "1.1.0", [], Cause.LACKS),
                                                (["pkg:npm/pad@1.1.0"], "1.1.0", about, Cause.NAMING),
                                                ([npm], "1.2.0", about, Cause.VERSION), ([npm], "0.8", about, Cause.VERSION),
                                                ([npm], "1.1.0", about, Cause.BUG), ([npm], "0.9.0", about, Cause.BUG)):
            with self.subTest(purls=purls, version=version, known=known):
                self.assertEqual(cause_of(purls, version, known), expected)

    def test_the_evidence_names_packages_and_ranges(self):
        about = [Record("GHSA-a", f"pad-{index}", (Interval("1.0.0", last="1.2.0"),)) for index in range(6)]
        self.assertEqual(causes.miss("x", ["pkg:npm/y@1"], "1", about).why,
                         "the feeds have it of pad-0, pad-1, pad-2, pad-3 and 2 more")
        self.assertEqual(str(causes.miss("pad-0 3 CVE-1", ["pkg:npm/pad-0@3"], "3", about)),
                         "pad-0 3 CVE-1: version (outside GHSA-a: >= 1.0.0 <= 1.2.0)")
        never = [Record("CVE-1", "curl")]
        self.assertEqual(causes.miss("x", ["pkg:apk/alpine/curl@1"], "1", never).why, "outside CVE-1: no version")

    def test_a_package_is_known_by_its_source_too(self):
        for purl, name in (("pkg:deb/debian/libc6@2.31-13?upstream=glibc", "glibc"), ("pkg:deb/debian/libc6@2.31-13?upstream=glibc", "libc6"),
                           ("pkg:deb/debian/a@1?upstream=b%401.2-1", "b"), ("pkg:rpm/rhel/npm@8?upstream=nodejs-16.20.2-3.el9_2.src.rpm", "nodejs"),
                           ("pkg:maven/io.netty/netty-codec@4", "io.netty:netty-codec"), ("pkg:pypi/Zope.Interface@5", "zope-interface"),
                           ("pkg:npm/%40babel/core@7", "@babel/core"), ("pkg:golang/github.com%2Fa%2Fb@v1", "github.com/a/b")):
            with self.subTest(purl=purl, name=name):
                self.assertEqual(causes.called(name, [purl]), [purl])
        self.assertEqual(causes.called("debian", ["pkg:deb/debian/libc6@2.31-13"]), [])

    def test_the_order_is_near_enough_to_every_ecosystems_own(self):
        for chain in (["1.0~rc1-1", "1.0-1", "1.0-1+deb11u3", "1.0-1+deb11u10", "1.0.1-1", "1:0.5-1"],
                      ["2.0.0-alpha.1", "2.0.0-rc.1", "2.0.0", "2.0.1"], ["1.0a1", "1.0.dev2", "1.0", "1.0.post1", "1.1"],
                      ["9.1.0.M0", "9.1.0.Final", "9.1.1.RELEASE", "9.1.1-jenkins-2"], ["1.1.1-r0", "1.1.1a-r0", "1.1.1b-r1", "1.1.1n-r0"],
                      ["8.11.0-1.16.16.0.1.el9_0", "1:8.11.0-1.16.16.0.1.el9_0", "1:8.19.4-1.16.20.2.3.el9_2"],
                      ["v0.0.0-20201221181555-eec23a3978ad", "v0.0.0-20211202192323-5770296d904e", "v0.3.5"]):
            with self.subTest(chain=chain):
                self.assertEqual(sorted(reversed(chain), key=causes.order), chain)
        for left, right in (("3.0", "3.0.0"), ("v1.2", "1.2"), ("5.2.12.RELEASE", "5.2.12")):
            with self.subTest(left=left, right=right):
                self.assertEqual(causes.order(left), causes.order(right))


if __name__ == "__main__":
    unittest.main()
