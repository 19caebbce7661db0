# Talks to an interactive shell on a terminal. Arguments, in turn: a text to wait for, and what is typed after it (\x03 and the like are
# keys). Passes on what appears on the terminal; exits with 1 when a text does not come.
import os, pty, select, sys, time

child, terminal = pty.fork()
if child == 0:
    os.environ.update(PS1="$ ", ENV="")
    os.execvp("sh", ["sh", "-i"])
seen = b""
for wanted, typed in zip(sys.argv[1::2], sys.argv[2::2]):
    deadline = time.monotonic() + 90
    while wanted.encode() not in seen:
        if time.monotonic() > deadline:
            sys.exit(f"{wanted!r} did not come; the terminal shows {seen!r}")
        if select.select([terminal], [], [], 1)[0]:
            part = os.read(terminal, 4096)
            seen += part
            sys.stdout.buffer.write(part)
    seen = seen[seen.index(wanted.encode()) + len(wanted):]
    os.write(terminal, typed.encode().decode("unicode_escape").encode("latin1"))
os.close(terminal)  # A hang-up: whatever still runs there ends.
os.waitpid(child, 0)
