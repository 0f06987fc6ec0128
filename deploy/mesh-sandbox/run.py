"""Runs NHS Digital's mesh-sandbox, a MESH server for tests, with mailboxes of one's own (mesh.md section 12).

    MESH_CONF_DIR=conf MESH_PORT=8700 STORE_MODE=memory AUTH_MODE=full SHARED_KEY=TestKey python run.py

MESH_CONF_DIR holds data/mailboxes.jsonl and data/workflows.jsonl. MESH_CERT, MESH_KEY and MESH_CLIENT_CA switch TLS and
mutual TLS on. For tests: MESH_WATCH_STDIN=1 ends the server with its parent; MESH_FAULTS=1 adds POST /faults, whose body
{"path": "outbox", "status": 503, "times": 2} makes the next requests for a path that holds this pattern fail, "cut": true
carries them out but breaks the connection instead of answering, and "delay": 2.5 answers late.
"""

import asyncio
import json
import os
import re
import sys
import threading

import mesh_sandbox.store.canned_store as canned_store

# Only its directory counts: the package reads its mailboxes from beside this file.
canned_store.__file__ = os.path.join(os.path.abspath(os.environ["MESH_CONF_DIR"]), "canned_store.py")

import uvicorn  # noqa: E402
from mesh_sandbox import dependencies  # noqa: E402
from mesh_sandbox.api import app  # noqa: E402

# Made now: the first requests, in threads of their own, would each make a store for themselves.
dependencies.get_messaging()
dependencies.get_fernet()


class Faults:
    """Fails requests on demand, and refuses a nonce and count that come twice, as the live service may (M-01)."""

    def __init__(self, application):
        self.application = application
        self.faults = []
        self.tokens = set()
        self.requests = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.application(scope, receive, send)
        path, method = scope["path"], scope["method"]
        if path == "/faults" and method == "POST":
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            self.faults.append(json.loads(body))
            return await answer(send, 200)
        if path == "/requests":
            return await answer(send, 200, json.dumps(self.requests).encode())
        self.requests.append(f"{method} {path}")
        token = dict(scope["headers"]).get(b"authorization", b"").decode().split(":")
        if len(token) == 5:
            pair = tuple(token[:3])
            if pair in self.tokens:
                return await answer(send, 403, b'{"detail": [{"msg": "Error Duplicated Authentication Token"}]}')
            self.tokens.add(pair)
        fault = next((f for f in self.faults if re.search(f["path"], path) and f.get("method", method) == method), None)
        if fault is None:
            return await self.application(scope, receive, send)
        fault["times"] = fault.get("times", 1) - 1
        if fault["times"] <= 0:
            self.faults.remove(fault)
        if "delay" in fault:
            await asyncio.sleep(fault["delay"])
            return await self.application(scope, receive, send)
        if fault.get("cut"):

            async def swallow(message):
                pass

            await self.application(scope, receive, swallow)
            # Uvicorn hands over a bound method of the exchange, which knows the connection.
            receive.__self__.transport.abort()
            return None
        return await answer(send, fault["status"], fault.get("body", "").encode(), fault.get("headers", {}))


async def answer(send, status, body=b"", headers={}):
    head = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def watch():
    sys.stdin.buffer.read()
    os._exit(0)


if os.environ.get("MESH_WATCH_STDIN"):
    threading.Thread(target=watch, daemon=True).start()

uvicorn.run(
    Faults(app) if os.environ.get("MESH_FAULTS") else app,
    host=os.environ.get("MESH_HOST", "127.0.0.1"),
    port=int(os.environ.get("MESH_PORT", "8700")),
    workers=1,
    log_level="error",
    ssl_certfile=os.environ.get("MESH_CERT"),
    ssl_keyfile=os.environ.get("MESH_KEY"),
    ssl_ca_certs=os.environ.get("MESH_CLIENT_CA"),
    ssl_cert_reqs=2 if os.environ.get("MESH_CLIENT_CA") else 0,
)
