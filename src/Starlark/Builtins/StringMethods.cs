namespace Starlark; internal static class StringMethods { public static MethodTable Table => MethodTable.Empty; }
