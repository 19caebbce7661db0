namespace Starlark;

/// <summary>The methods of bytes.</summary>
internal static class BytesMethods
{
    public static MethodTable Table { get; } = new(
    [
        Method.Of("elems", "", (_, s, _) => Value.Of(new StarlarkList(((StarlarkBytes)s.Ref!).Bytes.ToArray().Select(b => Value.Of((long)b))))),
    ]);
}
