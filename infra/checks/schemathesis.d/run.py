"""Runs schemathesis against a local server: starts the server, creates the users that call it, refreshes their tokens,
and exits with schemathesis's exit code.

    run.py SERVER_BINARY SCHEMATHESIS_BINARY FOLDER SEED EXAMPLES
"""

import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = pathlib.Path(__file__).parent
NOW = "2027-01-11T12:00:00Z"
PASSWORD = "citas-demo-password"
REFRESH_AFTER = 300  # seconds; an access token expires after 600


def call(url, body=None, token=None, method=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Users:
    """The users that call the API, with valid tokens."""

    def __init__(self, base):
        self.base, self.lock, self.sessions, self.passwords = base, threading.Lock(), {}, {}

    def sign_in(self, name, email, password):
        self.passwords[name] = (email, password)
        tokens = call(f"{self.base}/api/auth/token/", {"email": email, "password": password})
        self.sessions[name] = (tokens, time.monotonic())
        return tokens["access"]

    def token(self, name):
        with self.lock:
            tokens, since = self.sessions[name]
            if time.monotonic() - since > REFRESH_AFTER:
                tokens = call(f"{self.base}/api/auth/token/refresh/", {"refresh": tokens["refresh"]})
                self.sessions[name] = (tokens, time.monotonic())
            return tokens["access"]

    def new_session(self, name):
        """A token of a new session, which the caller may end."""
        with self.lock:
            return self.sign_in(name, *self.passwords[name])


def token_broker(users):
    """Starts a server: `POST /NAME` answers a token of the user, `POST /NAME/anew` one of a new session."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            name, _, anew = self.path.strip("/").partition("/")
            try:
                access = users.new_session(name) if anew else users.token(name)
                status, body = 200, {"access": access}
            except Exception as error:
                status, body = 503, {"error": str(error)}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def populate(base, api_users):
    """Creates two receptionists of one clinic each, and users that may be changed. Returns all objects' ids by kind."""
    admin = api_users.sign_in("admin", "admin@example.com", PASSWORD)
    rows = lambda path: call(f"{base}{path}", token=admin)["results"]
    make = lambda path, body: call(f"{base}{path}", body, admin)
    clinics = rows("/api/clinics/clinics/")
    users = {}
    for name, of in [("norte", clinics[:1]), ("chapinero", clinics[1:2]), ("guest", []), ("spare", [])]:
        password = secrets.token_urlsafe(18)
        email = f"{name}@clinica.example"
        body = {"email": email, "password": password, "role": "OPERATOR", "clinics": [clinic["id"] for clinic in of]}
        users[name] = make("/api/auth/users/", body)["id"]
        api_users.sign_in(name, email, password)
    rooms, doctors = rows("/api/clinics/rooms/"), rows("/api/doctors/")
    patients = rows("/api/patients/")
    appointments = []
    for doctor in doctors:
        for slot in rows(f"/api/schedules/slots/?doctor={doctor['id']}&date_from=2027-01-20&limit=3"):
            patient = patients[len(appointments) % len(patients)]["id"]
            body = {"patient": patient, "doctor": doctor["id"], "start_datetime": slot["start_datetime"]}
            appointments.append(make("/api/appointments/", body)["id"])
    ids = lambda things: [thing["id"] for thing in things]
    return {
        "base": base,
        "users": users,
        "admins": [user["id"] for user in rows("/api/auth/users/") if user["role"] == "ADMIN"],
        # The rooms that each receptionist has access to.
        "rooms": {
            name: [room["id"] for room in rooms if room["clinic"] == clinic["id"]]
            for name, clinic in zip(("norte", "chapinero"), clinics)
        },
        "guest": dict(zip(["email", "password"], api_users.passwords["guest"])),
        "ids": {
            "clinic": ids(clinics), "room": ids(rooms), "doctor": ids(doctors), "patient": ids(patients),
            "specialty": ids(rows("/api/doctors/specialties/")), "appointment": appointments,
        },
    }


def identities(tokens):
    def entry(name):
        login = {
            "verb": "POST", "externalEndpointURL": f"{tokens}/{name}", "payloadRaw": "{}",
            "contentType": "application/json",
            "token": {
                "extractFrom": "body", "extractSelector": "/access",
                "sendIn": "header", "sendName": "Authorization", "sendTemplate": "Bearer {token}",
            },
        }
        return {"name": name, "loginEndpointAuth": login}

    # schemathesis uses the first user that may call an operation.
    return {"auth": [entry(name) for name in ("norte", "chapinero", "admin")]}


def main(server, schemathesis, folder, seed, examples):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    base = f"http://127.0.0.1:{free_port()}"
    log = open(folder / "server.log", "w")
    command = [server, "serve", "--memory", "--port", base.rsplit(":", 1)[1], "--now", NOW]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                call(f"{base}/api/health/")
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"the server did not start: see {folder / 'server.log'}")
                time.sleep(0.1)
        users = Users(base)
        world = populate(base, users)
        tokens = token_broker(users)
        world["tokens"] = tokens
        (folder / "world.json").write_text(json.dumps(world))
        (folder / "identities.json").write_text(json.dumps(identities(tokens)))
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
            "CITAS_WORLD": str(folder / "world.json"),
            "CITAS_IDENTITIES": str(folder / "identities.json"),
        }
        run = [
            schemathesis, "--config-file", str(HERE / "schemathesis.toml"), "run", f"{base}/api/schema/",
            "--checks", "all", "--exclude-checks", "use_after_free,object_level_authorization", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", examples,
            "--seed", seed, "--request-timeout", "60", "--suppress-health-check", "all",
        ]
        return subprocess.run(run, env=environment, cwd=folder).returncode
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
