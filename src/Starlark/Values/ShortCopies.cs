namespace Starlark;

/// <summary>
/// Copies of values. The runtime's own copy of anything that holds references is made for long runs and costs a call into the collector; most
/// copies a script asks for are of a few values.
/// </summary>
internal static class ShortCopies
{
    private const int Short = 8;

    /// <summary>A new array of the values.</summary>
    public static Value[] Copy(this ReadOnlySpan<Value> values)
    {
        if (values.Length > Short)
        {
            return values.ToArray();
        }

        if (values.IsEmpty)
        {
            return [];
        }

        var copy = new Value[values.Length];
        for (var i = 0; i < copy.Length; i++)
        {
            copy[i] = values[i];
        }

        return copy;
    }

    /// <summary>Copies the values to the start of other places.</summary>
    public static void CopyInto(this ReadOnlySpan<Value> values, Span<Value> places)
    {
        if (values.Length > Short)
        {
            values.CopyTo(places);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            places[i] = values[i];
        }
    }

    /// <summary>Makes all places unset.</summary>
    public static void Unset(this Span<Value> places)
    {
        if (places.Length > Short)
        {
            places.Clear();
            return;
        }

        for (var i = 0; i < places.Length; i++)
        {
            places[i] = default;
        }
    }
}
