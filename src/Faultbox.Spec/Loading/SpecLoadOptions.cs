namespace Faultbox.Spec.Loading;

/// <summary>What to load and how.</summary>
/// <param name="Path">Root specification as the user typed it.</param>
public sealed record SpecLoadOptions(string Path)
{
    /// <summary>Reads an environment variable; by default that of this process.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Gets every line that the specification prints while it loads; the lines are kept in the model as well.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>Ends loading.</summary>
    public CancellationToken Cancellation { get; init; }
}
