using System.Text.Json;
using Faultbox.Core.Events;
using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Json;
using Faultbox.Reporting.Redaction;

namespace Faultbox.Reporting.Journal;

/// <summary>
/// What a run leaves behind when it is killed: rows and events, appended while it goes on. Events of running tests reach the operating
/// system a few times a second, finished rows are on the disk before <see cref="Finished"/> returns. Safe for concurrent tests.
/// </summary>
public sealed class RunJournal : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly Redactor _redactor;
    private readonly string _specRoot;
    private readonly FileStream _owner;
    private readonly FileStream _started;
    private readonly FileStream _rows;
    private readonly List<RunningTest> _running = [];
    private readonly Timer _timer;
    private int _tests;
    private bool _over;

    private RunJournal(string directory, JournalHeader header, Redactor redactor)
    {
        Location = Directory.CreateDirectory(directory).FullName;
        _redactor = redactor;
        _specRoot = header.SpecRoot;
        _owner = new FileStream(Path.Combine(Location, JournalFiles.Lock), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        header.Write(Location, redactor);
        _started = Append(JournalFiles.Started);
        _rows = Append(JournalFiles.Rows);
        _timer = new Timer(static journal => ((RunJournal)journal!).Tick(), this, Pace, Pace);
    }

    /// <summary>Directory of the journal.</summary>
    public string Location { get; }

    /// <summary>Why the journal ends early, for example because the disk is full; null while all is well. The run itself goes on.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens a journal beside the specification, or in another directory when that cannot be written.</summary>
    /// <param name="header">The run.</param>
    /// <param name="redactor">Masks secrets before they reach the disk.</param>
    /// <param name="fallback">Directory to use instead, for example the run directory.</param>
    /// <exception cref="IOException">Neither can be written.</exception>
    public static RunJournal Open(JournalHeader header, Redactor redactor, string fallback)
    {
        try
        {
            return new RunJournal(Path.Combine(JournalFiles.RunsOf(header.BaseDirectory), header.RunId), header, redactor);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new RunJournal(Path.Combine(JournalFiles.RunsOf(fallback), header.RunId), header, redactor);
        }
    }

    /// <summary>Notes that a test has started and follows its log.</summary>
    public void Started(string test, ulong seed, EventLog log) => Guarded(() =>
    {
        var number = _tests++;
        _running.Add(new RunningTest(number, log, Append(JournalFiles.Events(number))));
        JsonFormat.WriteLine(_started, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("test", number);
            json.WriteString("name", test);
            json.WriteNumber("seed", seed);
            json.WriteEndObject();
        });
        _started.Flush();
    });

    /// <summary>Writes the verdict of a test that was announced with the same log; on the disk when this returns.</summary>
    public void Finished(TestResult test) => Guarded(() =>
    {
        var running = _running.Find(r => ReferenceEquals(r.Log, test.Log)) ?? throw new InvalidOperationException($"{test.Name} was not announced");
        _running.Remove(running);
        running.Follow(_redactor);
        running.Close();
        var row = new TestRow(_specRoot, test);
        JsonFormat.WriteLine(_rows, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("test", running.Number);
            json.WriteString("name", row.Name);
            json.WriteString("outcome", row.Outcome);
            json.WriteString("result", row.Result);
            json.WritePropertyName("manifest");
            row.WriteManifestRow(json, _redactor, running.Number);
            json.WriteStartObject("trace");
            TestJson.WriteProperties(json, _specRoot, test, _redactor);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        _rows.Flush(flushToDisk: true);
    });

    /// <summary>The run is over and its bundle, if any, is written: removes the journal.</summary>
    public void Complete()
    {
        Dispose();
        Directory.Delete(Location, recursive: true);
    }

    /// <summary>Ends the journal and keeps what it holds.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }

            _over = true;
            _timer.Dispose();
            _running.ForEach(r => r.Close());
            _rows.Dispose();
            _started.Dispose();
            _owner.Dispose();
        }
    }

    private void Tick() => Guarded(() => _running.ForEach(r => r.Follow(_redactor)));

    private void Guarded(Action write)
    {
        lock (_gate)
        {
            if (_over || Problem is not null)
            {
                return;
            }

            try
            {
                write();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Problem = $"{Location}: the journal of this run cannot be written any more; should faultbox be killed, later results are lost";
            }
        }
    }

    private FileStream Append(string name) => new(Path.Combine(Location, name), new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 64 * 1024,
    });

    private sealed class RunningTest(int number, EventLog log, FileStream events)
    {
        private readonly Utf8JsonWriter _json = JsonFormat.LineWriter(events);
        private int _next;

        public int Number => number;

        public EventLog Log => log;

        /// <summary>Appends what was logged since the last time.</summary>
        public void Follow(Redactor redactor)
        {
            foreach (var e in log.From(_next))
            {
                EventJson.Write(_json, e, redactor);
                _json.Flush();
                _json.Reset();
                events.WriteByte((byte)'\n');
                _next++;
            }

            events.Flush();
        }

        public void Close()
        {
            _json.Dispose();
            events.Dispose();
        }
    }
}
