"""SOAP clients of AXL and RISPort70 from Python's standard library.

They write their requests as the clients do that users have: ciscoaxl (zeep: SOAPAction, the namespace on the operation only),
cisco-axl (a login test by GET), cisco-risport (items one by one, pages by StateInfo, a wait after a refused request).
"""

import argparse
import base64
import json
import ssl
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
RIS = "http://schemas.cisco.com/ast/soap"


class Fault(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


def local(element):
    return element.tag.rpartition("}")[2]


def child(element, *path):
    """The first child of that name below each other, whatever its namespace."""
    for name in path:
        element = next((e for e in element if local(e) == name), None)
        if element is None:
            return None
    return element


def value(element, *path):
    found = child(element, *path)
    return "" if found is None or found.text is None else found.text


def markup(data):
    """A dict, list or text as elements, as zeep writes them."""
    if isinstance(data, dict):
        out = ""
        for key, item in data.items():
            for one in item if isinstance(item, list) else [item]:
                out += f"<{key}>{markup(one)}</{key}>"
        return out
    return "" if data is None else escape(str(data))


class Server:
    def __init__(self, host, user, password, ca):
        self.base = f"https://{host}:8443"
        self.context = ssl.create_default_context(cafile=ca)
        self.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def http(self, path, body=None, headers=None):
        request = urllib.request.Request(self.base + path, data=body, headers={"Authorization": self.login, **(headers or {})})
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=60) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def soap(self, path, action, body):
        text = f'<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
        status, reply = self.http(path, text.encode(), {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'})
        if status == 401:
            raise Fault(status, "login")
        root = ET.fromstring(reply)
        content = child(root, "Body")[0]
        if local(content) == "Fault":
            raise Fault(status, value(content, "faultstring"))
        return content

    def axl(self, operation, **arguments):
        body = f'<ns0:{operation} xmlns:ns0="http://www.cisco.com/AXL/API/14.0">{markup(arguments)}</ns0:{operation}>'
        return child(self.soap("/axl/", f"CUCM:DB ver=14.0 {operation}", body), "return")

    def ris(self, operation="selectCmDeviceExt", state="", items=("*",), most=1000, by="Name", status="Any"):
        chosen = "".join(f"<item><Item>{escape(item)}</Item></item>" for item in items)
        body = (
            f'<{operation} xmlns="{RIS}"><StateInfo>{escape(state)}</StateInfo><CmSelectionCriteria>'
            f"<MaxReturnedDevices>{most}</MaxReturnedDevices><DeviceClass>Phone</DeviceClass><Model>255</Model>"
            f"<Status>{status}</Status><NodeName></NodeName><SelectBy>{by}</SelectBy><SelectItems>{chosen}</SelectItems>"
            f"<Protocol>Any</Protocol><DownloadStatus>Any</DownloadStatus></CmSelectionCriteria></{operation}>"
        )
        for wait in (0.2, 0.2, 61):
            try:
                return self.soap("/realtimeservice2/services/RISService70", operation, body)
            except Fault as fault:
                if "Exceeded allowed rate" not in fault.text:
                    raise
                time.sleep(wait)
        raise Fault(500, "the rate stays exceeded")

    def ris_pages(self, most, **arguments):
        """Every page of a selection, until the server returns no StateInfo."""
        state = ""
        while True:
            reply = self.ris(state=state, most=most, **arguments)[0]
            yield reply
            following = value(reply, "StateInfo")
            if not following or following == state:
                return
            state = following


def devices(reply):
    """The devices of a page as dicts, with the node that has them."""
    for node in child(reply, "SelectCmDeviceResult", "CmNodes"):
        for device in child(node, "CmDevices"):
            address = child(device, "IPAddress", "item")
            yield {
                "name": value(device, "Name"),
                "node": value(node, "Name"),
                "status": value(device, "Status"),
                "reason": int(value(device, "StatusReason")),
                "numbers": value(device, "DirNumber"),
                "active_load": value(device, "ActiveLoadID"),
                "ipv4": value(address, "IP"),
            }


def phones(server):
    """All phones as ciscoaxl lists and then reads them."""
    found = {}
    listed = server.axl("listPhone", searchCriteria={"name": "%"}, returnedTags={"name": "", "model": ""})
    for phone in listed:
        name = value(phone, "name")
        whole = child(server.axl("getPhone", name=name), "phone")
        lines = child(whole, "lines")
        found[name] = {
            "model": value(whole, "model"),
            "load": value(whole, "loadInformation"),
            "description": value(whole, "description"),
            "lines": [value(line, "dirn", "pattern") for line in lines],
            "label": value(lines, "line", "label"),
        }
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--user", default="axluser")
    parser.add_argument("--password", default="phonelab")
    parser.add_argument("do", choices=["login", "phones", "ris", "axl", "sql", "many", "wsdl"])
    parser.add_argument("arguments", nargs="*")
    args = parser.parse_args()
    server = Server(args.host, args.user, args.password, args.ca)
    try:
        if args.do == "login":
            status, page = server.http("/axl/")
            out = {"status": status, "banner": b"Cisco CallManager: AXL Web Service" in page}
        elif args.do == "phones":
            out = phones(server)
        elif args.do == "ris":
            most = int(args.arguments[0]) if args.arguments else 1000
            pages = list(server.ris_pages(most, operation="selectCmDevice"))
            out = {"pages": len(pages), "devices": [device for page in pages for device in devices(page)]}
        elif args.do == "axl":
            operation, data = args.arguments[0], json.loads(args.arguments[1])
            out = {"return": value(server.axl(operation, **data))}
        elif args.do == "sql":
            rows = server.axl("executeSQLQuery", sql=args.arguments[0])
            out = [{local(cell): cell.text or "" for cell in row} for row in rows]
        elif args.do == "wsdl":
            root = ET.fromstring(server.http("/realtimeservice2/services/RISService70?wsdl")[1])
            out = {"operations": [e.get("name") for e in root.iter() if local(e) == "operation" and e.get("name")]}
        else:  # a list in windows of 1,000, as ciscoaxl's list_phones does for large clusters
            names, skip = [], 0
            while True:
                window = server.axl("listPhone", searchCriteria={"name": "SEP%"}, returnedTags={"name": ""}, skip=skip, first=1000)
                if not len(window):
                    break
                names += [value(phone, "name") for phone in window]
                skip += len(window)
            out = {"windows": skip // 1000, "names": len(set(names)), "first": names[0], "last": names[-1]}
    except Fault as fault:
        out = {"fault": fault.text, "status": fault.status}
    json.dump(out, sys.stdout)


main()
