using System.Numerics;
using System.Runtime.CompilerServices;

namespace Starlark;

/// <summary>
/// A Starlark value. Booleans, floats and integers of 64 bits live in the struct itself; everything else is a <see cref="StarlarkObject"/>.
/// <c>default(Value)</c> is no value at all: the mark of a variable that was not assigned yet.
/// </summary>
public readonly struct Value : IEquatable<Value>
{
    internal readonly object? Ref;
    internal readonly long Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Value(object? reference, long bits)
    {
        Ref = reference;
        Bits = bits;
    }

    /// <summary>The value <c>None</c>.</summary>
    public static Value None => new(Inline.None, 0);

    /// <summary>The value <c>True</c>.</summary>
    public static Value True => new(Inline.Bool, 1);

    /// <summary>The value <c>False</c>.</summary>
    public static Value False => new(Inline.Bool, 0);

    /// <summary>True for <c>default(Value)</c>.</summary>
    public bool IsUnset => Ref is null;

    /// <summary>True for <c>None</c>.</summary>
    public bool IsNone => ReferenceEquals(Ref, Inline.None);

    /// <summary>The heap object behind the value, or null.</summary>
    public StarlarkObject? Object => Ref is string ? null : Unsafe.As<StarlarkObject?>(Ref);

    /// <summary>Name of the type, as <c>type(x)</c> gives it.</summary>
    public string TypeName => Ref switch
    {
        string type => type,
        StarlarkObject o => o.TypeName,
        _ => "unset",
    };

    /// <summary>Truth of the value.</summary>
    public bool Truth => Object is { } o ? o.Truth : IsFloat ? AsDouble != 0.0 : Bits != 0;

    internal bool IsInt => ReferenceEquals(Ref, Inline.Int);

    internal bool IsFloat => ReferenceEquals(Ref, Inline.Float);

    internal bool IsBool => ReferenceEquals(Ref, Inline.Bool);

    internal double AsDouble => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>An integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Value Of(long value) => new(Inline.Int, value);

    /// <summary>An integer.</summary>
    public static Value Of(int value) => new(Inline.Int, value);

    /// <summary>An integer of any size.</summary>
    public static Value Of(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? Of((long)value) : Of(StarlarkBigInt.Of(value));

    /// <summary>A float.</summary>
    public static Value Of(double value) => new(Inline.Float, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A bool.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Value Of(bool value) => new(Inline.Bool, value ? 1 : 0);

    /// <summary>A string.</summary>
    public static Value Of(string value) => new(StarlarkString.Of(value), 0);

    /// <summary>A heap object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Value Of(StarlarkObject value) => new(value, 0);

    /// <summary>Reads an integer that fits 64 bits.</summary>
    public bool TryGetInt64(out long value)
    {
        value = Bits;
        return IsInt;
    }

    /// <summary>Reads an integer of any size.</summary>
    public bool TryGetInt(out BigInteger value)
    {
        value = IsInt ? Bits : Ref is StarlarkBigInt big ? big.Number : default;
        return IsInt || Ref is StarlarkBigInt;
    }

    /// <summary>Reads an integer or float as a float.</summary>
    public bool TryGetDouble(out double value)
    {
        value = IsFloat ? AsDouble : IsInt ? Bits : Ref is StarlarkBigInt big ? (double)big.Number : 0.0;
        return IsFloat || IsInt || Ref is StarlarkBigInt;
    }

    /// <summary>Reads a bool.</summary>
    public bool TryGetBool(out bool value)
    {
        value = Bits != 0;
        return IsBool;
    }

    /// <summary>Reads a string.</summary>
    public bool TryGetString(out string value)
    {
        var text = Ref as StarlarkString;
        value = text?.Text ?? "";
        return text is not null;
    }

    /// <summary>Reads a heap object of a type.</summary>
    public bool Is<T>([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
        where T : StarlarkObject
    {
        value = Ref as T;
        return value is not null;
    }

    /// <summary>Starlark equality: ints and floats compare by number, other types never equal each other.</summary>
    /// <exception cref="EvalException">The values are nested too deeply to compare.</exception>
    public static bool Equals(Value a, Value b) => Equality.AreEqual(a, b, 0);

    /// <summary>Starlark order.</summary>
    /// <exception cref="EvalException">The types have no order between them.</exception>
    public int CompareTo(Value other, string operation = "<") => Ordering.Compare(this, other, operation, 0);

    /// <summary>Hash for use as a dictionary key.</summary>
    /// <exception cref="EvalException">The type is not hashable.</exception>
    public int GetStarlarkHash() => Equality.Hash(this);

    /// <inheritdoc/>
    public bool Equals(Value other) => Equality.AreEqual(this, other, 0);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Equality.TryHash(this, out var hash) ? hash : RuntimeHelpers.GetHashCode(Ref);

    /// <summary>Text as <c>str(x)</c> gives it.</summary>
    public override string ToString() => Ref is StarlarkString text ? text.Text : Repr();

    /// <summary>Text as <c>repr(x)</c> gives it.</summary>
    public string Repr()
    {
        var writer = new ReprWriter();
        writer.Write(this);
        return writer.ToString();
    }

    /// <summary>
    /// Marks of the kinds of value that need no heap object: the names of their types. They are literals because the runtime keeps literals
    /// outside the collected heap, so that storing a mark costs no write barrier and collecting garbage does not follow it.
    /// </summary>
    private static class Inline
    {
        public const string None = "NoneType";
        public const string Bool = "bool";
        public const string Int = "int";
        public const string Float = "float";
    }
}
