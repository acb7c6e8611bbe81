"""A fake of Twilio's API: accepts every message and writes it to a file, without sending webhooks.

    twilio.py FILE      writes its URL to FILE.url and each message to FILE as a line of JSON
"""

import http.server
import json
import sys
import urllib.parse

path = sys.argv[1]


class Twilio(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        with open(path, "a+") as file:
            file.seek(0)
            form["sid"] = f"SM{len(file.readlines()):032x}"
            print(json.dumps(form), file=file)
        self.answer(201, {"sid": form["sid"], "status": "queued", "to": form.get("To"), "from": form.get("From")})

    def do_GET(self):
        self.answer(200, {"messages": [], "next_page_uri": None})

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Twilio)
open(path, "w").close()
with open(f"{path}.url", "w") as file:
    file.write(f"http://127.0.0.1:{server.server_port}")
server.serve_forever()
