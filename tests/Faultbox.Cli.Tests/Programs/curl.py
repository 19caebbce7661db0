"""A line server: for every path it is told it runs curl on $CURL + path and answers with "status body", or "exit code". Argument: port."""
import os
import socket
import subprocess
import sys

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(64)
while True:
    client, _ = listener.accept()
    with client, client.makefile("rw") as stream:
        path = stream.readline().strip()
        if path:
            *options, url = os.environ["CURL"].split()
            run = subprocess.run(
                ["curl", "--silent", "--globoff", "--noproxy", "*", "--max-time", "30", "--write-out", r"\n%{http_code}", "--output", "-", *options, url + path],
                capture_output=True, text=True)
            answer = " ".join(reversed(run.stdout.rsplit("\n", 1))).strip() if run.returncode == 0 else "exit %d" % run.returncode
            stream.write(answer + "\n")
