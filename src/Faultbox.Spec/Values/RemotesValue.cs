namespace Faultbox.Spec.Values;

/// <summary>The value of <c>remotes()</c>.</summary>
/// <param name="endpoints"><c>host</c> or <c>host:port</c> by interface, in the order written.</param>
internal sealed class RemotesValue(IReadOnlyList<KeyValuePair<string, string>> endpoints) : SpecValue
{
    /// <summary><c>host</c> or <c>host:port</c> by interface, in the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Endpoints => endpoints;

    /// <inheritdoc/>
    public override string TypeName => "remotes";

    /// <inheritdoc/>
    protected override string Description => $"remotes {string.Join(", ", endpoints.Select(e => $"{e.Key}={e.Value}"))}";
}
