"""What a seed stands for: topology, kind of mutation, target and parameters. The same seed, the same draw."""
import random
from dataclasses import dataclass, field

from table import CLASSES, fits


@dataclass
class Draw:
    seed: int
    attempt: int
    klass: str
    topology: str
    kind: dict
    picks: dict = field(default_factory=dict)
    phone: float = 0.0     # which phone, as a part of all
    boot: str = "plug"     # plug, reset or erase
    decoy: dict = None     # a kind that broke the lab before, and was reverted


def draw_picks(kind, trunks, chance):
    picks = {}
    for name, choices in kind.get("pick", {}).items():
        if choices == "trunks":
            for key, value in chance.choice(trunks).items():
                picks[f"{name}.{key}"] = value
            continue
        choice = chance.choice(choices)
        if isinstance(choice, dict):
            picks.update({f"{name}.{key}": value for key, value in choice.items()})
        else:
            picks[name] = choice
    return picks


def first_kind(seed, kinds, klass):
    """The kind of a seed's first draw: a class goes through its kinds in a random order, then through the next order."""
    own = [kind for kind in kinds if kind["class"] == klass]
    turn, at = divmod(seed // len(CLASSES), len(own))
    random.Random(f"phonelab/{klass}/{turn}").shuffle(own)
    return own[at]


def draw(seed, attempt, kinds, topologies, only=None):
    """The attempt-th draw of a seed. All attempts of a seed have the same topology and class."""
    klass = only["class"] if only else CLASSES[seed % len(CLASSES)]
    kind = only or first_kind(seed, kinds, klass)
    topology = random.Random(f"phonelab/{seed}").choice([name for name, facts in topologies.items() if fits(kind, facts["tags"])])
    chance = random.Random(f"phonelab/{seed}/{attempt}")
    tags = topologies[topology]["tags"]
    if attempt > 0 and not only:
        kind = chance.choice([other for other in kinds if other["class"] == klass and fits(other, tags)])
    result = Draw(seed, attempt, klass, topology, kind)
    result.picks = draw_picks(kind, topologies[topology].get("trunks", []), chance)
    result.phone = chance.random()
    result.boot = chance.choice(kind.get("boot", ["plug", "plug", "reset", "erase"]))
    if klass == "D":
        decoys = [other for other in kinds if other.get("late") and other is not kind and fits(other, tags)]
        result.decoy = chance.choice(decoys) if decoys else None
    return result
