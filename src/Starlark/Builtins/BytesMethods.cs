namespace Starlark; internal static class BytesMethods { public static MethodTable Table => MethodTable.Empty; }
