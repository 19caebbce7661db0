namespace Starlark; internal static class DictMethods { public static MethodTable Table => MethodTable.Empty; }
