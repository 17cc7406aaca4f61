"""A client of the Model Context Protocol over stdio, with nothing but the standard library. It checks what it receives
against the schema of the protocol: the tests use it as the stranger."""

import json
import os
import shlex
import subprocess


class ToolError(Exception):
    """The result of a tool had isError."""


class Client:
    def __init__(self, command=None, version="2025-06-18"):
        self.process = subprocess.Popen(
            shlex.split(command or os.environ["PHONELAB_MCP"]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.number = 0
        self.server = self.request("initialize", {
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}})
        assert isinstance(self.server["protocolVersion"], str)
        assert isinstance(self.server["capabilities"]["tools"], dict)
        assert {"name", "version"} <= self.server["serverInfo"].keys()
        self.notify("notifications/initialized")
        self.tools = {tool["name"]: tool for tool in self.request("tools/list")["tools"]}
        for tool in self.tools.values():
            schema = tool["inputSchema"]
            assert schema["type"] == "object" and isinstance(tool["description"], str)
            assert set(schema["required"]) <= schema["properties"].keys()

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def notify(self, method):
        self.send({"jsonrpc": "2.0", "method": method})

    def request(self, method, params=None):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        reply = json.loads(self.process.stdout.readline())
        assert reply["jsonrpc"] == "2.0" and reply["id"] == self.number, reply
        assert ("result" in reply) != ("error" in reply), reply
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["result"]

    def call(self, tool, **arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        assert isinstance(result["isError"], bool)
        assert all(part["type"] == "text" for part in result["content"])
        text = "".join(part["text"] for part in result["content"])
        if result["isError"]:
            raise ToolError(text)
        return text

    def close(self):
        self.process.stdin.close()
        return self.process.wait(30)
