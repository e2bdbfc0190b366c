#!/usr/bin/env python3
"""Tests of the oracle: histories of a few seconds, and the answers that were right in them."""

import unittest

import oracle
from oracle import Excepted, History, Oracle, Pod, Report, Scan, Truth, Value

BAD = "sha256:" + "b" * 64
CLEAN = "sha256:" + "c" * 64
OTHER = frozenset({"CVE-2"})


def truth():
    what = Truth()
    what.packages = {BAD: {"lodash"}, CLEAN: {"minimist"}}
    what.databases = [(1, {"lodash": "CVE-1"}), (2, {"lodash": "CVE-1", "minimist": "CVE-2"})]
    return what


def pod(image="r/web:1", ns="shop", asked=100.0, answered=100.1, code=201, message=""):
    return Pod("p", ns, image, asked, answered, code, message)


class Scene:
    """A namespace `shop` under a policy that denies, told step by step."""

    def __init__(self):
        self.history = History()
        self.at(1, ("policy", "", "default"), "Deny")

    def at(self, time, key, what):
        self.history.add(key, Value(time, time, what))
        return self

    def scanned(self, time, digest, name="web-1", image="r/web:1", ns="shop"):
        return self.at(time, ("scan", ns, name), Scan(image, (oracle.report_name(digest),), time))

    def reported(self, time, digest, generation=1, worst=0):
        return self.at(time, ("report", "", oracle.report_name(digest)), Report(generation, worst, True))

    def answers(self, of=None, propagation=5):
        return Oracle(self.history, truth(), propagation).permissible(of or pod())


class Permissible(unittest.TestCase):
    def test_what_is_settled_has_one_answer(self):
        rows = [
            ("nothing is known", Scene(), {"deny"}),
            ("resolved, not scanned", Scene().scanned(10, BAD), {"deny"}),
            ("bad", Scene().scanned(10, BAD).reported(11, BAD, worst=1), {"deny"}),
            ("clean", Scene().scanned(10, CLEAN).reported(11, CLEAN), {"allow"}),
            ("clean by an old database", Scene().scanned(10, CLEAN).reported(11, CLEAN).reported(20, CLEAN, 2, 1),
             {"deny"}),
            ("no policy denies", Scene().at(50, ("policy", "", "default"), "Audit"), {"allow"}),
            ("the namespace's own policy denies",
             Scene().at(50, ("policy", "", "default"), "Audit").at(50, ("policy", "shop", "own"), "Deny"), {"deny"}),
            ("another's policy denies",
             Scene().at(50, ("policy", "", "default"), "Audit").at(50, ("policy", "bank", "own"), "Deny"), {"allow"}),
            ("scanned in another namespace", Scene().scanned(10, CLEAN, ns="bank").reported(11, CLEAN), {"deny"}),
            ("resolved too long ago", Scene().scanned(10, CLEAN).reported(11, CLEAN), {"deny"}),
        ]
        for name, scene, right in rows:
            with self.subTest(name):
                late = {"asked": 700.0, "answered": 700.1} if name == "resolved too long ago" else {}
                self.assertEqual(scene.answers(pod(**late)), right)

    def test_a_change_is_open_for_the_bound_and_no_longer(self):
        scene = Scene().scanned(10, CLEAN).reported(11, CLEAN).reported(98, CLEAN, 2, 1)
        self.assertEqual(scene.answers(), {"allow", "deny"})
        self.assertEqual(scene.answers(propagation=1), {"deny"})

    def test_a_change_while_the_answer_is_out_may_be_in_it(self):
        scene = Scene().scanned(10, CLEAN).reported(102, CLEAN)
        self.assertEqual(scene.answers(pod(answered=103.0)), {"allow", "deny"})
        self.assertEqual(scene.answers(pod(answered=101.0)), {"deny"})

    def test_a_write_of_unknown_end_is_possible_until_the_next(self):
        scene = Scene().scanned(10, CLEAN)
        key = ("report", "", oracle.report_name(CLEAN))
        scene.history.add(key, Value(20, 20, Report(1, 0, True), certain=False))
        self.assertEqual(scene.answers(), {"allow", "deny"})
        scene.reported(50, CLEAN, 2, 1)
        self.assertEqual(scene.answers(), {"deny"})

    def test_kinds_are_known_one_by_one(self):
        # The tag moved from clean to bad while the clean image became bad: both old and both new values mix.
        scene = Scene().scanned(10, CLEAN).reported(11, CLEAN).reported(11, BAD, worst=1)
        scene.scanned(98, BAD).at(99, ("policy", "", "default"), "Audit")
        self.assertEqual(scene.answers(), {"allow", "deny"})

    def test_a_digest_needs_no_scan_of_the_namespace(self):
        scene = Scene().reported(11, BAD, worst=1).reported(11, CLEAN)
        self.assertEqual(scene.answers(pod("r/web@" + BAD)), {"deny"})
        self.assertEqual(scene.answers(pod("r/web@" + CLEAN)), {"allow"})

    def test_exceptions_open_while_they_are_there(self):
        def scene(begin, expires, ids=("CVE-1",)):
            bad = Scene().scanned(10, BAD).reported(11, BAD, worst=1)
            return bad.at(begin, ("exception", "shop", "week"), Excepted(frozenset(ids), expires))
        self.assertEqual(scene(50, 500).answers(), {"allow"})
        self.assertEqual(scene(50, 500, ("CVE-2",)).answers(), {"deny"})
        self.assertEqual(scene(98, 500).answers(), {"allow", "deny"})
        self.assertEqual(scene(50, 90).answers(), {"deny"}, "an end by date needs no propagation")
        self.assertEqual(scene(50, 100).answers(), {"allow", "deny"}, "the second in which it ends")
        self.assertEqual(scene(50, 500).at(80, ("exception", "shop", "week"), None).answers(), {"deny"})
        self.assertEqual(scene(50, 500).at(97, ("exception", "shop", "week"), None).answers(), {"allow", "deny"})
        self.assertEqual(scene(50, 500).answers(pod(ns="bank")), {"deny"})


class Judging(unittest.TestCase):
    def judged(self, answer, kills=()):
        scene = Scene().scanned(10, CLEAN).reported(11, CLEAN)
        scene.scanned(10, BAD, "web-2", "r/web:2").reported(11, BAD, worst=1)
        scene.history.pods = [answer]
        return oracle.judge(Oracle(scene.history, truth(), 5), {"shop"}, kills)

    def test_answers_are_counted_by_what_is_wrong_with_them(self):
        denied = {"code": 403, "message": 'admission webhook "pods.pratique.dev" denied the request: image'}
        failed = {"code": 500, "message": "failed calling webhook"}
        rows = [
            ("right allow", pod(), (), (1, 0, 0, 0, 0, 0)),
            ("right denial", pod("r/web:2", **denied), (), (0, 1, 0, 0, 0, 0)),
            ("false allow", pod("r/web:2"), (), (1, 0, 1, 0, 0, 0)),
            ("false denial", pod(**denied), (), (0, 1, 0, 1, 0, 0)),
            ("failure", pod(**failed), (), (0, 0, 0, 0, 0, 1)),
            ("failure of another time", pod(**failed), (90.0, 101.0), (0, 0, 0, 0, 0, 1)),
            ("failure by a kill", pod(**failed), (99.5,), (0, 0, 0, 0, 1, 0)),
            ("a stranger's", pod(ns="kube-system"), (), (0, 0, 0, 0, 0, 0)),
        ]
        for name, answer, kills, counts in rows:
            with self.subTest(name):
                verdict = self.judged(answer, kills)
                self.assertEqual((verdict.allowed, verdict.denied, len(verdict.false_allows),
                                  len(verdict.false_denies), len(verdict.explained_failures),
                                  len(verdict.unexplained_failures)), counts)

    def test_reports_are_held_against_what_the_images_hold(self):
        scene = Scene().reported(10, BAD, 1, worst=1).reported(10, CLEAN, 1, worst=0)
        self.assertEqual(Oracle(scene.history, truth(), 5).untrue_reports(), [])
        scene.reported(20, CLEAN, 2, worst=0)
        self.assertEqual(len(Oracle(scene.history, truth(), 5).untrue_reports()), 1)


def audited(verb, resource, name, at, stored, ns="shop", code=200, **more):
    event = {"stage": "ResponseComplete", "verb": verb, "requestReceivedTimestamp": f"2026-01-01T00:00:{at:02d}.000000Z",
             "stageTimestamp": f"2026-01-01T00:00:{at:02d}.500000Z", "responseStatus": {"code": code},
             "objectRef": {"resource": resource, "namespace": ns, "name": name}, "responseObject": stored}
    event.update(more)
    return event


class Reading(unittest.TestCase):
    def test_an_audit_log_becomes_a_history(self):
        stored = {"metadata": {"name": "web", "generation": 1}, "spec": {"image": "r/web:1"}}
        resolved = {**stored, "status": {"observedGeneration": 1, "image": "r/web:1", "resolvedAt": "2026-01-01T00:00:02Z",
                                         "platforms": [{"report": "sha256-b"}]}}
        older = {**resolved, "metadata": {"name": "web", "generation": 2}}
        history = oracle.read_audit([
            audited("update", "imagescans", "web", 2, resolved),
            audited("create", "imagescans", "web", 1, stored),
            audited("patch", "imagescans", "web", 3, older),
            audited("patch", "imagescans", "web", 4, {"kind": "Status"}, code=409, requestObject=resolved),
            audited("delete", "imagescans", "web", 5, {"kind": "Status"}),
            audited("create", "secrets", "web", 5, {}),
        ])
        values = [value.what for value in history.values[("scan", "shop", "web")]]
        self.assertEqual([value and value.reports for value in values], [None, (), ("sha256-b",), (), None])
        self.assertEqual(history.changes, 4)

    def test_a_status_whose_writer_died_may_be_stored(self):
        written = {"metadata": {"name": "web"}, "spec": {"image": "r/web:1"},
                   "status": {"observedGeneration": 1, "image": "r/web:1", "resolvedAt": "2026-01-01T00:00:02Z",
                              "platforms": [{"report": "sha256-b"}]}}
        lost = audited("update", "imagescans", "web", 2, {"kind": "Status"}, code=504, requestObject=written)
        lost["objectRef"]["subresource"] = "status"
        annotated = audited("patch", "imagescans", "web", 3, {"kind": "Status"}, code=504, requestObject=written)
        values = oracle.read_audit([lost, annotated]).values[("scan", "shop", "web")]
        self.assertEqual([(value.certain, value.what and value.what.reports) for value in values],
                         [(True, None), (False, ("sha256-b",))])

    def test_pods_are_read_with_their_answers(self):
        asked_for = {"metadata": {"name": "p"}, "spec": {"containers": [{"image": "r/web:1"}]}}
        history = oracle.read_audit([
            audited("create", "pods", "p", 1, {}, code=403, requestObject=asked_for,
                    responseStatus={"code": 403, "message": "... denied the request: no"}),
            audited("delete", "pods", "p", 2, {}),
        ])
        self.assertEqual([(one.name, one.ns, one.image, one.answer) for one in history.pods],
                         [("p", "shop", "r/web:1", "deny")])
        self.assertAlmostEqual(history.pods[0].answered - history.pods[0].asked, 0.5)


if __name__ == "__main__":
    unittest.main()
