# Tells on the terminal and in the file "received" which signals have come.
import signal

awaited = {signal.SIGINT, signal.SIGTERM, signal.SIGCONT}
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
received = []
while True:
    with open("received", "w") as file:
        file.write(f"so far {received}\n")
    print("so far", received, flush=True)
    received.append(int(signal.sigwait(awaited)))
