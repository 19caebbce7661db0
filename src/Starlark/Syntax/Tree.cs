namespace Starlark.Syntax;

/// <summary>A node of the syntax tree.</summary>
public abstract class Node
{
    /// <summary>Where it starts.</summary>
    public TextPosition Start { get; init; }

    /// <summary>Where it ends, exclusive.</summary>
    public TextPosition End { get; init; }
}

/// <summary>An expression.</summary>
public abstract class Expression : Node
{
    /// <summary>Levels of nesting below and including this one.</summary>
    internal int Depth { get; init; } = 1;
}

/// <summary>A name in use.</summary>
public sealed class NameExpression(string name) : Expression
{
    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>What it refers to; set by the resolver.</summary>
    public Binding? Binding { get; internal set; }
}

/// <summary>A literal or a constant folded from one.</summary>
public sealed class LiteralExpression(Value value) : Expression
{
    /// <summary>Its value.</summary>
    public Value Value => value;
}

/// <summary><c>[a, b]</c>.</summary>
public sealed class ListExpression(IReadOnlyList<Expression> items) : Expression
{
    /// <summary>Elements.</summary>
    public IReadOnlyList<Expression> Items => items;
}

/// <summary><c>a, b</c> or <c>(a, b)</c>.</summary>
public sealed class TupleExpression(IReadOnlyList<Expression> items, bool parenthesized) : Expression
{
    /// <summary>Elements.</summary>
    public IReadOnlyList<Expression> Items => items;

    /// <summary>True when written in parentheses.</summary>
    public bool IsParenthesized => parenthesized;
}

/// <summary>One entry of a dictionary literal.</summary>
/// <param name="Key">Key.</param>
/// <param name="Value">Value.</param>
public sealed record DictEntry(Expression Key, Expression Value);

/// <summary><c>{k: v}</c>.</summary>
public sealed class DictExpression(IReadOnlyList<DictEntry> entries) : Expression
{
    /// <summary>Entries.</summary>
    public IReadOnlyList<DictEntry> Entries => entries;
}

/// <summary>A <c>for</c> or <c>if</c> of a comprehension.</summary>
public sealed class ComprehensionClause(Expression? target, Expression operand) : Node
{
    /// <summary>Variables of a <c>for</c>; null for an <c>if</c>.</summary>
    public Expression? Target => target;

    /// <summary>The iterable of a <c>for</c>, or the condition of an <c>if</c>.</summary>
    public Expression Operand => operand;
}

/// <summary><c>[x for …]</c> or <c>{k: v for …}</c>.</summary>
public sealed class ComprehensionExpression(Expression body, Expression? value, IReadOnlyList<ComprehensionClause> clauses) : Expression
{
    /// <summary>Element, or key of a dictionary comprehension.</summary>
    public Expression Body => body;

    /// <summary>Value of a dictionary comprehension; null for a list.</summary>
    public Expression? Value => value;

    /// <summary>Clauses in order, the first a <c>for</c>.</summary>
    public IReadOnlyList<ComprehensionClause> Clauses => clauses;

    /// <summary>Its own variables; set by the resolver.</summary>
    internal List<Binding> Variables { get; } = [];
}

/// <summary>How an argument is written.</summary>
public enum ArgumentKind
{
    /// <summary><c>x</c>.</summary>
    Positional,

    /// <summary><c>name = x</c>.</summary>
    Named,

    /// <summary><c>*x</c>.</summary>
    Spread,

    /// <summary><c>**x</c>.</summary>
    KeywordSpread,
}

/// <summary>An argument of a call.</summary>
public sealed class Argument(ArgumentKind kind, string? name, Expression value) : Node
{
    /// <summary>How it is written.</summary>
    public ArgumentKind Kind => kind;

    /// <summary>Name of a named argument.</summary>
    public string? Name => name;

    /// <summary>The value.</summary>
    public Expression Value => value;
}

/// <summary><c>f(…)</c>.</summary>
public sealed class CallExpression(Expression callee, IReadOnlyList<Argument> arguments) : Expression
{
    /// <summary>What is called.</summary>
    public Expression Callee => callee;

    /// <summary>Arguments in the order written.</summary>
    public IReadOnlyList<Argument> Arguments => arguments;

    /// <summary>Position of the opening parenthesis.</summary>
    public TextPosition Parenthesis { get; init; }
}

/// <summary><c>x.name</c>.</summary>
public sealed class DotExpression(Expression operand, string name) : Expression
{
    /// <summary>The object.</summary>
    public Expression Operand => operand;

    /// <summary>The attribute.</summary>
    public string Name => name;

    /// <summary>Position of the name.</summary>
    public TextPosition NamePosition { get; init; }
}

/// <summary><c>x[key]</c>.</summary>
public sealed class IndexExpression(Expression operand, Expression key) : Expression
{
    /// <summary>The container.</summary>
    public Expression Operand => operand;

    /// <summary>The key.</summary>
    public Expression Key => key;
}

/// <summary><c>x[a:b:c]</c>.</summary>
public sealed class SliceExpression(Expression operand, Expression? from, Expression? to, Expression? step) : Expression
{
    /// <summary>The sequence.</summary>
    public Expression Operand => operand;

    /// <summary>First position, if written.</summary>
    public Expression? From => from;

    /// <summary>End, if written.</summary>
    public Expression? To => to;

    /// <summary>Step, if written.</summary>
    public Expression? Step => step;
}

/// <summary><c>-x</c>, <c>+x</c>, <c>~x</c>, <c>not x</c>.</summary>
public sealed class UnaryExpression(string operation, Expression operand) : Expression
{
    /// <summary>The operator.</summary>
    public string Operation => operation;

    /// <summary>The operand.</summary>
    public Expression Operand => operand;
}

/// <summary>A binary operator, <c>and</c>, <c>or</c> and <c>not in</c> included.</summary>
public sealed class BinaryExpression(string operation, Expression left, Expression right) : Expression
{
    /// <summary>The operator.</summary>
    public string Operation => operation;

    /// <summary>Left operand.</summary>
    public Expression Left => left;

    /// <summary>Right operand.</summary>
    public Expression Right => right;

    /// <summary>Position of the operator.</summary>
    public TextPosition OperatorPosition { get; init; }
}

/// <summary><c>a if c else b</c>.</summary>
public sealed class ConditionalExpression(Expression condition, Expression whenTrue, Expression whenFalse) : Expression
{
    /// <summary>Condition.</summary>
    public Expression Condition => condition;

    /// <summary>Value when it holds.</summary>
    public Expression WhenTrue => whenTrue;

    /// <summary>Value otherwise.</summary>
    public Expression WhenFalse => whenFalse;
}

/// <summary>How a parameter of a function is written.</summary>
public enum ParameterForm
{
    /// <summary><c>x</c> or <c>x = d</c>.</summary>
    Plain,

    /// <summary><c>*args</c>, or <c>*</c> alone with an empty name.</summary>
    Variadic,

    /// <summary>A parameter behind <c>*</c>.</summary>
    KeywordOnly,

    /// <summary><c>**kwargs</c>.</summary>
    KeywordVariadic,
}

/// <summary>A parameter of a function.</summary>
public sealed class ParameterSyntax(ParameterForm form, string name, Expression? @default) : Node
{
    /// <summary>How it is written.</summary>
    public ParameterForm Form => form;

    /// <summary>Its name; empty for a lone <c>*</c>.</summary>
    public string Name => name;

    /// <summary>Its default, if any.</summary>
    public Expression? Default => @default;

    /// <summary>Its variable; set by the resolver, null for a lone <c>*</c>.</summary>
    public Binding? Binding { get; internal set; }
}

/// <summary>A function: parameters and body of a <c>def</c> or a lambda.</summary>
public sealed class FunctionSyntax(string name, IReadOnlyList<ParameterSyntax> parameters, IReadOnlyList<Statement> body) : Node
{
    /// <summary>Its name; <c>lambda</c> for a lambda.</summary>
    public string Name => name;

    /// <summary>Parameters in order.</summary>
    public IReadOnlyList<ParameterSyntax> Parameters => parameters;

    /// <summary>Statements; a lambda has one return statement.</summary>
    public IReadOnlyList<Statement> Body => body;

    /// <summary>Number of variables of a frame; set by the resolver.</summary>
    internal int LocalCount { get; set; }

    /// <summary>Variables that nested functions share; set by the resolver.</summary>
    internal List<Binding> Cells { get; } = [];

    /// <summary>Variables of enclosing functions that it uses, as the directly enclosing function sees them; set by the resolver.</summary>
    internal List<Binding> Captured { get; } = [];
}

/// <summary><c>lambda x: …</c>.</summary>
public sealed class LambdaExpression(FunctionSyntax function) : Expression
{
    /// <summary>The function.</summary>
    public FunctionSyntax Function => function;
}

/// <summary>A statement.</summary>
public abstract class Statement : Node;

/// <summary>An expression evaluated for its effect.</summary>
public sealed class ExpressionStatement(Expression expression) : Statement
{
    /// <summary>The expression.</summary>
    public Expression Expression => expression;
}

/// <summary><c>target = value</c> or <c>target op= value</c>.</summary>
public sealed class AssignStatement(Expression target, string? operation, Expression value) : Statement
{
    /// <summary>What is assigned.</summary>
    public Expression Target => target;

    /// <summary>Operator of an augmented assignment without <c>=</c>; null for a plain one.</summary>
    public string? Operation => operation;

    /// <summary>The value.</summary>
    public Expression Value => value;

    /// <summary>Position of the operator.</summary>
    public TextPosition OperatorPosition { get; init; }
}

/// <summary>A condition with what follows from it.</summary>
/// <param name="Condition">Condition; null for <c>else</c>.</param>
/// <param name="Body">Statements.</param>
public sealed record Branch(Expression? Condition, IReadOnlyList<Statement> Body);

/// <summary><c>if</c> with its <c>elif</c> and <c>else</c> branches.</summary>
public sealed class IfStatement(IReadOnlyList<Branch> branches) : Statement
{
    /// <summary>Branches in order.</summary>
    public IReadOnlyList<Branch> Branches => branches;
}

/// <summary><c>for target in iterable:</c>.</summary>
public sealed class ForStatement(Expression target, Expression iterable, IReadOnlyList<Statement> body) : Statement
{
    /// <summary>Loop variables.</summary>
    public Expression Target => target;

    /// <summary>What is iterated.</summary>
    public Expression Iterable => iterable;

    /// <summary>Statements.</summary>
    public IReadOnlyList<Statement> Body => body;
}

/// <summary><c>while condition:</c>.</summary>
public sealed class WhileStatement(Expression condition, IReadOnlyList<Statement> body) : Statement
{
    /// <summary>Condition.</summary>
    public Expression Condition => condition;

    /// <summary>Statements.</summary>
    public IReadOnlyList<Statement> Body => body;
}

/// <summary><c>def name(…):</c>.</summary>
public sealed class DefStatement(NameExpression name, FunctionSyntax function) : Statement
{
    /// <summary>The name that is bound.</summary>
    public NameExpression Name => name;

    /// <summary>The function.</summary>
    public FunctionSyntax Function => function;
}

/// <summary><c>return x</c>.</summary>
public sealed class ReturnStatement(Expression? value) : Statement
{
    /// <summary>The value, if written.</summary>
    public Expression? Value => value;
}

/// <summary>Which jump a statement makes.</summary>
public enum JumpKind
{
    /// <summary><c>break</c>.</summary>
    Break,

    /// <summary><c>continue</c>.</summary>
    Continue,

    /// <summary><c>pass</c>.</summary>
    Pass,
}

/// <summary><c>break</c>, <c>continue</c> or <c>pass</c>.</summary>
public sealed class JumpStatement(JumpKind kind) : Statement
{
    /// <summary>Which.</summary>
    public JumpKind Kind => kind;
}

/// <summary>One name of a load statement.</summary>
/// <param name="Local">Name in this file.</param>
/// <param name="Exported">Name in the loaded module.</param>
public sealed record LoadedName(NameExpression Local, string Exported);

/// <summary><c>load("module", "name", local = "exported")</c>.</summary>
public sealed class LoadStatement(string module, IReadOnlyList<LoadedName> names) : Statement
{
    /// <summary>The module string.</summary>
    public string Module => module;

    /// <summary>Names in order.</summary>
    public IReadOnlyList<LoadedName> Names => names;
}

/// <summary>A parsed and resolved file.</summary>
public sealed class SyntaxTree(string file, FunctionSyntax toplevel)
{
    /// <summary>Source name.</summary>
    public string File => file;

    /// <summary>The module's own code as a function without parameters.</summary>
    public FunctionSyntax Toplevel => toplevel;

    /// <summary>Top-level statements.</summary>
    public IReadOnlyList<Statement> Statements => toplevel.Body;

    /// <summary>Position of a node in this file.</summary>
    public SourcePosition PositionOf(Node node) => new(file, node.Start.Line, node.Start.Column);
}

/// <summary>Where the variable of a name lives.</summary>
public enum BindingKind
{
    /// <summary>A slot of the frame.</summary>
    Local,

    /// <summary>A slot of the frame that nested functions share.</summary>
    Cell,

    /// <summary>A variable of an enclosing function.</summary>
    Free,

    /// <summary>A name bound by load, visible in this file only.</summary>
    FileLocal,

    /// <summary>A global of the module.</summary>
    Global,

    /// <summary>A name of the embedder.</summary>
    Predeclared,

    /// <summary>A name of the language.</summary>
    Universal,
}

/// <summary>A variable or constant that names refer to. Two names refer to the same variable when their bindings are one object.</summary>
public sealed class Binding(BindingKind kind, string name, int index, TextPosition first)
{
    /// <summary>Where it lives.</summary>
    public BindingKind Kind { get; internal set; } = kind;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Slot, position among captured variables, or position among the globals.</summary>
    public int Index => index;

    /// <summary>First place that binds it.</summary>
    public TextPosition First => first;

    /// <summary>The variable of the enclosing function that a free variable stands for.</summary>
    public Binding? Outer { get; init; }

    /// <summary>Value of a predeclared or universal name.</summary>
    public Value Constant { get; init; }
}
