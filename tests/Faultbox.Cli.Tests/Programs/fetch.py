"""A line server: for every path it is told it fetches $UPSTREAM/path and answers with the body, or with the error. Argument: port."""
import os
import socket
import ssl
import sys
import urllib.request

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(64)
context = ssl.create_default_context(cafile=os.environ["FAULTBOX_CA_FILE"]) if "FAULTBOX_CA_FILE" in os.environ else None
while True:
    client, _ = listener.accept()
    with client, client.makefile("rw") as stream:
        line = stream.readline().strip()
        if line:
            try:
                answer = urllib.request.urlopen(os.environ["UPSTREAM"] + line, context=context).read().decode()
            except Exception as error:
                answer = str(error)
            stream.write(answer + "\n")
