"""A UDP server that remembers the numbers it was sent: `seen` is answered with their bits, as hexadecimal digits of one number. Argument: port."""
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
seen = 0
while True:
    data, sender = server.recvfrom(65535)
    if data.startswith(b"n"):
        seen |= 1 << int(data[1:])
    else:
        server.sendto(b"%x" % seen, sender)
