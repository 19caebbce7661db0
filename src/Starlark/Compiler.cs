using Starlark.Execution;
using Starlark.Syntax;

namespace Starlark;

/// <summary>Turns a resolved tree into nodes that run.</summary>
internal sealed class Compiler(string file, DialectOptions options)
{
    /// <summary>Compiles a function and everything nested in it.</summary>
    public FunctionCode Function(FunctionSyntax function, bool isToplevel = false)
    {
        var taking = function.Parameters.Where(p => p.Form is ParameterForm.Plain or ParameterForm.KeywordOnly).ToArray();
        var defaults = 0;
        var code = new FunctionCode
        {
            Name = function.Name,
            File = file,
            Start = Place.Of(isToplevel ? new TextPosition(1, 1) : function.Start),
            Parameters = [.. taking.Select(p => p.Name)],
            Slots = [.. taking.Select(p => p.Binding!.Index)],
            Positional = taking.Count(p => p.Form == ParameterForm.Plain),
            Defaults = [.. taking.Select(p => p.Default is null ? -1 : defaults++)],
            VariadicSlot = Slot(function, ParameterForm.Variadic),
            KeywordSlot = Slot(function, ParameterForm.KeywordVariadic),
            LocalCount = function.LocalCount,
            Cells = [.. function.Cells.Select(c => c.Index)],
            ForbidsRecursion = !options.Recursion,
            IsSimple = function.Parameters.All(p => p.Form == ParameterForm.Plain),
        };
        code.Body = Block(function.Body);
        return code;
    }

    private static int Slot(FunctionSyntax function, ParameterForm form) =>
        function.Parameters.FirstOrDefault(p => p.Form == form)?.Binding?.Index ?? -1;

    private StatementNode[] Block(IEnumerable<Statement> statements) =>
        [.. statements.Where(s => s is not JumpStatement { Kind: JumpKind.Pass }).Select(Compile)];

    private StatementNode Compile(Statement statement) => statement switch
    {
        ExpressionStatement s => new ExpressionStatementNode(Compile(s.Expression)),
        AssignStatement { Operation: null } s => Assign(s),
        AssignStatement s => Augment(s),
        IfStatement s => new IfNode(
            [.. s.Branches.Where(b => b.Condition is not null).Select(b => Compile(b.Condition!))], [.. s.Branches.Select(b => Block(b.Body))]),
        ForStatement s => new ForNode(Target(s.Target), Compile(s.Iterable), Block(s.Body), Place.Of(s.Iterable.Start)),
        WhileStatement s => new WhileNode(Compile(s.Condition), Block(s.Body)),
        DefStatement s => new AssignNode(Target(s.Name), Closure(s.Function)),
        ReturnStatement s => new ReturnNode(s.Value is null ? null : Compile(s.Value)),
        JumpStatement s => new JumpNode(s.Kind == JumpKind.Break ? Completion.Break : Completion.Continue),
        LoadStatement s => new LoadNode(s.Module, [.. s.Names.Select(n => (n.Exported, n.Local.Binding!.Index))], Place.Of(s.Start)),
        _ => throw new InvalidOperationException($"no code for {statement.GetType().Name}"),
    };

    private StatementNode Assign(AssignStatement s)
    {
        var target = Target(s.Target);
        return target is LocalTarget local ? new LocalAssignNode(local.Slot, Compile(s.Value)) : new AssignNode(target, Compile(s.Value));
    }

    private StatementNode Augment(AssignStatement s)
    {
        var place = Place.Of(s.OperatorPosition);
        var operation = InPlace(s.Operation!);
        switch (s.Target)
        {
            case IndexExpression index:
                return new AugmentIndexNode(Compile(index.Operand), Compile(index.Key), Compile(s.Value), operation, place);
            case DotExpression dot:
                return new AugmentAttributeNode(Compile(dot.Operand), dot.Name, Compile(s.Value), operation, place);
        }

        var target = Target(s.Target);
        var current = Compile(s.Target);
        return target is LocalTarget local && s.Operation == "+"
            ? new AddToLocalNode(local.Slot, current, Compile(s.Value), place)
            : new AugmentVariableNode(target, current, Compile(s.Value), operation, place);
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

    private ExpressionNode Compile(Expression expression) => expression switch
    {
        LiteralExpression l => new ConstantNode(l.Value),
        NameExpression n => Name(n),
        ListExpression l => new ListNode(All(l.Items)),
        TupleExpression { Items.Count: 0 } => new ConstantNode(Value.Of(StarlarkTuple.Empty)),
        TupleExpression t => new TupleNode(All(t.Items)),
        DictExpression d => new DictNode(
            All(d.Entries.Select(e => e.Key)), All(d.Entries.Select(e => e.Value)), [.. d.Entries.Select(e => Place.Of(e.Key.Start))]),
        ComprehensionExpression c => new ComprehensionNode(
            [.. c.Clauses.Select(k => new ClauseCode(k.Target is null ? null : Target(k.Target), Compile(k.Operand), Place.Of(k.Operand.Start)))],
            Compile(c.Body),
            c.Value is null ? null : Compile(c.Value),
            Place.Of(c.Start)),
        CallExpression c => Call(c),
        DotExpression d => new AttributeNode(Compile(d.Operand), d.Name, Place.Of(d.NamePosition)),
        IndexExpression i => new IndexNode(Compile(i.Operand), Compile(i.Key), Place.Of(i.Start)),
        SliceExpression s => new SliceNode(Compile(s.Operand), Optional(s.From), Optional(s.To), Optional(s.Step), Place.Of(s.Start)),
        UnaryExpression u => Unary(u),
        BinaryExpression b => Binary(b),
        ConditionalExpression c => new ConditionalNode(Compile(c.Condition), Compile(c.WhenTrue), Compile(c.WhenFalse)),
        LambdaExpression l => Closure(l.Function),
        _ => throw new InvalidOperationException($"no code for {expression.GetType().Name}"),
    };

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
            _ => new GlobalNode(binding.Index, n.Name, place),
        };
    }

    private FunctionNode Closure(FunctionSyntax function) => new(
        Function(function),
        All(function.Parameters.Where(p => p.Default is not null).Select(p => p.Default!)),
        [.. function.Captured.Select(c => (c.Kind == BindingKind.Cell, c.Index))]);

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
        return new GeneralCallNode(
            Compile(call.Callee),
            positional,
            [.. named.Select(a => a.Name!)],
            All(named.Select(a => a.Value)),
            Optional(call.Arguments.FirstOrDefault(a => a.Kind == ArgumentKind.Spread)?.Value),
            Optional(call.Arguments.FirstOrDefault(a => a.Kind == ArgumentKind.KeywordSpread)?.Value),
            place);
    }

    private ExpressionNode Unary(UnaryExpression u)
    {
        var operand = Compile(u.Operand);
        return u.Operation switch
        {
            "not" => new NotNode(operand),
            "-" => new UnaryNode(operand, Operators.Negate, Place.Of(u.Start)),
            "+" => new UnaryNode(operand, Operators.Plus, Place.Of(u.Start)),
            _ => new UnaryNode(operand, Operators.Invert, Place.Of(u.Start)),
        };
    }

    private ExpressionNode Binary(BinaryExpression b)
    {
        var (left, right, place) = (Compile(b.Left), Compile(b.Right), Place.Of(b.OperatorPosition));
        return b.Operation switch
        {
            "and" => new AndNode(left, right),
            "or" => new OrNode(left, right),
            "==" => new EqualNode(left, right, negated: false, place),
            "!=" => new EqualNode(left, right, negated: true, place),
            "in" => new InNode(left, right, negated: false, place),
            "not in" => new InNode(left, right, negated: true, place),
            "<" or "<=" or ">" or ">=" => new OrderNode(b.Operation, left, right, place),
            "+" => new AddNode(left, right, place),
            "-" => new SubtractNode(left, right, place),
            _ => new BinaryNode(left, right, Plain(b.Operation), place),
        };
    }

    private static Func<Value, Value, Value> InPlace(string operation) => operation switch
    {
        "+" => Operators.AddInPlace,
        "|" => Operators.OrInPlace,
        _ => Plain(operation),
    };

    private static Func<Value, Value, Value> Plain(string operation) => operation switch
    {
        "-" => Operators.Subtract,
        "*" => Operators.Multiply,
        "/" => Operators.Divide,
        "//" => Operators.FloorDivide,
        "%" => Operators.Modulo,
        "**" => Operators.Power,
        "&" => Operators.And,
        "|" => Operators.Or,
        "^" => Operators.Xor,
        "<<" => Operators.ShiftLeft,
        ">>" => Operators.ShiftRight,
        _ => Operators.Add,
    };
}
