# Runs a program on a terminal of 200 columns and passes on everything that it writes there.
import fcntl, os, pty, struct, sys, termios

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
try:
    while part := os.read(terminal, 4096):
        sys.stdout.buffer.write(part)
except OSError:
    pass  # The program has closed it.
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
