using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Starlark.Execution;

namespace Starlark;

/// <summary>One logical execution of Starlark code: call stack, step counter, cancellation. Used by one operating system thread at a time.</summary>
public sealed class StarlarkThread
{
    /// <summary>Deepest stack of calls.</summary>
    public const int MaximumDepth = 2000;

    private const int StepsBetweenChecks = 256;
    private const int FirstSegment = 256;

    /// <summary>Lowest address of the processor's stack from which there is known to be room for more calls.</summary>
    private nint _enough = nint.MaxValue;

    private Value[] _segment = new Value[FirstSegment];
    private Value[]? _spare;
    private int _top;
    private CallRecord?[] _records = new CallRecord?[64];
    private int _batch = StepsBetweenChecks;
    private int _stepsLeft = StepsBetweenChecks;
    private long _steps;

    /// <summary>Creates a thread.</summary>
    /// <param name="name">Name for embedders, for example the test that runs on it.</param>
    public StarlarkThread(string name) => Name = name;

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>Ends the execution; polled on every loop, call and comprehension step.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Most steps before the execution fails; 0 for no limit.</summary>
    public long MaxSteps
    {
        get;
        init
        {
            field = value;
            StartBatch();
        }
    }

    /// <summary>Steps taken so far, counted in loops and calls.</summary>
    public long Steps => _steps + _batch - _stepsLeft;

    /// <summary>Counts steps from 0 again, for an embedder that makes many calls on one thread and limits each of them.</summary>
    public void RestartSteps()
    {
        _steps = 0;
        StartBatch();
    }

    /// <summary>Receives the lines that <c>print</c> writes; standard error without it.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>State of the embedder.</summary>
    public object? HostState { get; init; }

    /// <summary>True when the embedder lets nothing on this thread change the world; the embedder's builtins honour it.</summary>
    public bool Sandboxed { get; init; }

    /// <summary>Finds modules for load statements of the module that runs.</summary>
    internal ModuleLoader? Loader { get; set; }

    /// <summary>Number of active calls of script functions.</summary>
    public int Depth { get; private set; }

    /// <summary>Active calls, outermost first.</summary>
    public IReadOnlyList<StackFrame> CallStack
    {
        get
        {
            var frames = new StackFrame[Depth];
            for (var i = 0; i < Depth; i++)
            {
                frames[i] = _records[i]!.ToFrame();
            }

            return frames;
        }
    }

    /// <summary>Position of the script code that called the running builtin; line 0 when the embedder did.</summary>
    public SourcePosition CallerPosition
    {
        get
        {
            if (Depth == 0)
            {
                return new SourcePosition("", 0, 0);
            }

            var frame = _records[Depth - 1]!.ToFrame();
            return new SourcePosition(frame.File, frame.Line, frame.Column);
        }
    }

    /// <summary>Calls a value with positional arguments.</summary>
    /// <exception cref="EvalException">The call failed.</exception>
    /// <exception cref="OperationCanceledException">The execution was cancelled.</exception>
    public Value Call(Value callable, params ReadOnlySpan<Value> positional) => Call(callable, new Arguments(positional));

    /// <summary>Calls a value.</summary>
    /// <exception cref="EvalException">The call failed.</exception>
    /// <exception cref="OperationCanceledException">The execution was cancelled.</exception>
    public Value Call(Value callable, in Arguments arguments) =>
        callable.Is<StarlarkCallable>(out var target)
            ? target.Call(this, arguments)
            : throw new EvalException($"invalid call of non-function ({callable.TypeName})");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Step()
    {
        if (--_stepsLeft <= 0)
        {
            CheckLimits();
        }
    }

    /// <summary>A step that may take long: cancellation is checked at once.</summary>
    internal void StepIntoBuiltin()
    {
        Step();
        if (CancellationToken.IsCancellationRequested)
        {
            CheckLimits();
        }
    }

    /// <summary>Calls a value from a running frame; an error leaves the stacks as they are.</summary>
    internal Value Invoke(Value callable, in Arguments arguments)
    {
        if (callable.Ref is StarlarkFunction function)
        {
            return function.Invoke(this, arguments);
        }

        StepIntoBuiltin();
        return Call(callable, arguments);
    }

    /// <summary>
    /// Calls a value for every item, from a builtin. A simple function is called without the guards of <see cref="Call(Value, in Arguments)"/>:
    /// one guard around all calls puts the stacks back and tells the function's errors from the builtin's.
    /// </summary>
    internal void CallForEach(Value callable, ReadOnlySpan<Value> items, Span<Value> results)
    {
        if (callable.Ref is not StarlarkFunction function || Depth == 0)
        {
            for (var i = 0; i < items.Length; i++)
            {
                results[i] = Call(callable, items[i]);
            }

            return;
        }

        var (depth, mark) = (Depth, Mark());
        try
        {
            for (var i = 0; i < items.Length; i++)
            {
                results[i] = function.Invoke(this, items[i]);
            }
        }
        catch (Exception e) when (Defects.IsDefect(e, this))
        {
            throw Defects.Wrap(e, this);
        }
        finally
        {
            Unwind(depth, mark);
        }
    }

    /// <summary>Room for the values of one call, with whatever was in it before. Give it back with <see cref="Release"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<Value> Allocate(int count, out StackMark mark)
    {
        var segment = _segment;
        var top = _top;
        mark = new StackMark(segment, top);
        if (count > segment.Length - top)
        {
            (segment, top) = (NextSegment(count), 0);
        }

        _top = top + count;
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(segment), top), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Release(in StackMark mark)
    {
        _top = mark.Top;
        if (!ReferenceEquals(_segment, mark.Segment))
        {
            LeaveSegment(mark.Segment);
        }
    }

    /// <summary>Where the value stack stands.</summary>
    internal StackMark Mark() => new(_segment, _top);

    /// <summary>Forgets the calls above a depth, after an error.</summary>
    internal void Unwind(int depth, in StackMark mark)
    {
        Depth = depth;
        Release(mark);
    }

    internal unsafe CallRecord Push(FunctionCode code)
    {
        var depth = Depth;
        byte here;
        if ((nint)(&here) < _enough || depth >= MaximumDepth)
        {
            CheckStack((nint)(&here), depth);
        }

        if (depth == _records.Length)
        {
            Array.Resize(ref _records, _records.Length * 2);
        }

        var record = _records[depth] ??= new CallRecord();
        record.Start(code);
        Depth = depth + 1;
        return record;
    }

    internal void Pop() => Depth--;

    /// <summary>
    /// Forgets what is known of the stack, because the embedder may enter on any operating system thread; hand the result to <see cref="LeaveStack"/>.
    /// </summary>
    internal nint EnterStack()
    {
        var outer = _enough;
        _enough = nint.MaxValue;
        return outer;
    }

    internal void LeaveStack(nint outer) => _enough = outer;

    /// <summary>True when a call of the code is active.</summary>
    internal bool IsActive(FunctionCode code)
    {
        for (var i = Depth - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_records[i]!.Code, code))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A larger segment becomes the current one; the last one given back is used again when it is large enough.</summary>
    private Value[] NextSegment(int count)
    {
        var size = Math.Max(count, _segment.Length * 2);
        _segment = _spare is { } spare && spare.Length >= size ? spare : new Value[size];
        return _segment;
    }

    private void LeaveSegment(Value[] previous)
    {
        _spare = _segment;
        _segment = previous;
    }

    private void CheckStack(nint here, int depth)
    {
        if (depth >= MaximumDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new EvalException($"call depth exceeds {depth} frames");
        }

        _enough = here;
    }

    private void CheckLimits()
    {
        _steps += _batch - _stepsLeft;
        StartBatch();
        CancellationToken.ThrowIfCancellationRequested();
        if (MaxSteps > 0 && _steps > MaxSteps)
        {
            throw new EvalException($"too many steps: the limit is {MaxSteps}");
        }
    }

    /// <summary>The next check comes after some steps, or right after the last one allowed.</summary>
    private void StartBatch() =>
        _batch = _stepsLeft = MaxSteps > 0 ? (int)Math.Clamp(MaxSteps - _steps + 1, 1, StepsBetweenChecks) : StepsBetweenChecks;

    /// <summary>Where the value stack stood.</summary>
    internal readonly record struct StackMark(Value[] Segment, int Top);
}
