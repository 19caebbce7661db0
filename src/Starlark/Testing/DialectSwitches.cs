namespace Starlark.Testing;

/// <summary>The words <c>option:name</c> by which a script asks for a dialect.</summary>
internal static class DialectSwitches
{
    private static readonly (string Word, Func<DialectOptions, DialectOptions> Apply)[] Known =
    [
        ("option:set", o => o with { Set = true }),
        ("option:while", o => o with { While = true, TopLevelWhile = o.TopLevelControl }),
        ("option:recursion", o => o with { Recursion = true, While = true, TopLevelWhile = o.TopLevelControl }),
        ("option:globalreassign", o => o with { GlobalReassign = true }),
        ("option:loadbindsglobally", o => o with { LoadBindsGlobally = true }),
        ("option:toplevelcontrol", o => o with { TopLevelControl = true, TopLevelWhile = o.While }),
        ("option:power", o => o with { Power = true }),
    ];

    public static DialectOptions Apply(DialectOptions options, IEnumerable<string> lines)
    {
        foreach (var line in lines.Where(l => l.StartsWith('#')))
        {
            options = Known.Where(k => line.Contains(k.Word, StringComparison.Ordinal)).Aggregate(options, (o, k) => k.Apply(o));
        }

        return options;
    }
}
