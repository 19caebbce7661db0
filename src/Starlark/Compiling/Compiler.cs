using Starlark.Execution;
using Starlark.Syntax;

namespace Starlark.Compiling;

/// <summary>Turns a resolved tree into nodes that run.</summary>
internal sealed class Compiler(string file, DialectOptions options)
{
    private const int LevelsBetweenGuards = 50;

    private int _blocks;

    /// <summary>Compiles a function and everything nested in it.</summary>
    public FunctionCode Function(FunctionSyntax function, bool isToplevel = false)
    {
        var taking = function.Parameters.Where(p => p.Form is ParameterForm.Plain or ParameterForm.KeywordOnly).ToArray();
        var code = new FunctionCode
        {
            Name = function.Name,
            File = file,
            Start = Place.Of(isToplevel ? new TextPosition(1, 1) : function.Start),
            Parameters = [.. taking.Select(p => p.Name)],
            Slots = Slots(taking),
            Positional = taking.Count(p => p.Form == ParameterForm.Plain),
            Defaults = Defaults(taking),
            VariadicSlot = Slot(function, ParameterForm.Variadic),
            KeywordSlot = Slot(function, ParameterForm.KeywordVariadic),
            LocalCount = function.LocalCount,
            Cells = Slots(function.Cells),
            ForbidsRecursion = !options.Recursion,
            IsSimple = function.Parameters.All(p => p.Form == ParameterForm.Plain),
        };
        code.SetBody(isToplevel && function.Body is [ExpressionStatement only] ? [new ReturnNode(Compile(only.Expression))] : Block(function.Body));
        return code;
    }

    private static int Slot(FunctionSyntax function, ParameterForm form) =>
        function.Parameters.FirstOrDefault(p => p.Form == form)?.Binding?.Index ?? -1;

    private static int[] Slots(ParameterSyntax[] parameters) => Slots([.. parameters.Select(p => p.Binding!)]);

    // A loop rather than a query: queries over numbers would be compiled anew in every process.
    private static int[] Slots(List<Binding> variables)
    {
        var slots = new int[variables.Count];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = variables[i].Index;
        }

        return slots;
    }

    /// <summary>For each parameter the index of its default among all defaults, or -1.</summary>
    private static int[] Defaults(ParameterSyntax[] parameters)
    {
        var places = new int[parameters.Length];
        var next = 0;
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = parameters[i].Default is null ? -1 : next++;
        }

        return places;
    }

    private static int[] Places(IReadOnlyList<DictEntry> entries)
    {
        var places = new int[entries.Count];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = Place.Of(entries[i].Key.Start);
        }

        return places;
    }

    private static (bool IsCell, int Index)[] Captured(List<Binding> variables)
    {
        var captured = new (bool, int)[variables.Count];
        for (var i = 0; i < captured.Length; i++)
        {
            captured[i] = (variables[i].Kind == BindingKind.Cell, variables[i].Index);
        }

        return captured;
    }

    private StatementNode[] Block(IEnumerable<Statement> statements)
    {
        _blocks++;
        StatementNode[] nodes = [.. statements.Where(s => s is not JumpStatement { Kind: JumpKind.Pass }).Select(Compile)];
        _blocks--;
        return nodes;
    }

    private StatementNode Compile(Statement statement)
    {
        var node = Select(statement);
        return _blocks % LevelsBetweenGuards == 0 ? new StackGuardStatementNode(node, Place.Of(statement.Start)) : node;
    }

    private StatementNode Select(Statement statement) => statement switch
    {
        ExpressionStatement s => new ExpressionStatementNode(Compile(s.Expression)),
        AssignStatement { Operation: null } s => Assign(s),
        AssignStatement s => Augment(s),
        IfStatement s => new IfNode(
            [.. s.Branches.Where(b => b.Condition is not null).Select(b => Compile(b.Condition!))], [.. s.Branches.Select(b => Block(b.Body))]),
        ForStatement s => new ForNode(Target(s.Target), Compile(s.Iterable), Block(s.Body), Place.Of(s.Iterable.Start)),
        WhileStatement s => new WhileNode(Compile(s.Condition), Block(s.Body)),
        DefStatement s => new AssignNode(Target(s.Name), Closure(s.Function)),
        ReturnStatement s => new ReturnNode(s.Value is null ? new ConstantNode(Value.None) : Compile(s.Value)),
        JumpStatement s => new JumpNode(s.Kind == JumpKind.Break ? Completion.Break : Completion.Continue),
        LoadStatement s => new LoadNode(s.Module, Loaded(s.Names), Place.Of(s.Start)),
        _ => throw new InvalidOperationException($"no code for {statement.GetType().Name}"),
    };

    private static (string Exported, int Index)[] Loaded(IReadOnlyList<LoadedName> names)
    {
        var loaded = new (string, int)[names.Count];
        for (var i = 0; i < loaded.Length; i++)
        {
            loaded[i] = (names[i].Exported, names[i].Local.Binding!.Index);
        }

        return loaded;
    }

    private StatementNode Assign(AssignStatement s)
    {
        if (s.Value is TupleExpression values && Parts(s.Target) is { } parts && parts.Count == values.Items.Count && parts.Count > 0)
        {
            return new ParallelAssignNode([.. parts.Select(Target)], All(values.Items));
        }

        var target = Target(s.Target);
        var value = Compile(s.Value);
        return target switch
        {
            LocalTarget local => new LocalAssignNode(local.Slot, value),
            IndexTarget { Operand: LocalNode operand } index => OperatorSelection.IndexAssignment(operand, index.Key, value, index.Place),
            _ => new AssignNode(target, value),
        };
    }

    private static IReadOnlyList<Expression>? Parts(Expression target) => target switch
    {
        TupleExpression t => t.Items,
        ListExpression l => l.Items,
        _ => null,
    };

    private StatementNode Augment(AssignStatement s)
    {
        var place = Place.Of(s.OperatorPosition);
        var operation = s.Operation!;
        var value = Compile(s.Value);
        return s.Target switch
        {
            IndexExpression x => OperatorSelection.AugmentedIndex(operation, Compile(x.Operand), Compile(x.Key), value, place),
            DotExpression x => OperatorSelection.AugmentedAttribute(operation, Compile(x.Operand), x.Name, value, place),
            _ => OperatorSelection.Augmented(operation, Target(s.Target), Compile(s.Target), value, place),
        };
    }

    private TargetNode Target(Expression target) => target switch
    {
        NameExpression { Binding: { Kind: BindingKind.Local } b } => new LocalTarget(b.Index),
        NameExpression { Binding: { Kind: BindingKind.Cell } b } => new CellTarget(b.Index),
        NameExpression { Binding: { } b } => new GlobalTarget(b.Index),
        IndexExpression i => new IndexTarget(Compile(i.Operand), Compile(i.Key), Place.Of(i.Start)),
        DotExpression d => new AttributeTarget(Compile(d.Operand), d.Name, Place.Of(d.NamePosition)),
        TupleExpression t => new SequenceTarget([.. t.Items.Select(Target)], Place.Of(t.Start)),
        ListExpression l => new SequenceTarget([.. l.Items.Select(Target)], Place.Of(l.Start)),
        _ => throw new InvalidOperationException($"no target for {target.GetType().Name}"),
    };

    private ExpressionNode[] All(IEnumerable<Expression> expressions) => [.. expressions.Select(Compile)];

    private ExpressionNode Compile(Expression expression)
    {
        var node = Select(expression);
        return expression.Depth % LevelsBetweenGuards == 0 ? new StackGuardNode(node, Place.Of(expression.Start)) : node;
    }

    private ExpressionNode Select(Expression expression) => expression switch
    {
        LiteralExpression l => new ConstantNode(l.Value),
        NameExpression n => Name(n),
        ListExpression l => Displays.List(All(l.Items)),
        TupleExpression { Items.Count: 0 } => new ConstantNode(Value.Of(StarlarkTuple.Empty)),
        TupleExpression t => Displays.Tuple(All(t.Items)),
        DictExpression d => new DictNode(
            All(d.Entries.Select(e => e.Key)), All(d.Entries.Select(e => e.Value)), Places(d.Entries)),
        ComprehensionExpression c => new ComprehensionNode(
            [.. c.Clauses.Select(k => new ClauseCode(k.Target is null ? null : Target(k.Target), Compile(k.Operand), Place.Of(k.Operand.Start)))],
            Slots([.. c.Variables.Where(v => v.Kind == BindingKind.Cell)]),
            Slots([.. c.Variables.Where(v => v.Kind == BindingKind.Local && c.Clauses.Count(k => k.Target is not null) > 1)]),
            Compile(c.Body),
            c.Value is null ? null : Compile(c.Value),
            Place.Of(c.Body.Start)),
        CallExpression c => Call(c),
        DotExpression d => new AttributeNode(Compile(d.Operand), d.Name, Place.Of(d.NamePosition)),
        IndexExpression i => new IndexNode(Compile(i.Operand), Compile(i.Key), Place.Of(i.Start)),
        SliceExpression s => new SliceNode(Compile(s.Operand), Optional(s.From), Optional(s.To), Optional(s.Step), Place.Of(s.Start)),
        UnaryExpression u => Unary(u),
        BinaryExpression b => Binary(b.Operation, Compile(b.Left), Compile(b.Right), Place.Of(b.OperatorPosition)),
        ConditionalExpression c => new ConditionalNode(Compile(c.Condition), Compile(c.WhenTrue), Compile(c.WhenFalse)),
        LambdaExpression l => Closure(l.Function),
        _ => throw new InvalidOperationException($"no code for {expression.GetType().Name}"),
    };

    private static ExpressionNode Binary(string operation, ExpressionNode left, ExpressionNode right, int place) =>
        ConstantFolding.Binary(operation, left, right)
        ?? (operation == "+" ? Displays.Join(left, right) : null)
        ?? OperatorSelection.Binary(operation, left, right, place);

    private ExpressionNode? Optional(Expression? expression) => expression is null ? null : Compile(expression);

    private static ExpressionNode Name(NameExpression n)
    {
        var binding = n.Binding!;
        var place = Place.Of(n.Start);
        return binding.Kind switch
        {
            BindingKind.Local => new LocalNode(binding.Index, n.Name, place),
            BindingKind.Cell => new CellNode(binding.Index, n.Name, place),
            BindingKind.Free => new FreeNode(binding.Index, n.Name, place),
            BindingKind.Predeclared or BindingKind.Universal => new ConstantNode(binding.Constant),
            _ => new GlobalNode(binding.Index, n.Name, binding.Kind == BindingKind.FileLocal, place),
        };
    }

    private FunctionNode Closure(FunctionSyntax function) => new(
        Function(function),
        All(function.Parameters.Where(p => p.Default is not null).Select(p => p.Default!)),
        Captured(function.Captured));

    private ExpressionNode Call(CallExpression call)
    {
        var place = Place.Of(call.Start);
        ExpressionNode[] positional = All(call.Arguments.Where(a => a.Kind == ArgumentKind.Positional).Select(a => a.Value));
        if (positional.Length == call.Arguments.Count)
        {
            return call.Callee is DotExpression dot
                ? new MethodCallNode(Compile(dot.Operand), dot.Name, positional, Place.Of(dot.NamePosition), place)
                : new PositionalCallNode(Compile(call.Callee), positional, place);
        }

        var named = call.Arguments.Where(a => a.Kind == ArgumentKind.Named).ToArray();
        string[] names = [.. named.Select(a => a.Name!)];
        var values = All(named.Select(a => a.Value));
        var spread = call.Arguments.FirstOrDefault(a => a.Kind == ArgumentKind.Spread)?.Value;
        var keywords = call.Arguments.FirstOrDefault(a => a.Kind == ArgumentKind.KeywordSpread)?.Value;
        return spread is null && keywords is null
            ? new NamedCallNode(Compile(call.Callee), positional, names, values, place)
            : new SpreadCallNode(Compile(call.Callee), positional, names, values, Optional(spread), Optional(keywords), place);
    }

    private ExpressionNode Unary(UnaryExpression u)
    {
        var operand = Compile(u.Operand);
        return u.Operation switch
        {
            "not" => new NotNode(operand),
            "-" => ConstantFolding.Negative(operand) ?? (ExpressionNode)new UnaryNode(operand, Operators.Negate, Place.Of(u.Start)),
            "+" => new UnaryNode(operand, Operators.Plus, Place.Of(u.Start)),
            _ => new UnaryNode(operand, Operators.Invert, Place.Of(u.Start)),
        };
    }
}
