using Faultbox.Spec.Loading;
using Starlark.Syntax;

namespace Faultbox.Spec.Facts;

/// <summary>One call in the source.</summary>
/// <param name="Call">The call.</param>
/// <param name="Module">Where it stands.</param>
internal sealed record CallSite(CallExpression Call, LoadedModule Module)
{
    /// <summary>Position of the call.</summary>
    public Core.SourcePosition Position => new(Module.Tree.File, Call.Start.Line, Call.Start.Column);
}

/// <summary>Gives what an expression may be.</summary>
internal delegate Possible PossibleSource(ExpressionReader reader);

/// <summary>
/// What the syntax trees of a specification say about variables: everything that is ever assigned to them, every call, and what functions
/// return.
/// </summary>
internal sealed class TreeIndex
{
    private readonly Dictionary<Binding, List<PossibleSource>> _sources = [];
    private readonly List<CallSite> _calls = [];
    private readonly Dictionary<FunctionSyntax, List<Expression>> _returns = [];
    private readonly HashSet<Binding> _escaped = [];
    private readonly Dictionary<FunctionSyntax, LoadedModule> _homes = [];
    private readonly Dictionary<(LoadedModule Module, string Name), Binding> _globals = [];
    private readonly Dictionary<FunctionSyntax, List<Expression>> _references = [];
    private readonly Dictionary<Starlark.SourcePosition, FunctionSyntax> _functions = [];
    private readonly HashSet<Binding> _parameters = [];

    /// <summary>Indexes modules.</summary>
    public TreeIndex(IReadOnlyList<LoadedModule> modules)
    {
        foreach (var module in modules)
        {
            new Walk(this, module).Toplevel();
        }
    }

    /// <summary>Every call.</summary>
    public IReadOnlyList<CallSite> Calls => _calls;

    /// <summary>Sources of the value of a variable.</summary>
    public IReadOnlyList<PossibleSource> SourcesOf(Binding binding) => _sources.GetValueOrDefault(binding) ?? [];

    /// <summary>Expressions that a function returns.</summary>
    public IReadOnlyList<Expression> ReturnsOf(FunctionSyntax function) => _returns.GetValueOrDefault(function) ?? [];

    /// <summary>The module a function stands in; null for a function that was not indexed.</summary>
    public LoadedModule? HomeOf(FunctionSyntax function) => _homes.GetValueOrDefault(function);

    /// <summary>The variable of a global function of a module.</summary>
    public Binding? GlobalOf(LoadedModule module, string name) => _globals.GetValueOrDefault((module, name));

    /// <summary>True when a function is handed to somebody who may call it with anything.</summary>
    public bool IsEscaped(Binding function) => _escaped.Contains(function);

    /// <summary>The function whose name (or <c>lambda</c>) stands at a position; null when there is none.</summary>
    public FunctionSyntax? FunctionAt(Starlark.SourcePosition position) => _functions.GetValueOrDefault(position);

    /// <summary>Names, attributes, elements and lambdas that stand in the body of a function, those in nested functions left out.</summary>
    public IReadOnlyList<Expression> ReferencesIn(FunctionSyntax function) => _references.GetValueOrDefault(function) ?? [];

    /// <summary>True for the parameter of a function.</summary>
    public bool IsParameter(Binding? binding) => binding is not null && _parameters.Contains(binding);

    private void Add(Binding? binding, PossibleSource source)
    {
        if (binding is null)
        {
            return;
        }

        if (!_sources.TryGetValue(binding, out var list))
        {
            _sources.Add(binding, list = []);
        }

        list.Add(source);
    }

    private sealed class Walk(TreeIndex index, LoadedModule module)
    {
        private FunctionSyntax _current = module.Tree.Toplevel;

        public void Toplevel() => Statements(module.Tree.Statements, module.Tree.Toplevel);

        private void Statements(IReadOnlyList<Statement> statements, FunctionSyntax function)
        {
            foreach (var statement in statements)
            {
                Statement(statement, function);
            }
        }

        private void Statement(Statement statement, FunctionSyntax function)
        {
            switch (statement)
            {
                case ExpressionStatement s:
                    Visit(s.Expression);
                    break;
                case AssignStatement s:
                    VisitUnlessName(s.Value);
                    Bind(s.Target, reader => reader.Read(s.Value, module));
                    break;
                case IfStatement s:
                    foreach (var (condition, body) in s.Branches)
                    {
                        Visit(condition);
                        Statements(body, function);
                    }

                    break;
                case ForStatement s:
                    Visit(s.Iterable);
                    Bind(s.Target, reader => reader.Read(s.Iterable, module).Items());
                    Statements(s.Body, function);
                    break;
                case WhileStatement s:
                    Visit(s.Condition);
                    Statements(s.Body, function);
                    break;
                case DefStatement s:
                    BindName(s.Name.Binding, _ => Possible.Of(s.Function));
                    Function(s.Function, s.Name.Binding);
                    break;
                case ReturnStatement { Value: { } value }:
                    Visit(value);
                    if (!index._returns.TryGetValue(function, out var returns))
                    {
                        index._returns.Add(function, returns = []);
                    }

                    returns.Add(value);
                    break;
                case LoadStatement s:
                    foreach (var (local, exported) in s.Names)
                    {
                        index.Add(local.Binding, reader => reader.ReadImport(module, s.Module, exported));
                    }

                    break;
            }
        }

        private void Function(FunctionSyntax function, Binding? name)
        {
            index._homes[function] = module;
            index._functions[module.Tree.PositionOf(function)] = function;
            foreach (var parameter in function.Parameters)
            {
                Visit(parameter.Default);
                index.Add(parameter.Binding, reader => reader.ReadParameter(function, name, parameter, module));
                if (parameter.Binding is { } variable)
                {
                    index._parameters.Add(variable);
                }
            }

            var outer = _current;
            _current = function;
            Statements(function.Body, function);
            _current = outer;
        }

        private void Bind(Expression target, PossibleSource source)
        {
            switch (target)
            {
                case NameExpression name:
                    BindName(name.Binding, source);
                    break;
                case TupleExpression tuple:
                    BindItems(tuple.Items, source);
                    break;
                case ListExpression list:
                    BindItems(list.Items, source);
                    break;
                case IndexExpression { Operand: NameExpression container } item:
                    index.Add(container.Binding, reader => Possible.OfMapping([(reader.Read(item.Key, module), source(reader))]));
                    break;
            }
        }

        private void BindName(Binding? binding, PossibleSource source)
        {
            index.Add(binding, source);
            if (binding is { Kind: BindingKind.Global })
            {
                index._globals[(module, binding.Name)] = binding;
            }
        }

        private void BindItems(IReadOnlyList<Expression> targets, PossibleSource source)
        {
            for (var i = 0; i < targets.Count; i++)
            {
                var position = i;
                Bind(targets[i], reader => source(reader).ItemAt(position));
            }
        }

        /// <summary>A second name for a function does not let it escape.</summary>
        private void VisitUnlessName(Expression expression)
        {
            if (expression is NameExpression)
            {
                Note(expression);
            }
            else
            {
                Visit(expression);
            }
        }

        private void Note(Expression expression)
        {
            if (!index._references.TryGetValue(_current, out var references))
            {
                index._references.Add(_current, references = []);
            }

            references.Add(expression);
        }

        private void Visit(Expression? expression)
        {
            if (expression is NameExpression or DotExpression or IndexExpression or LambdaExpression)
            {
                Note(expression);
            }

            switch (expression)
            {
                case NameExpression { Binding: { } binding }:
                    index._escaped.Add(binding);
                    break;
                case ListExpression e:
                    VisitAll(e.Items);
                    break;
                case TupleExpression e:
                    VisitAll(e.Items);
                    break;
                case DictExpression e:
                    VisitAll(e.Entries.SelectMany(entry => new[] { entry.Key, entry.Value }));
                    break;
                case ComprehensionExpression e:
                    Comprehension(e);
                    break;
                case CallExpression e:
                    Call(e);
                    break;
                case DotExpression e:
                    Visit(e.Operand);
                    break;
                case IndexExpression e:
                    VisitAll([e.Operand, e.Key]);
                    break;
                case SliceExpression e:
                    VisitAll([e.Operand, e.From, e.To, e.Step]);
                    break;
                case UnaryExpression e:
                    Visit(e.Operand);
                    break;
                case BinaryExpression e:
                    VisitAll([e.Left, e.Right]);
                    break;
                case ConditionalExpression e:
                    VisitAll([e.Condition, e.WhenTrue, e.WhenFalse]);
                    break;
                case LambdaExpression e:
                    Function(e.Function, null);
                    break;
            }
        }

        private void VisitAll(IEnumerable<Expression?> expressions)
        {
            foreach (var expression in expressions)
            {
                Visit(expression);
            }
        }

        private void Comprehension(ComprehensionExpression comprehension)
        {
            foreach (var clause in comprehension.Clauses)
            {
                Visit(clause.Operand);
                if (clause.Target is { } target)
                {
                    Bind(target, reader => reader.Read(clause.Operand, module).Items());
                }
            }

            VisitAll([comprehension.Body, comprehension.Value]);
        }

        private void Call(CallExpression call)
        {
            index._calls.Add(new CallSite(call, module));
            VisitUnlessName(call.Callee);
            VisitAll(call.Arguments.Select(a => a.Value));
            if (call is { Callee: DotExpression { Operand: NameExpression container } method, Arguments: [{ Kind: ArgumentKind.Positional } argument] })
            {
                Mutation(container.Binding, method.Name, argument.Value);
            }
        }

        private void Mutation(Binding? container, string method, Expression argument)
        {
            switch (method)
            {
                case "append":
                    index.Add(container, reader => Possible.OfElements(reader.Read(argument, module)));
                    break;
                case "extend":
                    index.Add(container, reader => Possible.OfElements(reader.Read(argument, module).Items()));
                    break;
                case "update":
                    index.Add(container, reader => reader.Read(argument, module));
                    break;
            }
        }
    }
}
