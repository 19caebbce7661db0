using Starlark.Syntax;

namespace Starlark.Resolving;

/// <summary>Finds the variable of every name and checks the static rules. All errors of a file are collected.</summary>
internal sealed class Resolver
{
    private readonly ErrorList _errors;
    private readonly DialectOptions _options;
    private readonly Predeclared _predeclared;
    private readonly Dictionary<string, Binding> _globals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Binding> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Binding> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NameExpression> _plainBindings = new(StringComparer.Ordinal);
    private readonly List<string> _globalNames = [];
    private readonly List<Action> _deferred = [];
    private readonly bool _hasSyntaxErrors;
    private int _loops;
    private int _blocks;

    private Resolver(ErrorList errors, DialectOptions options, Predeclared predeclared)
    {
        (_errors, _options, _predeclared) = (errors, options, predeclared);
        _hasSyntaxErrors = !errors.IsEmpty;
    }

    /// <summary>Names of the module's variables by position; file-local ones begin with a space.</summary>
    public IReadOnlyList<string> GlobalNames => _globalNames;

    /// <summary>Globals that have the name of a predeclared or universal one, with their first position.</summary>
    public IReadOnlyList<KeyValuePair<string, SourcePosition>> Shadowed
    {
        get
        {
            List<KeyValuePair<string, SourcePosition>>? shadowed = null;
            foreach (var (name, binding) in _globals)
            {
                if (_predeclared.TryGet(name, out _))
                {
                    (shadowed ??= []).Add(new(name, new SourcePosition(_errors.File, binding.First.Line, binding.First.Column)));
                }
            }

            return shadowed is null ? Array.Empty<KeyValuePair<string, SourcePosition>>() : shadowed;
        }
    }

    /// <summary>Resolves a file.</summary>
    public static Resolver Resolve(FunctionSyntax toplevel, ErrorList errors, DialectOptions options, Predeclared predeclared)
    {
        var resolver = new Resolver(errors, options, predeclared);
        resolver.DeclareGlobals(toplevel.Body);
        var scope = new Scope(null, new FunctionScope(toplevel));
        resolver.VisitBlock(toplevel.Body, scope, isToplevel: true);

        // Bodies come after the whole top level: a function may use what is bound further down.
        for (var i = 0; i < resolver._deferred.Count; i++)
        {
            resolver._deferred[i]();
        }

        return resolver;
    }

    private void DeclareGlobals(IReadOnlyList<Statement> statements)
    {
        var loaded = statements.OfType<LoadStatement>().SelectMany(load => load.Names).Select(name => name.Local).ToList();
        IEnumerable<NameExpression> bound = BoundNames.Of(statements);
        foreach (var name in _options.LoadBindsGlobally ? bound.Concat(loaded).OrderBy(name => name.Start) : bound)
        {
            if (!_globals.ContainsKey(name.Name))
            {
                _globals.Add(name.Name, new Binding(BindingKind.Global, name.Name, NewGlobal(name.Name), name.Start));
            }
        }

        if (!_options.LoadBindsGlobally)
        {
            loaded.ForEach(DeclareLoaded);
        }
    }

    private void DeclareLoaded(NameExpression local)
    {
        if (_loaded.TryGetValue(local.Name, out var first))
        {
            Reassigned("top-level", local, first.First);
        }
        else
        {
            _loaded.Add(local.Name, new Binding(BindingKind.FileLocal, local.Name, NewGlobal(" " + local.Name), local.Start));
        }
    }

    private int NewGlobal(string name)
    {
        _globalNames.Add(name);
        return _globalNames.Count - 1;
    }

    private void Reassigned(string scope, NameExpression name, TextPosition first)
    {
        if (!_options.GlobalReassign)
        {
            _errors.Add(name.Start, $"cannot reassign {scope} {name.Name} declared at {_errors.File}:{first}");
        }
    }

    private void VisitBlock(IReadOnlyList<Statement> statements, Scope scope, bool isToplevel)
    {
        foreach (var statement in statements)
        {
            Visit(statement, scope, isToplevel);
        }
    }

    private void Visit(Statement statement, Scope scope, bool isToplevel)
    {
        switch (statement)
        {
            case ExpressionStatement s:
                Visit(s.Expression, scope);
                break;
            case AssignStatement s:
                VisitAssignment(s, scope, isToplevel);
                break;
            case IfStatement s:
                VisitIf(s, scope, isToplevel);
                break;
            case ForStatement s:
                CheckControl(s, "for", isToplevel);
                Visit(s.Iterable, scope);
                Bind(s.Target, scope, isToplevel, inBlock: true);
                VisitLoop(s.Body, scope, isToplevel);
                break;
            case WhileStatement s:
                if (isToplevel && !_options.TopLevelWhile)
                {
                    _errors.Add(s.Start, "while loop not within a function");
                }

                Visit(s.Condition, scope);
                VisitLoop(s.Body, scope, isToplevel);
                break;
            case DefStatement s:
                BindName(s.Name, scope, isToplevel, inBlock: false);
                VisitFunction(s.Function, scope);
                break;
            case ReturnStatement s:
                if (isToplevel)
                {
                    _errors.Add(s.Start, "return statement not within a function");
                }

                VisitOptional(s.Value, scope);
                break;
            case JumpStatement { Kind: not JumpKind.Pass } s when _loops == 0:
                _errors.Add(s.Start, $"{(s.Kind == JumpKind.Break ? "break" : "continue")} not in a loop");
                break;
            case LoadStatement s:
                VisitLoad(s, scope, isToplevel);
                break;
        }
    }

    private void CheckControl(Statement statement, string word, bool isToplevel)
    {
        if (isToplevel && !_options.TopLevelControl)
        {
            _errors.Add(statement.Start, $"{word} {(word == "if" ? "statement" : "loop")} not within a function");
        }
    }

    private void VisitIf(IfStatement s, Scope scope, bool isToplevel)
    {
        CheckControl(s, "if", isToplevel);
        foreach (var branch in s.Branches)
        {
            VisitOptional(branch.Condition, scope);
            _blocks++;
            VisitBlock(branch.Body, scope, isToplevel);
            _blocks--;
        }
    }

    private void VisitLoop(IReadOnlyList<Statement> body, Scope scope, bool isToplevel)
    {
        _loops++;
        _blocks++;
        VisitBlock(body, scope, isToplevel);
        _blocks--;
        _loops--;
    }

    private void VisitLoad(LoadStatement s, Scope scope, bool isToplevel)
    {
        if (!isToplevel || _blocks > 0)
        {
            _errors.Add(s.Start, $"load statement within a {(!isToplevel ? "function" : _loops > 0 ? "loop" : "conditional")}");
            return;
        }

        foreach (var name in s.Names)
        {
            if (_options.LoadBindsGlobally)
            {
                BindName(name.Local, scope, isToplevel, inBlock: false);
            }
            else
            {
                BindLoaded(name.Local);
            }
        }
    }

    private void BindLoaded(NameExpression local)
    {
        local.Binding = _loaded.GetValueOrDefault(local.Name);
        if (_globals.TryGetValue(local.Name, out var global) && !_options.GlobalReassign)
        {
            var isLast = global.First.CompareTo(local.Start) < 0;
            var (earlier, later) = isLast ? (global.First, local.Start) : (local.Start, global.First);
            _errors.Add(later, $"cannot reassign {(isLast ? "top-level" : "local")} {local.Name} declared at {_errors.File}:{earlier}");
        }
    }

    private void VisitAssignment(AssignStatement s, Scope scope, bool isToplevel)
    {
        Visit(s.Value, scope);
        if (s.Operation == "**" && !_options.Power)
        {
            _errors.Add(s.OperatorPosition, "the operator ** is not supported");
        }

        if (s.Operation is null)
        {
            Bind(s.Target, scope, isToplevel, inBlock: _blocks > 0);
        }
        else if (s.Target is NameExpression name)
        {
            BindName(name, scope, isToplevel, inBlock: false);
        }
        else
        {
            Visit(s.Target, scope);
        }
    }

    private void Bind(Expression target, Scope scope, bool isToplevel, bool inBlock)
    {
        switch (target)
        {
            case NameExpression name:
                BindName(name, scope, isToplevel, inBlock);
                break;
            case TupleExpression { Items: var items }:
                foreach (var item in items)
                {
                    Bind(item, scope, isToplevel, inBlock);
                }

                break;
            case ListExpression { Items: var items }:
                foreach (var item in items)
                {
                    Bind(item, scope, isToplevel, inBlock);
                }

                break;
            default:
                Visit(target, scope);
                break;
        }
    }

    private void BindName(NameExpression name, Scope scope, bool isToplevel, bool inBlock)
    {
        if (!isToplevel)
        {
            name.Binding = scope.Find(name.Name) ?? scope.Declare(name.Name, name.Start);
            return;
        }

        var binding = _globals.GetValueOrDefault(name.Name);
        name.Binding = binding;
        var isPlain = !inBlock && _blocks == 0;
        if (_plainBindings.TryGetValue(name.Name, out var first))
        {
            Reassigned("global", name, first.Start);
        }
        else if (isPlain && binding is not null && binding.First != name.Start)
        {
            Reassigned("global", name, binding.First);
        }

        if (isPlain)
        {
            _plainBindings.TryAdd(name.Name, name);
        }
    }

    private void VisitFunction(FunctionSyntax function, Scope scope)
    {
        foreach (var parameter in function.Parameters)
        {
            VisitOptional(parameter.Default, scope);
        }

        _deferred.Add(() =>
        {
            var inner = new Scope(scope, new FunctionScope(function));
            foreach (var parameter in function.Parameters.Where(p => p.Name.Length > 0))
            {
                parameter.Binding = inner.Declare(parameter.Name, parameter.Start);
            }

            foreach (var name in BoundNames.Of(function.Body))
            {
                inner.Declare(name.Name, name.Start);
            }

            var (loops, blocks) = (_loops, _blocks);
            (_loops, _blocks) = (0, 0);
            VisitBlock(function.Body, inner, isToplevel: false);
            (_loops, _blocks) = (loops, blocks);
        });
    }

    private void VisitOptional(Expression? expression, Scope scope)
    {
        if (expression is not null)
        {
            Visit(expression, scope);
        }
    }

    private void Visit(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case NameExpression name:
                Use(name, scope);
                break;
            case ListExpression { Items: var items }:
                VisitAll(items, scope);
                break;
            case TupleExpression { Items: var items }:
                VisitAll(items, scope);
                break;
            case DictExpression d:
                foreach (var entry in d.Entries)
                {
                    Visit(entry.Key, scope);
                    Visit(entry.Value, scope);
                }

                break;
            case ComprehensionExpression c:
                VisitComprehension(c, scope);
                break;
            case CallExpression c:
                Visit(c.Callee, scope);
                foreach (var argument in c.Arguments)
                {
                    Visit(argument.Value, scope);
                }

                break;
            case DotExpression d:
                Visit(d.Operand, scope);
                break;
            case IndexExpression i:
                Visit(i.Operand, scope);
                Visit(i.Key, scope);
                break;
            case SliceExpression s:
                Visit(s.Operand, scope);
                VisitOptional(s.From, scope);
                VisitOptional(s.To, scope);
                VisitOptional(s.Step, scope);
                break;
            case UnaryExpression u:
                Visit(u.Operand, scope);
                break;
            case BinaryExpression b:
                Visit(b.Left, scope);
                Visit(b.Right, scope);
                break;
            case ConditionalExpression c:
                Visit(c.Condition, scope);
                Visit(c.WhenTrue, scope);
                Visit(c.WhenFalse, scope);
                break;
            case LambdaExpression l:
                VisitFunction(l.Function, scope);
                break;
        }
    }

    private void VisitAll(IReadOnlyList<Expression> items, Scope scope)
    {
        foreach (var item in items)
        {
            Visit(item, scope);
        }
    }

    private void VisitComprehension(ComprehensionExpression c, Scope scope)
    {
        // The first iterable is evaluated outside.
        Visit(c.Clauses[0].Operand, scope);
        var inner = new Scope(scope, scope.Function);
        foreach (var name in c.Clauses.Where(k => k.Target is not null).SelectMany(k => BoundNames.OfTarget(k.Target!)))
        {
            inner.Declare(name.Name, name.Start);
        }

        for (var i = 0; i < c.Clauses.Count; i++)
        {
            var clause = c.Clauses[i];
            if (i > 0)
            {
                Visit(clause.Operand, inner);
            }

            if (clause.Target is { } target)
            {
                Bind(target, inner, isToplevel: false, inBlock: false);
            }
        }

        Visit(c.Body, inner);
        VisitOptional(c.Value, inner);
        c.Variables.AddRange(inner.Bindings);
    }

    private void Use(NameExpression name, Scope scope)
    {
        name.Binding = FindLocal(name.Name, scope) ?? FindGlobal(name.Name);
        if (name.Binding is null)
        {
            Undefined(name, scope);
        }
    }

    private static Binding? FindLocal(string name, Scope scope)
    {
        for (var s = scope; s is not null; s = s.Parent)
        {
            if (s.Find(name) is { } found)
            {
                return ReferenceEquals(s.Function, scope.Function) ? found : Capture(found, s.Function, scope);
            }
        }

        return null;
    }

    /// <summary>Passes a variable from its function through every function between to the one that uses it.</summary>
    private static Binding Capture(Binding variable, FunctionScope owner, Scope user)
    {
        if (variable.Kind == BindingKind.Local)
        {
            variable.Kind = BindingKind.Cell;
            owner.Syntax.Cells.Add(variable);
        }

        var chain = new Stack<FunctionScope>();
        for (var s = user; s is not null && !ReferenceEquals(s.Function, owner); s = s.Parent)
        {
            if (!chain.TryPeek(out var last) || !ReferenceEquals(last, s.Function))
            {
                chain.Push(s.Function);
            }
        }

        var binding = variable;
        while (chain.TryPop(out var function))
        {
            binding = function.Capture(binding);
        }

        return binding;
    }

    private Binding? FindGlobal(string name)
    {
        if (_loaded.TryGetValue(name, out var loaded))
        {
            return loaded;
        }

        if (_globals.TryGetValue(name, out var global))
        {
            return global;
        }

        if (_constants.TryGetValue(name, out var known))
        {
            return known;
        }

        var isPredeclared = _predeclared.TryGet(name, out var value);
        if (!isPredeclared && !Universals.TryGet(name, _options, out value))
        {
            return null;
        }

        var binding = new Binding(isPredeclared ? BindingKind.Predeclared : BindingKind.Universal, name, 0, default) { Constant = value };
        _constants.Add(name, binding);
        return binding;
    }

    private void Undefined(NameExpression name, Scope scope)
    {
        // A statement that could not be read may have bound the name.
        if (_hasSyntaxErrors)
        {
            return;
        }

        var hint = _predeclared.Hint?.Invoke(name.Name);
        if (hint is not null)
        {
            _errors.Add(name.Start, $"undefined: {name.Name} ({hint})");
            return;
        }

        var visible = new List<string>();
        for (var s = scope; s is not null; s = s.Parent)
        {
            visible.AddRange(s.Names);
        }

        visible.AddRange(_globals.Keys.Where(g => g != name.Name));
        visible.AddRange(_loaded.Keys);
        visible.AddRange(_predeclared.Names);
        visible.AddRange(Universals.Names(_options));
        var near = NearestName.Find(name.Name, visible);
        _errors.Add(name.Start, $"undefined: {name.Name}{(near is null ? "" : $" (did you mean {near}?)")}");
    }
}
