using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>Reads the containers and positions of the language into plain types.</summary>
internal static class ValueReading
{
    /// <summary>Items of a list or tuple.</summary>
    public static bool TryGetItems(this Value value, out IReadOnlyList<Value> items)
    {
        if (value.Is<StarlarkList>(out var list))
        {
            items = [.. list];
            return true;
        }

        if (value.Is<StarlarkTuple>(out var tuple))
        {
            items = [.. tuple];
            return true;
        }

        items = [];
        return false;
    }

    /// <summary>Entries of a dictionary, in insertion order.</summary>
    public static bool TryGetEntries(this Value value, out IReadOnlyList<KeyValuePair<Value, Value>> entries)
    {
        entries = value.Is<StarlarkDict>(out var dict) ? [.. dict.Entries] : [];
        return dict is not null;
    }

    /// <summary>The position in the form the engine uses.</summary>
    public static Core.SourcePosition ToCore(this SourcePosition position) => new(position.File, position.Line, position.Column);

    /// <summary>The frames of an error in the form the engine uses, outermost first.</summary>
    public static IReadOnlyList<Core.SourceFrame> ToCore(this IReadOnlyList<StackFrame> frames) =>
        [.. frames.Select(f => new Core.SourceFrame(new Core.SourcePosition(f.File, f.Line, f.Column), f.Name))];
}
