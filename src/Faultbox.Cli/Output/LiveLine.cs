using System.Diagnostics;
using Faultbox.Core.Verdicts;

namespace Faultbox.Cli.Output;

/// <summary>
/// One line at the bottom of a terminal that says what a run is doing; it disappears whenever something else is written and at the end.
/// On anything but a terminal it does nothing.
/// </summary>
internal sealed class LiveLine : IDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private readonly TextWriter _output;
    private readonly TerminalStyle _style;
    private readonly Timer? _timer;
    private readonly Lock _lock = new();
    private string _test = "";
    private string _detail = "";
    private long _started;
    private int _passed;
    private int _failed;
    private int _pauses;
    private bool _shown;

    public LiveLine(TextWriter output, TerminalStyle style, bool active)
    {
        (_output, _style, Active) = (output, style, active);
        _timer = active ? new Timer(_ => Draw(), null, Refresh, Refresh) : null;
    }

    /// <summary>True on a terminal.</summary>
    public bool Active { get; }

    /// <summary>Names the test that runs now.</summary>
    public void Show(string test)
    {
        lock (_lock)
        {
            (_test, _detail, _started) = (test, "", Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Says what the test is waiting for.</summary>
    public void Detail(string text)
    {
        lock (_lock)
        {
            _detail = text;
        }
    }

    /// <summary>Counts a verdict.</summary>
    public void Count(Result result)
    {
        lock (_lock)
        {
            if (result == Result.Pass)
            {
                _passed++;
            }
            else if (result is Result.Fail or Result.Error)
            {
                _failed++;
            }
        }
    }

    /// <summary>Removes the line until the returned value is disposed.</summary>
    public Pausing Pause()
    {
        lock (_lock)
        {
            _pauses++;
            Erase();
        }

        return new Pausing(this);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _pauses++;
            Erase();
        }
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (_pauses > 0 || _test.Length == 0)
            {
                return;
            }

            var line = $"▶ {_test} {Stopwatch.GetElapsedTime(_started).TotalSeconds:0}s  {_passed} passed, {_failed} failed  {_detail}";
            var width = Math.Max(20, Console.WindowWidth - 1);
            Erase();
            _output.Write(_style.Dim(line.Length > width ? line[..width] : line));
            _shown = true;
        }
    }

    private void Erase()
    {
        if (_shown)
        {
            _output.Write("\r\e[2K");
            _shown = false;
        }
    }

    /// <summary>Ends a pause when disposed.</summary>
    internal readonly struct Pausing(LiveLine line) : IDisposable
    {
        public void Dispose()
        {
            lock (line._lock)
            {
                line._pauses--;
            }
        }
    }
}
