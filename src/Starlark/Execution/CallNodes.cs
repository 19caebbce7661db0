namespace Starlark.Execution;

/// <summary>A call with positional arguments only: they are evaluated straight into the callee's slots where possible.</summary>
internal sealed class PositionalCallNode(ExpressionNode callee, ExpressionNode[] arguments, int place) : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var target = callee.Evaluate(ref frame);
        if (target.Ref is StarlarkFunction { Code.IsSimple: true } function && arguments.Length <= function.Code.Positional)
        {
            return CallFunction(function, ref frame);
        }

        var values = frame.Thread.Allocate(arguments.Length, out var mark);
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = arguments[i].Evaluate(ref frame);
            }

            frame.Record.At = place;
            return frame.Thread.Call(target, new Arguments(values));
        }
        finally
        {
            frame.Thread.Release(values, mark);
        }
    }

    private Value CallFunction(StarlarkFunction function, ref Frame frame)
    {
        var locals = frame.Thread.Allocate(function.Code.LocalCount, out var mark);
        try
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                locals[i] = arguments[i].Evaluate(ref frame);
            }

            frame.Record.At = place;
            if (arguments.Length < function.Code.Parameters.Length && !function.TryFillDefaults(locals, arguments.Length))
            {
                throw ArgumentErrors.Missing(function.Code, locals);
            }

            return function.Enter(frame.Thread, locals);
        }
        finally
        {
            frame.Thread.Release(locals, mark);
        }
    }
}

/// <summary>A call of <c>x.name(…)</c> with positional arguments: no bound method is made for the methods of built-in types.</summary>
internal sealed class MethodCallNode(ExpressionNode operand, string name, ExpressionNode[] arguments, int namePlace, int place) : ExpressionNode
{
    private Cached? _cache;

    public override Value Evaluate(ref Frame frame)
    {
        var self = operand.Evaluate(ref frame);
        var method = Find(self);
        frame.Record.At = namePlace;
        var target = method is null ? Operators.GetAttribute(self, name) : default;
        var values = frame.Thread.Allocate(arguments.Length, out var mark);
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = arguments[i].Evaluate(ref frame);
            }

            frame.Record.At = place;
            return method is null
                ? frame.Thread.Call(target, new Arguments(values))
                : method.Call(frame.Thread, self, new Arguments(values));
        }
        finally
        {
            frame.Thread.Release(values, mark);
        }
    }

    private BuiltinMethod? Find(Value self)
    {
        if (self.Ref is not StarlarkObject o || ReferenceEquals(o.Methods, MethodTable.Empty))
        {
            return null;
        }

        var table = o.Methods;
        if (_cache is { } cache && ReferenceEquals(cache.Table, table))
        {
            return cache.Method;
        }

        if (!table.TryGet(name, out var method))
        {
            return null;
        }

        _cache = new Cached(table, method);
        return method;
    }

    /// <summary>One object, so that threads that race see a method with its own table.</summary>
    private sealed record Cached(MethodTable Table, BuiltinMethod Method);
}

/// <summary>A call of any form.</summary>
internal sealed class GeneralCallNode(
    ExpressionNode callee, ExpressionNode[] positional, string[] names, ExpressionNode[] named, ExpressionNode? spread, ExpressionNode? keywordSpread, int place)
    : ExpressionNode
{
    public override Value Evaluate(ref Frame frame)
    {
        var target = callee.Evaluate(ref frame);
        if (spread is not null || keywordSpread is not null)
        {
            return CallSpread(target, ref frame);
        }

        var values = frame.Thread.Allocate(positional.Length + named.Length, out var mark);
        try
        {
            for (var i = 0; i < positional.Length; i++)
            {
                values[i] = positional[i].Evaluate(ref frame);
            }

            for (var i = 0; i < named.Length; i++)
            {
                values[positional.Length + i] = named[i].Evaluate(ref frame);
            }

            frame.Record.At = place;
            return frame.Thread.Call(target, new Arguments(values[..positional.Length], names, values[positional.Length..]));
        }
        finally
        {
            frame.Thread.Release(values, mark);
        }
    }

    private Value CallSpread(Value target, ref Frame frame)
    {
        var values = ListNode.All(positional, ref frame).ToList();
        var allNames = names.ToList();
        var allNamed = ListNode.All(named, ref frame).ToList();
        if (spread is not null)
        {
            var rest = spread.Evaluate(ref frame);
            frame.Record.At = place;
            values.AddRange(rest.Ref is IIterable ? Operators.Collect(rest) : throw new EvalException($"argument after * must be iterable, not {rest.TypeName}"));
        }

        if (keywordSpread is not null)
        {
            var rest = keywordSpread.Evaluate(ref frame);
            frame.Record.At = place;
            AddKeywords(rest, allNames, allNamed);
        }

        frame.Record.At = place;
        return frame.Thread.Call(target, new Arguments([.. values], allNames.ToArray(), allNamed.ToArray()));
    }

    private static void AddKeywords(Value rest, List<string> names, List<Value> values)
    {
        if (rest.Ref is not StarlarkDict dict)
        {
            throw new EvalException($"argument after ** must be a mapping, not {rest.TypeName}");
        }

        foreach (var (key, value) in dict.Entries)
        {
            if (!key.TryGetString(out var name))
            {
                throw new EvalException($"keywords must be strings, not {key.TypeName}");
            }

            if (names.Contains(name))
            {
                throw new EvalException($"got multiple values for keyword argument {name}");
            }

            names.Add(name);
            values.Add(value);
        }
    }
}
