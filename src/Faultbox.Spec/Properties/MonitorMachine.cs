using Faultbox.Core.Diagnostics;
using Faultbox.Core.Events;
using Faultbox.Runtime;
using Faultbox.Runtime.Properties;
using Faultbox.Spec.Execution;
using Faultbox.Spec.Values;
using Starlark;

namespace Faultbox.Spec.Properties;

/// <summary>A monitor in one test: its state, and the thread of the language that its callables run on. Used by the dispatcher only.</summary>
internal sealed class MonitorMachine
{
    private const long StepsPerCall = 50_000_000;

    private readonly MonitorCode _code;
    private readonly TestSession _session;
    private readonly StarlarkThread _thread;
    private readonly SpecLock? _lock;
    private Value _state;
    private bool _conditionRaised;

    /// <summary>Starts in a copy of the initial state.</summary>
    public MonitorMachine(MonitorCode code, TestSession session)
    {
        _code = code;
        _session = session;
        UnfrozenCopy.TryMake(code.InitialState, out _state);
        _lock = code.NeededLock;
        _thread = new StarlarkThread($"monitor:{code.Name}")
        {
            HostState = new SpecScope
            {
                Kind = ScopeKind.Observer,
                Registry = code.Registry,
                Session = session,
                Observer = $"monitor \"{code.Name}\"",
            },
            Sandboxed = true,
            MaxSteps = StepsPerCall,
            Print = session.Print,
        };
    }

    /// <summary>Handles the next event.</summary>
    public MonitorStep Step(TraceEvent record) => _lock is { } held ? held.Hold(() => Advance(record)) : Advance(record);

    private MonitorStep Advance(TraceEvent record)
    {
        if (_code.On.Matcher is { } matcher && !matcher.Matches(record))
        {
            return MonitorStep.Ignored;
        }

        var value = Value.Of(new TraceEventValue(record, _session.Log));
        if (_code.On.Callable is { } condition && !Holds(condition, value))
        {
            return MonitorStep.Ignored;
        }

        var stage = "update";
        try
        {
            if (_code.Update is { } update)
            {
                _state = Call(update, value, _state);
            }

            stage = "check";
            return _code.Check is not { } check || Call(check, value, _state).Truth
                ? MonitorStep.Holds
                : new MonitorStep(true, $"monitor \"{_code.Name}\" violated at event {Describe(record)}");
        }
        catch (EvalException e) when (SpecThreads.DefectIn(e) is null)
        {
            return new MonitorStep(true, $"monitor \"{_code.Name}\" {stage} raised: {e.Message}{Place(e)} (event {Describe(record)})");
        }
    }

    /// <summary>A condition that raises selects nothing; the first error is reported.</summary>
    private bool Holds(StarlarkCallable condition, Value traceEvent)
    {
        try
        {
            return Call(condition, traceEvent).Truth;
        }
        catch (EvalException e) when (SpecThreads.DefectIn(e) is null)
        {
            if (!_conditionRaised)
            {
                _conditionRaised = true;
                _session.AddDiagnostic(new Diagnostic("PREDICATE_RAISED", $"on= of monitor \"{_code.Name}\" raised:\n{e.FormatTraceback()}"));
            }

            return false;
        }
    }

    private Value Call(StarlarkCallable callable, params ReadOnlySpan<Value> arguments)
    {
        _thread.RestartSteps();
        return _thread.Call(Value.Of(callable), arguments);
    }

    private static string Describe(TraceEvent record) =>
        $"seq={record.Sequence} type=\"{record.Type}\" service=\"{record.Service}\"";

    private static string Place(EvalException error) => error.Frames is [.., var frame] ? $" at {frame.File}:{frame.Line}:{frame.Column}" : "";
}
