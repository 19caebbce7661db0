namespace Starlark; internal static class ListMethods { public static MethodTable Table => MethodTable.Empty; }
