"""An agent without knowledge: it answers at random, from the choices of the ticket or from what it can name, and repairs
nothing. The argument and the number of the lab in the bench seed the generator, so that its answers are repeatable. With
the argument "nothing" it always answers that nothing is wrong."""

import json
import os
import random
import sys

from mcp_client import Client

CAUSES = ["the port is shut down", "power inline never", "the cable is unplugged", "the voice VLAN is missing", "wrong VLAN",
          "CDP is off", "the service is stopped", "the process hangs", "option 150 is wrong", "the gateway is wrong",
          "the pool is of another subnet", "the port is not trusted", "the file is missing", "the file is empty",
          "malformed XML", "the locale is not installed", "port security violation", "the PoE budget is too small",
          "the VLAN was deleted", "nothing"]


def places(status):
    names = ["none"] + [phone["name"] for phone in status["phones"]]
    names += sorted({service["name"] for service in status["services"]})
    for switch in status["switches"]:
        names += [switch["name"]] + [port["name"] for port in switch["ports"] if port.get("device")]
    return names


def main():
    ticket = json.load(sys.stdin)
    client = Client()
    status = json.loads(client.call("status", json=True))
    dice = random.Random(sys.argv[1] + os.environ["PHONELAB_LAB"].rsplit("-", 1)[1])
    choices = ticket["choices"]
    component = dice.choice(choices["component"] or places(status))
    cause = dice.choice(choices["cause"] or CAUSES)
    if sys.argv[1] == "nothing":
        component, cause = "none", "nothing"
    client.call("check", component=component, cause=cause, patience=2)
    return client.close()


if __name__ == "__main__":
    sys.exit(main())
