# Says "ready", and which signal each time one comes; ends after a user signal with their list.
import signal

awaited = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
received = []
print("ready", flush=True)
while signal.SIGUSR1 not in received:
    number = int(signal.sigwait(awaited))
    received.append(number)
    print("signal", number, flush=True)
print("all of", received, flush=True)
