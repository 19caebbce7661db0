namespace Faultbox.Reporting.Bundle;

/// <summary>What a bundle may cost its reader.</summary>
public sealed record ReadLimits
{
    /// <summary>Limits that every honest bundle keeps.</summary>
    public static ReadLimits Default { get; } = new();

    /// <summary>Bytes after decompression, all entries together.</summary>
    public long ExpandedBytes { get; init; } = 4L << 30;

    /// <summary>Number of entries.</summary>
    public int Entries { get; init; } = 100_000;

    /// <summary>Expanded bytes per compressed byte within one entry.</summary>
    public int Expansion { get; init; } = 1_000;

    /// <summary>Expanded bytes of an entry before <see cref="Expansion"/> is judged.</summary>
    public long ExpansionGrace { get; init; } = 10L << 20;

    /// <summary>Bytes of an entry that is read into memory, such as the manifest.</summary>
    public int DocumentBytes { get; init; } = 32 << 20;
}
