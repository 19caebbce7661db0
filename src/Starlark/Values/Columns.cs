namespace Starlark;

/// <summary>
/// A list of tuples of equal length, column by column: what <c>zip</c>, <c>enumerate</c> and <c>items</c> return to a loop that takes the tuples
/// apart at once, so that none is made.
/// </summary>
/// <param name="Items">Columns, each at least as long as there are rows.</param>
/// <param name="Rows">Number of rows.</param>
internal readonly record struct Columns(Value[][] Items, int Rows);

/// <summary>Another form of a builtin's body, which returns the same elements as <see cref="Columns"/>.</summary>
internal delegate Columns ColumnsBody(Value self, BoundArguments args);
