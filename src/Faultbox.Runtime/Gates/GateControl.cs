using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Faultbox.Core.Holds;
using Faultbox.Core.Leaves;
using Faultbox.Runtime.Execution;

namespace Faultbox.Runtime.Gates;

/// <summary>
/// Decides the order in which gated calls of all services run while branches of a test are active: it waits until everything stands still,
/// releases one call, and repeats. What it chooses is the schedule of the leaf. When the branches have ended, or a call has waited too
/// long, everything is let go, so no service is ever left waiting.
/// </summary>
internal sealed class GateControl(RunContext run, TestSession session)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _exempt = new(session.Spec.Ungated, StringComparer.Ordinal);
    private readonly List<HoldQueue> _queues = [];
    private int _moments;
    private int _active;

    /// <summary>Why a schedule that was asked for could not be followed; null when it could.</summary>
    public string? Divergence { get; private set; }

    /// <summary>Lets the calls of a service pass.</summary>
    public void Exempt(string service)
    {
        lock (_gate)
        {
            _exempt.Add(service);
        }
    }

    /// <summary>Runs branches under control and returns when they have ended.</summary>
    /// <param name="count">Number of branches.</param>
    /// <param name="branches">Blocks until every branch has ended; each calls the given action at its end.</param>
    public void Run(int count, Action<Action> branches)
    {
        Volatile.Write(ref _active, count);
        var queue = new HoldQueue();
        lock (_gate)
        {
            _queues.Add(queue);
            var rule = new HoldRule(queue, run.Options.Gates);
            foreach (var engine in session.Windows.Engines.Where(e => !_exempt.Contains(e.Service)))
            {
                engine.Hold(rule);
            }
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(session.Cancellation);
        ExceptionDispatchInfo? defect = null;
        var controller = new Thread(() => Guard(queue, ended.Token, ref defect), 256 * 1024) { IsBackground = true, Name = "gates" };
        controller.Start();
        try
        {
            branches(() => Interlocked.Decrement(ref _active));
        }
        finally
        {
            ended.Cancel();
            Release(queue);
            controller.Join();
        }

        defect?.Throw();
    }

    /// <summary>Lets everything go; called when the test is over.</summary>
    public void End()
    {
        lock (_gate)
        {
            _queues.ForEach(Release);
        }
    }

    private void Release(HoldQueue queue)
    {
        foreach (var engine in session.Windows.Engines)
        {
            engine.Hold(null);
        }

        queue.Close();
    }

    private void Guard(HoldQueue queue, CancellationToken ended, ref ExceptionDispatchInfo? defect)
    {
        try
        {
            Control(queue, ended);
        }
        catch (OperationCanceledException)
        {
            // The branches have ended, or the test.
        }
        catch (Exception e)
        {
            defect = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            Release(queue);
        }
    }

    private void Control(HoldQueue queue, CancellationToken ended)
    {
        var actors = new Actors();
        var preemptions = 0;
        var asked = Stopwatch.GetTimestamp();
        while (queue.WaitFor(1, ended))
        {
            Settle(queue, ended);
            queue.DropGone();
            var waiting = actors.Order(queue.Held);
            if (waiting.Count == 0)
            {
                continue;
            }

            if (waiting.Any(c => Stopwatch.GetElapsedTime(c.Since) > LongestHold))
            {
                return;
            }

            // To go on with the thread that ran last costs nothing; to let another run while it waits is a preemption.
            var continues = actors.IsLast(waiting[0]);
            var bounded = preemptions >= run.Options.Preemptions && !session.Leaf.Pins.TryGet(AxisKind.Schedule, MomentKey, out _);
            var choices = continues && bounded ? 1 : Math.Min(waiting.Count, Axis.DigitText.Length);
            if (Wanted() is { } wanted && wanted >= waiting.Count)
            {
                if (Stopwatch.GetElapsedTime(asked) < Patience)
                {
                    continue;
                }

                Divergence = string.Create(
                    CultureInfo.InvariantCulture,
                    $"schedule diverged at step {_moments}: expected call {wanted}, waiting {string.Join(", ", waiting.Select(actors.NameOf))}");
                session.Cancel();
                return;
            }

            var digit = choices > 1 ? Choose(choices) : 0;
            preemptions += continues && digit > 0 ? 1 : 0;
            actors.Ran(waiting[digit]);
            queue.ReleaseNamed(waiting[digit].Name);
            asked = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Waits until as many calls wait as there are active branches, or until none came for a while.</summary>
    private void Settle(HoldQueue queue, CancellationToken ended)
    {
        var (known, since) = (0, Stopwatch.GetTimestamp());
        while (queue.Names.Count is var held && held < Volatile.Read(ref _active))
        {
            if (held != known)
            {
                (known, since) = (held, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) >= run.Options.Quiesce)
            {
                return;
            }

            ended.WaitHandle.WaitOne(1);
            ended.ThrowIfCancellationRequested();
        }
    }

    private int? Wanted() => session.Leaf.Pins.TryGet(AxisKind.Schedule, MomentKey, out var digit) && digit > 0 ? digit : null;

    private string MomentKey => _moments.ToString(CultureInfo.InvariantCulture);

    private int Choose(int choices)
    {
        var digit = session.Leaf.Consult(new Axis(AxisKind.Schedule, MomentKey, choices)).Digit;
        _moments++;
        return digit;
    }

    /// <summary>The threads that were held, by service in the order of their numbers when first seen.</summary>
    private sealed class Actors
    {
        private readonly Dictionary<(string Service, int Thread), int> _ordinals = [];
        private (string Service, int Thread) _last;

        /// <summary>Calls in the order of choice: that of the thread that ran last, then by service and thread.</summary>
        public IReadOnlyList<HeldCall> Order(IReadOnlyList<HeldCall> held)
        {
            foreach (var thread in held.Select(Of).OrderBy(t => t.Thread))
            {
                _ordinals.TryAdd(thread, _ordinals.Keys.Count(k => k.Service == thread.Service));
            }

            return [.. held.OrderBy(c => !IsLast(c)).ThenBy(c => c.Service, StringComparer.Ordinal).ThenBy(c => _ordinals[Of(c)])];
        }

        public bool IsLast(HeldCall call) => Of(call) == _last;

        public void Ran(HeldCall call) => _last = Of(call);

        public string NameOf(HeldCall call) => string.Create(CultureInfo.InvariantCulture, $"{call.Service}/thread-{_ordinals[Of(call)]}");

        private static (string Service, int Thread) Of(HeldCall call) => (call.Service, call.ThreadId);
    }
}
