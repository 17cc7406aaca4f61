"""Tests of the gate itself, without labs: what counts as the right answer, and what a seed stands for."""
import unittest

from draw import draw
from judge import judge
from table import CLASSES, check_all, fill, read_kinds, read_topologies, unfilled

ANSWER = {"object": "port sw1 Gi1/0/2", "also": ["trunk sw1 Gi1/0/2", "cable sw[12] Gi1/0/2"], "text": "shut down"}


class Judge(unittest.TestCase):
    def verdict(self, **said):
        return judge(said, ANSWER)[0]

    def test_the_object_in_each_spelling(self):
        for name in ("port sw1 Gi1/0/2", "PORT sw1  gi1/0/2", "port sw1 GigabitEthernet1/0/2", "trunk sw1 Gi1/0/2", "cable sw2 gi1/0/2"):
            self.assertEqual(self.verdict(verdict="likely", object=name, cause="c"), "right", name)

    def test_another_object_is_wrong_whatever_its_text(self):
        for name in ("port sw1 Gi1/0/20", "port sw2 Gi1/0/2", "port sw1", "xport sw1 Gi1/0/2"):
            self.assertEqual(self.verdict(verdict="proven", object=name, cause="the port is shut down"), "wrong", name)

    def test_without_an_object_the_text_decides(self):
        self.assertEqual(self.verdict(cause="The port is shut down."), "right")
        self.assertEqual(self.verdict(cause="The cable is out."), "wrong")

    def test_ambiguous_has_the_right_one_among_the_others(self):
        other = {"object": "port sw1 Gi1/0/2", "cause": "c"}
        self.assertEqual(self.verdict(verdict="ambiguous", object="switch sw1", cause="c", alternatives=[other]), "ambiguous")
        self.assertEqual(self.verdict(verdict="ambiguous", object="switch sw1", cause="c", alternatives=[]), "wrong")
        self.assertEqual(self.verdict(verdict="likely", object="switch sw1", cause="c", alternatives=[other]), "wrong")

    def test_undecided_and_healthy(self):
        self.assertEqual(self.verdict(verdict="undecided", cause=None), "undecided")
        self.assertEqual(self.verdict(verdict="healthy", healthy=True), "wrong")
        self.assertEqual(judge({}, ANSWER)[0], "wrong")


class Draws(unittest.TestCase):
    def test_a_seed_is_the_same_draw_each_time(self):
        kinds, topologies = read_kinds(), read_topologies()
        for seed in range(80):
            first, again = (draw(seed, 0, kinds, topologies) for _ in range(2))
            self.assertEqual(first, again)
            self.assertEqual(first.klass, CLASSES[seed % 8])
            self.assertEqual(first.kind["class"], first.klass)
            self.assertEqual(draw(seed, 1, kinds, topologies).topology, first.topology)

    def test_the_seeds_of_a_class_go_through_its_kinds(self):
        kinds, topologies = read_kinds(), read_topologies()
        for at, name in enumerate(CLASSES):
            own = [kind["id"] for kind in kinds if kind["class"] == name]
            drawn = [draw(at + 8 * turn, 0, kinds, topologies).kind["id"] for turn in range(len(own))]
            self.assertEqual(sorted(drawn), sorted(own))


class Tables(unittest.TestCase):
    def test_the_tables_are_complete(self):
        check_all(read_kinds(), read_topologies())


class Names(unittest.TestCase):
    def test_names_are_filled_the_innermost_first(self):
        names = {"node": "tftp", "port.tftp": "Gi1/0/9", "p": 0.5}
        self.assertEqual(fill({"ports": ["{port.{node}}"], "take": "{p}"}, names), {"ports": ["Gi1/0/9"], "take": 0.5})
        self.assertEqual(unfilled(fill("{sw}", names)), "sw")
        self.assertIsNone(unfilled('nft add chain { type filter; } {"drop":{}}'))


if __name__ == "__main__":
    unittest.main()
