using System.Globalization;

namespace Faultbox.Spec.Loading;

/// <summary>Numbers names that occur more than once: <c>lambda</c>, <c>lambda_2</c>, …</summary>
internal static class UniqueNames
{
    /// <summary>The name itself when it is free, else the first numbered one that is.</summary>
    public static string Number(string name, Func<string, bool> isTaken)
    {
        var numbered = name;
        for (var number = 2; isTaken(numbered); number++)
        {
            numbered = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
        }

        return numbered;
    }
}
