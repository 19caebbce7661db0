using Starlark.Execution;

namespace Starlark;

/// <summary>The methods of bytes.</summary>
internal static class BytesMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("elems", "", (_, s, _) => Elements((StarlarkBytes)s.Ref!)),
    ]);

    private static Value Elements(StarlarkBytes bytes)
    {
        Room.ForItems(bytes.Count);
        var items = new Value[bytes.Count];
        for (var i = 0; i < items.Length; i++)
        {
            RunningThread.Step();
            items[i] = Value.Of((long)bytes.Bytes[i]);
        }

        return Value.Of(new StarlarkList(items, items.Length));
    }
}
