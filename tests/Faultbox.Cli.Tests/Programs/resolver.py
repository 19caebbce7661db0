"""A name server that grows up: nothing is bound for the first third of a time, then it is silent, then it fails, and from then on it answers.

Arguments: address, port, seconds until it answers, what it answers after the first two bytes of a question, in hexadecimal digits, and how many
questions of each client it loses.
"""
import socket
import sys
import time

SERVER_FAILURE = bytes.fromhex("8182")

start = time.monotonic()
address, port, seconds, answer = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), bytes.fromhex(sys.argv[4])
losses = int(sys.argv[5])
time.sleep(seconds / 3)
server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
server.bind((address, port))
lost = {}
while True:
    data, sender = server.recvfrom(65535)
    age = time.monotonic() - start
    if age < seconds * 2 / 3 or lost.setdefault(sender, 0) < losses:
        lost[sender] = lost.get(sender, 0) + 1
        continue
    server.sendto(data[:2] + (answer if age >= seconds else SERVER_FAILURE), sender)
