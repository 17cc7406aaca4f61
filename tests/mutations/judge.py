"""Compare what `why --json` answers with what the generator did."""
import re

VERDICTS = ("right", "wrong", "ambiguous", "undecided")
PORTS = (("gigabitethernet", "gi"), ("tengigabitethernet", "te"), ("fortygigabitethernet", "fo"))


def plain(name):
    """An object's name with one spelling of ports and case."""
    name = re.sub(r"\s+", " ", str(name or "").strip().lower())
    for long, short in sorted(PORTS, reverse=True):
        name = name.replace(long, short)
    return name


def is_object(name, answer):
    """Is NAME the object of the answer, or an equivalent one?"""
    name = plain(name)
    if name and name == plain(answer["object"]):
        return True
    return any(re.fullmatch(plain_pattern(other), name) for other in answer["also"])


def plain_pattern(pattern):
    for long, short in sorted(PORTS, reverse=True):
        pattern = re.sub(long, short, pattern, flags=re.I)
    return re.compile(pattern, re.I)


def names(said, answer):
    """Does one entry of why (an object with a cause) name the right thing? Without `object`, its text has to."""
    if said.get("object"):
        return is_object(said["object"], answer)
    return bool(said.get("cause") and answer["text"] and re.search(answer["text"], said["cause"], re.I))


def is_healthy(said):
    return bool(said.get("healthy") or said.get("verdict") == "healthy")


def judge(said, answer):
    """One of VERDICTS, and a remark."""
    if not said:
        return "wrong", "no answer"
    if is_healthy(said):
        return "wrong", "healthy"
    if names(said, answer):
        return "right", said.get("verdict") or ""
    if said.get("verdict") == "undecided" or not (said.get("cause") or said.get("object")):
        return "undecided", ""
    if said.get("verdict") == "ambiguous" and any(names(other, answer) for other in said.get("alternatives") or []):
        return "ambiguous", ""
    return "wrong", said.get("object") or said.get("cause") or ""
