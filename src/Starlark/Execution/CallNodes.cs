namespace Starlark.Execution;

/// <summary>A call with positional arguments only: they are evaluated straight into the callee's slots where possible.</summary>
internal sealed class PositionalCallNode(ExpressionNode callee, ExpressionNode[] arguments, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        return Call(callee.Evaluate(ref frame), ref frame);
    }

    public override bool TryColumns(ref Frame frame, out Value value, out Columns columns)
    {
        var target = callee.Evaluate(ref frame);
        if (target.Ref is not StarlarkBuiltin { Columns: { } body } builtin || !builtin.Signature.Takes(arguments.Length))
        {
            (value, columns) = (Call(target, ref frame), default);
            return false;
        }

        var slots = BuiltinArguments.Evaluate(builtin.Signature, arguments, ref frame, out var mark);
        frame.Record.At = place;
        columns = BuiltinArguments.CallForColumns(frame.Thread, body, default, builtin.Signature, slots);
        frame.Thread.Release(mark);
        value = default;
        return true;
    }

    private Value Call(Value target, ref Frame frame) => target.Ref switch
    {
        StarlarkFunction function when function.Code.IsSimple && arguments.Length <= function.Code.Positional => CallFunction(function, ref frame),
        StarlarkBuiltin builtin when builtin.Signature.Takes(arguments.Length) => builtin.Short is { } body && arguments.Length is 1 or 2
            ? CallShort(builtin, body, ref frame)
            : CallBuiltin(builtin, ref frame),
        _ => CallAny(target, ref frame),
    };

    private Value CallShort(StarlarkBuiltin builtin, ShortBody body, ref Frame frame)
    {
        var first = arguments[0].Evaluate(ref frame);
        var second = arguments.Length > 1 ? arguments[1].Evaluate(ref frame) : default;
        frame.Record.At = place;
        var result = BuiltinArguments.CallShort(frame.Thread, body, default, first, second, builtin.Signature);
        if (!result.IsUnset)
        {
            return result;
        }

        var slots = BuiltinArguments.Arrange(builtin.Signature, arguments.Length, first, second, frame.Thread, out var mark);
        result = builtin.Invoke(frame.Thread, slots);
        frame.Thread.Release(mark);
        return result;
    }

    private Value CallBuiltin(StarlarkBuiltin builtin, ref Frame frame)
    {
        var thread = frame.Thread;
        var slots = BuiltinArguments.Evaluate(builtin.Signature, arguments, ref frame, out var mark);
        frame.Record.At = place;
        thread.StepIntoBuiltin();
        var result = builtin.Invoke(thread, slots);
        thread.Release(mark);
        return result;
    }

    private Value CallFunction(StarlarkFunction function, ref Frame frame)
    {
        var thread = frame.Thread;
        var code = function.Code;
        var locals = thread.Allocate(code.LocalCount, out var mark);
        for (var i = 0; i < arguments.Length; i++)
        {
            locals[i] = arguments[i].Evaluate(ref frame);
        }

        for (var i = arguments.Length; i < locals.Length; i++)
        {
            locals[i] = default;
        }

        frame.Record.At = place;
        if (arguments.Length < code.Parameters.Length)
        {
            function.FillDefaults(locals, arguments.Length);
        }

        var result = function.Enter(thread, locals);
        thread.Release(mark);
        return result;
    }

    private Value CallAny(Value target, ref Frame frame)
    {
        var thread = frame.Thread;
        var values = thread.Allocate(arguments.Length, out var mark);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        var result = thread.Invoke(target, new Arguments(values));
        thread.Release(mark);
        return result;
    }
}

/// <summary>A call of <c>x.name(…)</c> with positional arguments: no bound method is made for the methods of built-in types.</summary>
internal sealed class MethodCallNode(ExpressionNode operand, string name, ExpressionNode[] arguments, int namePlace, int place) : ExpressionNode
{
    private Cached? _cache;

    public override Value Evaluate(ref Frame frame)
    {
        return Call(operand.Evaluate(ref frame), ref frame);
    }

    public override bool TryColumns(ref Frame frame, out Value value, out Columns columns)
    {
        var self = operand.Evaluate(ref frame);
        if (Find(self) is not { Method: { Columns: { } body } method })
        {
            (value, columns) = (Call(self, ref frame), default);
            return false;
        }

        var slots = BuiltinArguments.Evaluate(method.Signature, arguments, ref frame, out var mark);
        frame.Record.At = place;
        columns = BuiltinArguments.CallForColumns(frame.Thread, body, self, method.Signature, slots);
        frame.Thread.Release(mark);
        value = default;
        return true;
    }

    private Value Call(Value self, ref Frame frame)
    {
        return Find(self) is not { } known ? CallAny(self, ref frame)
            : known.Short is { } body ? CallShort(known.Method, body, self, ref frame)
            : CallMethod(known.Method, self, ref frame);
    }

    private Value CallShort(BuiltinMethod method, ShortBody body, Value self, ref Frame frame)
    {
        var first = arguments.Length > 0 ? arguments[0].Evaluate(ref frame) : default;
        var second = arguments.Length > 1 ? arguments[1].Evaluate(ref frame) : default;
        frame.Record.At = place;
        var result = BuiltinArguments.CallShort(frame.Thread, body, self, first, second, method.Signature);
        if (!result.IsUnset)
        {
            return result;
        }

        var slots = BuiltinArguments.Arrange(method.Signature, arguments.Length, first, second, frame.Thread, out var mark);
        result = method.Invoke(frame.Thread, self, slots);
        frame.Thread.Release(mark);
        return result;
    }

    private Value CallMethod(BuiltinMethod method, Value self, ref Frame frame)
    {
        var thread = frame.Thread;
        var slots = BuiltinArguments.Evaluate(method.Signature, arguments, ref frame, out var mark);
        frame.Record.At = place;
        thread.StepIntoBuiltin();
        var result = method.Invoke(thread, self, slots);
        thread.Release(mark);
        return result;
    }

    private Value CallAny(Value self, ref Frame frame)
    {
        frame.Record.At = namePlace;
        var target = Operators.GetAttribute(self, name);
        var thread = frame.Thread;
        var values = thread.Allocate(arguments.Length, out var mark);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        var result = thread.Invoke(target, new Arguments(values));
        thread.Release(mark);
        return result;
    }

    /// <summary>The method of a built-in type that takes the arguments by position; null for any other attribute.</summary>
    private Cached? Find(Value self)
    {
        if (self.Object is not { } o)
        {
            return null;
        }

        var table = o.Methods;
        if (_cache is { } cache && ReferenceEquals(cache.Table, table))
        {
            return cache;
        }

        return table.TryGet(name, out var method) && method.Signature.Takes(arguments.Length)
            ? _cache = new Cached(table, method, arguments.Length <= 2 ? method.Short : null)
            : null;
    }

    /// <summary>One object, so that threads that race see a method with its own table.</summary>
    private sealed record Cached(MethodTable Table, BuiltinMethod Method, ShortBody? Short);
}

/// <summary>Evaluates the positional arguments of a builtin straight into their slots.</summary>
internal static class BuiltinArguments
{
    public static Span<Value> Evaluate(Signature signature, ExpressionNode[] arguments, ref Frame frame, out StarlarkThread.StackMark mark)
    {
        var slots = frame.Thread.Allocate(signature.Room(arguments.Length), out mark);
        if (signature.IsPlain)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                slots[i] = i < arguments.Length ? arguments[i].Evaluate(ref frame) : default;
            }

            return slots;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            slots[signature.SlotOf(i)] = arguments[i].Evaluate(ref frame);
        }

        signature.Complete(slots, arguments.Length);
        return slots;
    }

    /// <summary>Lays out arguments that a short form has left to the body.</summary>
    public static Span<Value> Arrange(Signature signature, int count, Value first, Value second, StarlarkThread thread, out StarlarkThread.StackMark mark)
    {
        var slots = thread.Allocate(signature.Room(count), out mark);
        if (count > 0)
        {
            slots[signature.SlotOf(0)] = first;
        }

        if (count > 1)
        {
            slots[signature.SlotOf(1)] = second;
        }

        signature.Complete(slots, count);
        return slots;
    }

    /// <summary>Calls a short form as the body would be called.</summary>
    public static Value CallShort(StarlarkThread thread, ShortBody body, Value self, Value first, Value second, Signature signature)
    {
        thread.StepIntoBuiltin();
        try
        {
            return body(self, first, second);
        }
        catch (EvalException e) when (e.IsRaisedIn(signature.Name))
        {
            throw;
        }
    }

    public static Columns CallForColumns(StarlarkThread thread, ColumnsBody body, Value self, Signature signature, Span<Value> slots)
    {
        thread.StepIntoBuiltin();
        try
        {
            return body(self, new BoundArguments(signature, slots));
        }
        catch (EvalException e) when (e.IsRaisedIn(signature.Name))
        {
            throw;
        }
    }
}

/// <summary>A call with named arguments. Where each argument goes is worked out once for each function the site meets.</summary>
internal sealed class NamedCallNode(ExpressionNode callee, ExpressionNode[] positional, string[] names, ExpressionNode[] named, int place)
    : ExpressionNode
{
    private Plan? _plan;

    public override Value Evaluate(ref Frame frame)
    {
        var target = callee.Evaluate(ref frame);
        return target.Ref is StarlarkFunction function && PlanFor(function.Code) is { Slots: { } slots }
            ? CallFunction(function, slots, ref frame)
            : CallAny(target, ref frame);
    }

    private Value CallFunction(StarlarkFunction function, int[] slots, ref Frame frame)
    {
        var thread = frame.Thread;
        var locals = thread.Allocate(function.Code.LocalCount, out var mark);
        locals.Unset();
        for (var i = 0; i < positional.Length; i++)
        {
            locals[function.Code.Slots[i]] = positional[i].Evaluate(ref frame);
        }

        for (var i = 0; i < named.Length; i++)
        {
            locals[slots[i]] = named[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        function.FillDefaults(locals, positional.Length);
        var result = function.Enter(thread, locals);
        thread.Release(mark);
        return result;
    }

    private Value CallAny(Value target, ref Frame frame)
    {
        var thread = frame.Thread;
        var values = thread.Allocate(positional.Length + named.Length, out var mark);
        for (var i = 0; i < positional.Length; i++)
        {
            values[i] = positional[i].Evaluate(ref frame);
        }

        for (var i = 0; i < named.Length; i++)
        {
            values[positional.Length + i] = named[i].Evaluate(ref frame);
        }

        frame.Record.At = place;
        var result = thread.Invoke(target, new Arguments(values[..positional.Length], names, values[positional.Length..]));
        thread.Release(mark);
        return result;
    }

    private Plan PlanFor(FunctionCode code)
    {
        if (_plan is { } plan && ReferenceEquals(plan.Code, code))
        {
            return plan;
        }

        return _plan = new Plan(code, SlotsFor(code));
    }

    /// <summary>The slot of each named argument; null when an argument has no parameter of its own, or one that is taken.</summary>
    private int[]? SlotsFor(FunctionCode code)
    {
        if (!code.IsFixed || positional.Length > code.Positional)
        {
            return null;
        }

        var slots = new int[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            var parameter = code.IndexOf(names[i]);
            if (parameter < positional.Length)
            {
                return null;
            }

            slots[i] = code.Slots[parameter];
        }

        return slots;
    }

    private sealed record Plan(FunctionCode Code, int[]? Slots);
}

/// <summary>A call with <c>*args</c> or <c>**kwargs</c>.</summary>
internal sealed class SpreadCallNode(
    ExpressionNode callee, ExpressionNode[] positional, string[] names, ExpressionNode[] named, ExpressionNode? spread, ExpressionNode? keywordSpread, int place)
    : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var target = callee.Evaluate(ref frame);
        ReadOnlySpan<Value> values = ListNode.All(positional, ref frame);
        var allNames = names;
        var allNamed = ListNode.All(named, ref frame);
        if (spread is not null)
        {
            var rest = spread.Evaluate(ref frame);
            frame.Record.At = place;
            values = rest.Ref switch
            {
                StarlarkTuple tuple when values.IsEmpty => tuple.Items,
                IIterable => values.IsEmpty ? Operators.Collect(rest) : [.. values, .. Operators.Collect(rest)],
                _ => throw new EvalException($"argument after * must be iterable, not {rest.TypeName}"),
            };
        }

        if (keywordSpread is not null)
        {
            var rest = keywordSpread.Evaluate(ref frame);
            frame.Record.At = place;
            AddKeywords(target, rest, ref allNames, ref allNamed);
        }

        frame.Record.At = place;
        return frame.Thread.Invoke(target, new Arguments(values, allNames, allNamed));
    }

    private static void AddKeywords(Value target, Value rest, ref string[] names, ref Value[] values)
    {
        if (rest.Ref is not StarlarkDict dict)
        {
            throw new EvalException($"argument after ** must be a mapping, not {rest.TypeName}");
        }

        if (dict.Count == 0)
        {
            return;
        }

        var written = names.Length;
        var at = written;
        Array.Resize(ref names, at + dict.Count);
        Array.Resize(ref values, at + dict.Count);
        for (var i = 0; i < dict.Table.Used; i++)
        {
            if (!dict.Table.EntryAt(i, out var key, out var value))
            {
                continue;
            }

            if (!key.TryGetString(out var name))
            {
                throw new EvalException($"keywords must be strings, not {key.TypeName}");
            }

            if (names.AsSpan(0, written).Contains(name))
            {
                throw ArgumentErrors.Repeated(target, name);
            }

            (names[at], values[at]) = (name, value);
            at++;
        }
    }
}
