"""Runs the SQL of each POST with psql: 200 with the rows, or 500 with what psql said. One connection per request."""
import http.server
import os
import subprocess


class Sql(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, b"ok")

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        run = subprocess.run([os.environ["PSQL"], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text],
                             capture_output=True, check=False)
        self.answer(200, run.stdout.strip()) if run.returncode == 0 else self.answer(500, run.stderr)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Sql).serve_forever()
