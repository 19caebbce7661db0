using System.Runtime.InteropServices;

namespace Faultbox.Cli.Testing;

/// <summary>
/// INT, TERM and HUP while a run is on: the first cancels it, the second ends everything at once.
/// </summary>
internal sealed class InterruptSignals : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<string> _first;
    private readonly Action _abort;
    private int _received;

    /// <param name="first">Told the name of the first signal, for example <c>SIGINT</c>.</param>
    /// <param name="abort">Kills what is left when a second signal arrives; the process ends right after.</param>
    public InterruptSignals(Action<string> first, Action abort)
    {
        (_first, _abort) = (first, abort);
        Register(PosixSignal.SIGINT, "SIGINT", 2);
        Register(PosixSignal.SIGTERM, "SIGTERM", 15);
        Register(PosixSignal.SIGHUP, "SIGHUP", 1);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    /// <summary>Name of the first signal, or null.</summary>
    public string? Received { get; private set; }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _cancel.Dispose();
    }

    private void Register(PosixSignal signal, string name, int number) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
        {
            Received = name;
            _first(name);
            _cancel.Cancel();
            return;
        }

        _abort();
        Environment.Exit(128 + number);
    }));
}
