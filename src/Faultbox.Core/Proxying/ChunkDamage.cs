namespace Faultbox.Core.Proxying;

/// <summary>A way to damage chunked coding.</summary>
public enum ChunkDamage
{
    /// <summary>The size of a chunk is no number.</summary>
    Size,

    /// <summary>The data of a chunk is not followed by a line end.</summary>
    LineEnd,

    /// <summary>The last chunk is missing.</summary>
    NoLast,

    /// <summary>The last chunk comes before the end of the body: the client cannot tell.</summary>
    EarlyLast,

    /// <summary>A chunk announces far more data than follows.</summary>
    Huge,
}

/// <summary>Ways to damage chunked coding as specifications write them.</summary>
public static class ChunkDamageNames
{
    private static readonly string[] Names = ["size", "crlf", "no_last", "early_last", "huge"];

    /// <summary>All names, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Name of a way.</summary>
    public static string Of(ChunkDamage kind) => Names[(int)kind];

    /// <summary>The way with a name; null when there is none.</summary>
    public static ChunkDamage? Parse(string name) => Array.IndexOf(Names, name) is >= 0 and var index ? (ChunkDamage)index : null;
}
