namespace Starlark; internal static class SetMethods { public static MethodTable Table => MethodTable.Empty; }
