using System.Runtime.InteropServices;
using Starlark.Execution;

namespace Starlark;

/// <summary>A function written in Starlark, with the variables it has captured.</summary>
public sealed class StarlarkFunction : StarlarkCallable
{
    private readonly Value[] _defaults;
    private readonly Cell[] _free;
    private readonly Value[] _globals;
    private bool _frozen;

    internal StarlarkFunction(FunctionCode code, Value[] defaults, Cell[] free, Value[] globals)
    {
        (Code, _defaults, _free, _globals) = (code, defaults, free, globals);
        _frozen = defaults.Length == 0 && free.Length == 0;
    }

    /// <inheritdoc/>
    public override string Name => Code.Name;

    /// <inheritdoc/>
    public override string TypeName => "function";

    internal override string Member => FieldOrMethod;

    /// <inheritdoc/>
    public override SourcePosition? Position => new(Code.File, Place.Line(Code.Start), Place.Column(Code.Start));

    /// <summary>True when its defaults and captured variables cannot change: it may run on any thread at any time.</summary>
    public override bool IsFrozen => _frozen;

    internal FunctionCode Code { get; }

    /// <inheritdoc/>
    public override void WriteRepr(ReprWriter w) => w.Write($"<function {Name}>");

    /// <inheritdoc/>
    public override Value Call(StarlarkThread thread, in Arguments args)
    {
        var depth = thread.Depth;
        var top = thread.Mark();
        var stack = thread.EnterStack();
        var outer = RunningThread.Enter(thread);
        try
        {
            return Invoke(thread, args);
        }
        catch (Exception e) when (Defects.IsDefect(e, thread))
        {
            throw Defects.Wrap(e, thread);
        }
        finally
        {
            thread.Unwind(depth, top);
            thread.LeaveStack(stack);
            RunningThread.Leave(outer);
        }
    }

    /// <inheritdoc/>
    protected internal override void VisitChildren(FreezeVisitor v)
    {
        _frozen = true;
        foreach (var value in _defaults)
        {
            v.Visit(value);
        }

        foreach (var cell in _free)
        {
            v.Visit(cell.Value);
        }
    }

    /// <summary>
    /// Calls from a running frame. An error leaves the thread's stacks as they are, so that whoever handles it can still read them;
    /// <see cref="Call"/>, where the embedder enters, puts them back.
    /// </summary>
    internal Value Invoke(StarlarkThread thread, in Arguments args)
    {
        var locals = thread.Allocate(Code.LocalCount, out var mark);
        locals.Unset();
        Bind(args, locals);
        var result = Enter(thread, locals);
        thread.Release(mark);
        return result;
    }

    /// <summary>Calls from a running frame with one argument, which most functions that builtins call take.</summary>
    internal Value Invoke(StarlarkThread thread, Value argument)
    {
        if (!Code.IsSimple || Code.Parameters.Length != 1)
        {
            return Invoke(thread, new Arguments(new ReadOnlySpan<Value>(in argument)));
        }

        var locals = thread.Allocate(Code.LocalCount, out var mark);
        locals[0] = argument;
        for (var i = 1; i < locals.Length; i++)
        {
            locals[i] = default;
        }

        var result = Enter(thread, locals);
        thread.Release(mark);
        return result;
    }

    /// <summary>Runs the body with its arguments in their slots.</summary>
    internal Value Enter(StarlarkThread thread, Span<Value> locals)
    {
        if (Code.ForbidsRecursion && thread.IsActive(Code))
        {
            throw new EvalException($"function {Name} called recursively");
        }

        thread.Step();
        var frame = new Frame
        {
            Locals = ref MemoryMarshal.GetReference(locals),
            Globals = _globals,
            Free = _free,
            Thread = thread,
            Record = thread.Push(Code),
        };
        var result = Code.Run(ref frame);
        thread.Pop();
        return result;
    }

    /// <summary>Gives parameters without argument their defaults; those before <paramref name="given"/> have one.</summary>
    internal void FillDefaults(Span<Value> locals, int given)
    {
        for (var i = given; i < Code.Parameters.Length; i++)
        {
            ref var slot = ref locals[Code.Slots[i]];
            if (slot.IsUnset)
            {
                slot = Code.Defaults[i] >= 0 ? _defaults[Code.Defaults[i]] : throw ArgumentErrors.Missing(Code, locals);
            }
        }
    }

    private void Bind(in Arguments args, Span<Value> locals)
    {
        var code = Code;
        var positional = args.Positional;
        var direct = Math.Min(positional.Length, code.Positional);
        for (var i = 0; i < direct; i++)
        {
            locals[code.Slots[i]] = positional[i];
        }

        if (code.VariadicSlot >= 0)
        {
            locals[code.VariadicSlot] = Value.Of(new StarlarkTuple(positional[direct..].Copy()));
        }
        else if (positional.Length > code.Positional)
        {
            throw ArgumentErrors.TooMany(code, positional.Length);
        }

        StarlarkDict? rest = null;
        if (code.KeywordSlot >= 0)
        {
            rest = new StarlarkDict();
            locals[code.KeywordSlot] = Value.Of(rest);
        }

        for (var i = 0; i < args.Names.Length; i++)
        {
            BindNamed(args.Names[i], args.Named[i], locals, rest);
        }

        FillDefaults(locals, direct);
    }

    private void BindNamed(string name, Value value, Span<Value> locals, StarlarkDict? rest)
    {
        var index = Code.IndexOf(name);
        if (index >= 0)
        {
            ref var slot = ref locals[Code.Slots[index]];
            slot = slot.IsUnset ? value : throw new EvalException($"function {Name} got multiple values for parameter \"{name}\"");
        }
        else if (rest is null)
        {
            throw ArgumentErrors.Unexpected(Code, name);
        }
        else if (!rest.Table.Set(Value.Of(KeywordNames.Of(name)), value))
        {
            throw new EvalException($"function {Name} got multiple values for parameter \"{name}\"");
        }
    }
}
