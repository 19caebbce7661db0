using System.Diagnostics;
using System.Runtime.InteropServices;
using Faultbox.Runtime.Programs;

namespace Faultbox.Cli.Running;

/// <summary>
/// Signals of this process are passed on to the program it runs. The same ending signal twice within a second means that the program does
/// not listen: its whole tree is killed.
/// </summary>
internal sealed class ProgramSignals : IDisposable
{
    private const int UserSignal1 = 10;
    private const int UserSignal2 = 12;
    private const int WindowChanged = 28;
    private static readonly TimeSpan RepeatLimit = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly ProgramRun _run;
    private readonly Lock _gate = new();
    private (int Signal, long At) _last;

    public ProgramSignals(ProgramRun run)
    {
        _run = run;
        PassOn(PosixSignal.SIGINT, 2, ends: true);
        PassOn(PosixSignal.SIGTERM, 15, ends: true);
        PassOn(PosixSignal.SIGHUP, 1, ends: true);
        PassOn(PosixSignal.SIGQUIT, 3, ends: false);
        PassOn((PosixSignal)UserSignal1, UserSignal1, ends: false);
        PassOn((PosixSignal)UserSignal2, UserSignal2, ends: false);

        // The terminal tells its foreground group only, and the program has a session of its own.
        PassOn(PosixSignal.SIGWINCH, WindowChanged, ends: false);
    }

    /// <summary>The signal that was repeated and killed the program; 0 for none.</summary>
    public int Forced { get; private set; }

    public void Dispose() => _registrations.ForEach(r => r.Dispose());

    private void PassOn(PosixSignal signal, int number, bool ends) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        lock (_gate)
        {
            var repeated = ends && _last.Signal == number && Stopwatch.GetElapsedTime(_last.At) < RepeatLimit;
            _last = (number, Stopwatch.GetTimestamp());
            if (repeated)
            {
                Forced = number;
                _run.Kill();
                return;
            }
        }

        _run.Signal(number);
    }));
}
