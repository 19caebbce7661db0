namespace Faultbox.Cli.Doctor;

/// <summary>What a look at the host found.</summary>
internal enum HostStatus
{
    /// <summary>Everything is there.</summary>
    Ok,

    /// <summary>Something works less well than it could.</summary>
    Limited,

    /// <summary>A feature cannot work.</summary>
    Missing,
}

/// <summary>One capability of the host.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Tier">Lowest privilege tier that needs it: T0 to T4.</param>
/// <param name="Status">What was found.</param>
/// <param name="Found">The evidence.</param>
internal sealed record HostCheck(string Name, string Tier, HostStatus Status, string Found)
{
    /// <summary>The feature that does not work, or works less well.</summary>
    public string? Blocks { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Fix { get; init; }

    /// <summary>The check, with its consequence, when something is not as it should be.</summary>
    public static HostCheck Of(string name, string tier, HostStatus status, string found, string blocks, string fix) =>
        status == HostStatus.Ok ? new(name, tier, status, found) : new(name, tier, status, found) { Blocks = blocks, Fix = fix };
}

/// <summary>A group of features by what it needs from the host.</summary>
/// <param name="Name">T0 to T4.</param>
/// <param name="Meaning">The features.</param>
internal sealed record PrivilegeTier(string Name, string Meaning)
{
    /// <summary>All tiers, lowest first.</summary>
    public static IReadOnlyList<PrivilegeTier> All { get; } =
    [
        new("T0", "protocol faults and mocks"),
        new("T1", "system-call faults"),
        new("T2", "containers"),
        new("T3", "packets"),
        new("T4", "parallel workers"),
    ];
}
