"""An agent without intelligence: it solves exercises of four kinds over MCP, as a person would who knows these kinds.
dark-desk and moved-desk (a port, a cable), no-address and no-answer (a program), lost-file (a file), and healthy controls."""

import json
import sys
import time

from mcp_client import Client

SETTLE_S = 90


def steps(phone):
    return {step["n"]: step for step in phone["steps"]}


def settled(phone):
    return (phone["state"] in ("registered", "dark") or "not provisioned" in steps(phone)[7]["detail"]
            or any(step["state"] == "failed" for step in phone["steps"]))


def wait_for_status(client):
    """The status when no phone changes any more."""
    deadline, before = time.monotonic() + SETTLE_S, None
    while True:
        status = json.loads(client.call("status", json=True))
        now = [(phone["name"], phone["state"]) for phone in status["phones"]]
        if (now == before and all(settled(phone) for phone in status["phones"])) or time.monotonic() > deadline:
            return status
        before = now
        time.sleep(0.3)


def repair_dark(client, port, phone):
    if port["admin"] != "up":
        client.call("configure", switch="sw1", lines=["interface " + port["name"], "no shutdown"])
        return port["name"], "the port is shut down"
    row = [line for line in client.call("show", switch="sw1", command="power inline").splitlines()
           if line.startswith(port["name"] + " ")][0]
    if row.split()[1] == "off":
        client.call("configure", switch="sw1", lines=["interface " + port["name"], "power inline auto"])
        return port["name"], "power inline never"
    client.call("plug", phone=phone["name"])
    return port["name"], "the cable is unplugged"


def repair_file(client, phone):
    name = phone["name"] + ".cnf.xml"
    path = "/run/phonelab/tftp/root/" + name
    text = client.call("exec", node="tftp", command=f"if [ -e {path} ]; then head -c 40 {path}; else echo missing; fi")
    client.call("exec", node="tftp", command=f"cp /run/phonelab/backup/tftp/root/{name}* /run/phonelab/tftp/root/")
    cause = "the file is missing" if "missing" in text else "it is html" if "html" in text else "the file is empty"
    return name, cause


def solve(client):
    status = wait_for_status(client)
    ports = {port["device"]: port for port in status["switches"][0]["ports"] if port.get("device")}
    sick = [service for service in status["services"] if service["state"] not in ("running",)]
    for service in sick:
        client.call("service", program=service["name"], action="restart")
    if sick:
        cause = "the process hangs" if sick[0]["state"] == "paused" else "the service is stopped"
        return ", ".join(service["name"] for service in sick[:1]), cause
    for phone in status["phones"]:
        if phone["state"] == "dark":
            return repair_dark(client, ports[phone["name"]], phone)
        if phone["state"] != "registered":
            return repair_file(client, phone)
    return "none", "nothing"


def main():
    ticket = json.load(sys.stdin)
    client = Client()
    assert json.loads(client.call("ticket"))["story"] == ticket["story"]
    component, cause = solve(client)
    print(component, "/", cause, file=sys.stderr)
    print(client.call("check", component=component, cause=cause), file=sys.stderr)
    return client.close()


if __name__ == "__main__":
    sys.exit(main())
