"""A provisioning server or a registrar with a different mistake for each phone, as a user might have written it.

KIND=files:     HTTP at port 6970; the last two digits of the phone's MAC choose the mistake
KIND=registrar: SIP over TCP at port 5060; accepts every REGISTER but those for 2007
"""
import http.server
import os
import socketserver
import sys
import time
import urllib.parse

HERE = os.environ["PHONELAB_NODE"]
CONFIG = """<device><deviceProtocol>SIP</deviceProtocol><devicePool><callManagerGroup><members>
<member priority="0"><callManager><ports><sipPort>5060</sipPort></ports><processNodeName>{manager}</processNodeName>
</callManager></member></members></callManagerGroup></devicePool><sipProfile><sipLines><line button="1">
<featureID>9</featureID><proxy>USECALLMANAGER</proxy><name>{number}</name><contact>{number}</contact></line></sipLines>
</sipProfile></device>
"""


def say(*words):
    print(*words, flush=True)


def phone_of(name):
    """The last two digits of the MAC in the name of a file, or None."""
    at = name.find("SEP")
    return name[at + 13 : at + 15] if at >= 0 else None


class Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = urllib.parse.unquote(self.path).lstrip("/")
        phone = phone_of(name)
        if name == "exit":
            say("asked to exit")
            os._exit(3)
        if phone == "03":
            time.sleep(0.5)  # slow for one phone
        if phone == "06":
            say(self.client_address[0], name, "never answered")
            time.sleep(60)
            return
        if phone == "05":
            self.answer(self.foreign(name))
        elif name.endswith(".cnf.xml") and phone and phone != "02":
            number = "2999" if phone == "04" else "20" + phone
            self.answer(CONFIG.format(manager=os.environ["MANAGER"], number=number).encode())
        else:
            self.answer(None)

    def foreign(self, name):
        """The trust list of one cluster, and a configuration that another one has signed."""
        own = os.path.join(os.environ["SIGNED"], "trusted" if name.endswith(".tlv") else "foreign", "tftp", "root", name)
        try:
            with open(own, "rb") as file:
                return file.read()
        except OSError:
            return None

    def answer(self, body):
        say(self.client_address[0], self.path, 404 if body is None else 200)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/strange")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class Registrar(socketserver.StreamRequestHandler):
    def message(self):
        lines = []
        while True:
            line = self.rfile.readline().decode()
            if not line:
                return None
            line = line.rstrip("\r\n")
            if not line and lines:
                break
            if line:
                lines.append(line)
        length = [l.split(":")[1] for l in lines if l.lower().startswith(("content-length:", "l:"))]
        self.rfile.read(int(length[0]) if length else 0)
        return lines

    def handle(self):
        while (lines := self.message()) is not None:
            method, uri = lines[0].split()[:2]
            if method != "REGISTER":
                self.reply(lines, "202 Accepted", [])
                continue
            to = next(l for l in lines if l.lower().startswith("to:"))
            number = to.split("sip:")[1].split("@")[0]
            say(self.client_address[0], "REGISTER", number)
            contact = [l for l in lines if l.lower().startswith("contact:")]
            if number == "2007":
                self.reply(lines, "404 No Such Number", [])
            else:
                self.reply(lines, "200 OK", contact + ["Expires: 120"])

    def reply(self, lines, status, headers):
        if lines[0].startswith("SIP/2.0"):
            return
        kept = [l for l in lines if l.lower().startswith(("via:", "from:", "call-id:", "cseq:"))]
        to = [l + ";tag=1" if "tag=" not in l else l for l in lines if l.lower().startswith("to:")]
        text = "\r\n".join(["SIP/2.0 " + status] + kept + to + headers + ["Content-Length: 0", "", ""])
        self.wfile.write(text.encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


kinds = {"files": (6970, Files), "registrar": (5060, Registrar)}
port, handler = kinds[os.environ["KIND"]]
say(HERE, "listens at", port)
with Server((os.environ["PHONELAB_ADDRESS"], port), handler) as server:
    server.serve_forever()
sys.exit(0)
