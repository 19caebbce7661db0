"""A line server that is a client of $UPSTREAM (host:port). Argument: port. Lines and answers:
`listen` connects and says nothing: the first line that comes; the connection stays
`open SECONDS` whether that connection is still open so much later: open, eof or reset
`halfclose TEXT` sends the text and its FIN: how many bytes came, and how the connection ended
`begin PATH` asks for a path and takes the first MiB of the answer: its status
`rest` takes what is left of it: how much less than the announced length came, and how the connection ended
`events PATH TRIGGER` reads the first event, only then tells the TRIGGER port to go on, and reads the rest: both events
"""
import os
import socket
import sys
import threading
import time

kept = None
missing = 0


def dial(port=None):
    host, own = os.environ["UPSTREAM"].rsplit(":", 1)
    connection = socket.create_connection((host, int(port or own)), 10)
    connection.settimeout(20)
    return connection


def drain(connection, limit=None):
    count = 0
    try:
        while count != limit:
            data = connection.recv(65536)
            count += len(data)
            if not data:
                return count, "eof"
        return count, "open"
    except ConnectionResetError:
        return count, "reset"


def answer(words):
    global kept, missing
    if words[0] == "listen":
        kept = dial()
        return kept.makefile().readline().strip()
    if words[0] == "open":
        time.sleep(float(words[1]))
        kept.setblocking(False)
        try:
            return "data" if kept.recv(1) else "eof"
        except BlockingIOError:
            return "open"
        except ConnectionResetError:
            return "reset"
    if words[0] == "halfclose":
        with dial() as connection:
            connection.sendall(words[1].encode())
            connection.shutdown(socket.SHUT_WR)
            return "%d %s" % drain(connection)
    if words[0] == "begin":
        kept = dial()
        kept.sendall(b"GET %s HTTP/1.1\r\nHost: up\r\n\r\n" % words[1].encode())
        stream = kept.makefile("rb", buffering=1)
        status = stream.readline().split()[1].decode()
        while line := stream.readline().strip().lower():
            if line.startswith(b"content-length:"):
                missing = int(line.split(b":")[1])
        missing -= len(stream.read(1 << 20))
        return status
    if words[0] == "rest":
        count, end = drain(kept, missing)
        return "%s %s" % ("whole" if count >= missing else "less", end)
    if words[0] == "events":
        with dial() as connection:
            connection.sendall(b"GET %s HTTP/1.1\r\nHost: up\r\nConnection: close\r\n\r\n" % words[1].encode())
            first = b""
            while b"first" not in first:
                first += connection.recv(4096)
            early = b"second" in first
            with socket.create_connection(("127.0.0.1", int(words[2])), 10) as trigger:
                trigger.sendall(b"go\n")
                trigger.recv(100)
            rest = first
            while data := connection.recv(4096):
                rest += data
            return "early" if early else "first then second" if b"second" in rest else "first"
    return "?"


def serve(client):
    with client, client.makefile("rw") as stream:
        for line in stream:
            try:
                reply = answer(line.split())
            except OSError as error:
                reply = type(error).__name__
            stream.write(reply + "\n")
            stream.flush()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(64)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
