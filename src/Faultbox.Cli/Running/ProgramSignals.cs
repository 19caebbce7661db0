using System.Diagnostics;
using Faultbox.Linux.Native;
using Faultbox.Runtime.Programs;

namespace Faultbox.Cli.Running;

/// <summary>
/// Signals of this process are passed on to the program it runs, except those that the terminal sends to both of them. The same ending
/// signal twice within a second means that the program does not listen: its whole tree is killed.
/// </summary>
internal sealed class ProgramSignals : IDisposable
{
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int User1 = 10;
    private const int User2 = 12;
    private const int Terminate = 15;
    private const int WindowChanged = 28;
    private static readonly TimeSpan RepeatLimit = TimeSpan.FromSeconds(1);

    private readonly ProgramRun _run;
    private readonly SignalWatch _watch;
    private (int Signal, long At) _last;
    private volatile int _forced;

    public ProgramSignals(ProgramRun run)
    {
        _run = run;
        _watch = new SignalWatch([Hangup, Interrupt, Quit, User1, User2, Terminate, WindowChanged], Receive);
    }

    /// <summary>The signal that was repeated and killed the program; 0 for none.</summary>
    public int Forced => _forced;

    public void Dispose() => _watch.Dispose();

    private void Receive(ReceivedSignal signal)
    {
        var ends = signal.Number is Hangup or Interrupt or Terminate;
        var repeated = ends && _last.Signal == signal.Number && Stopwatch.GetElapsedTime(_last.At) < RepeatLimit;
        _last = (signal.Number, Stopwatch.GetTimestamp());
        if (repeated)
        {
            _forced = signal.Number;
            _run.Kill();
        }
        else if (!signal.ByKernel || !_run.SharesTerminal)
        {
            _run.Signal(signal.Number);
        }
    }
}
