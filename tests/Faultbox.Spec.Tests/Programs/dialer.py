"""A server of text lines that talks to others: `say HOST:PORT TEXT` sends a line and returns the reply; `keep HOST:PORT` opens a
connection and keeps it; `kept` tells whether the last kept connection is still open; `open NAME HOST:PORT [TEXT]` keeps a connection under a
name and `on NAME TEXT` sends a line on it and returns the reply; `env NAME` returns a variable."""
import os
import socket
import sys
import threading

kept = []
named = {}


def exchange(name, text):
    named[name].sendall(text.encode() + b"\n")
    return named[name].recv(100).decode().strip() or "(eof)"


def handle(line):
    words = line.split(" ", 2)
    if words[0] == "env":
        return os.environ.get(words[1], "")
    if words[0] == "kept":
        kept[-1].settimeout(5)
        try:
            return "closed" if kept[-1].recv(1) == b"" else "data"
        except socket.timeout:
            return "open"
        except OSError as e:
            return "reset"
    if words[0] == "on":
        return exchange(words[1], words[2])
    if words[0] == "open":
        address, _, text = words[2].partition(" ")
        host, port = address.rsplit(":", 1)
        named[words[1]] = socket.create_connection((host, int(port)), 5)
        return exchange(words[1], text) if text else "opened"
    host, port = words[1].rsplit(":", 1)
    try:
        s = socket.create_connection((host, int(port)), 5)
        if words[0] == "keep":
            kept.append(s)
            s.sendall(b"ping\n")
            return s.recv(100).decode().strip()
        s.sendall(words[2].encode() + b"\n")
        reply = s.recv(100)
        s.close()
        return reply.decode().strip() or "(eof)"
    except OSError as e:
        return type(e).__name__


def serve(c):
    for line in c.makefile():
        if line.strip() == "ping":
            c.sendall(b"pong\n")
        else:
            c.sendall(handle(line.strip()).encode() + b"\n")
    c.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(64)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
