namespace Starlark.Execution;

/// <summary>
/// The names of keyword arguments as keys of the dictionary that <c>**kwargs</c> receives. A few are remembered, so that the calls of a loop share
/// one string with one hash; threads that race replace each other's, which does no harm.
/// </summary>
internal static class KeywordNames
{
    private const int Remembered = 256;

    private static readonly StarlarkString?[] Recent = new StarlarkString?[Remembered];

    public static StarlarkString Of(string name)
    {
        if (name.Length == 0)
        {
            return StarlarkString.Empty;
        }

        ref var recent = ref Recent[((name[0] * 31) + (name[^1] * 7) + name.Length) % Remembered];
        if (recent is { } known && string.Equals(known.Text, name))
        {
            return known;
        }

        return recent = StarlarkString.Of(name);
    }
}
