namespace Faultbox.Protocols.Wire;

/// <summary>What follows a piece of a stream.</summary>
internal enum WireEnd
{
    /// <summary>More of the stream.</summary>
    None,

    /// <summary>The end that the sender made.</summary>
    Fin,

    /// <summary>Both legs close.</summary>
    Close,

    /// <summary>Both legs are reset.</summary>
    Reset,
}

/// <summary>Bytes on their way through a faulted stream.</summary>
/// <param name="Data">The bytes; their owner is the piece.</param>
/// <param name="Due">When they may leave, a timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="End">What follows them.</param>
internal readonly record struct WirePiece(Memory<byte> Data, long Due, WireEnd End = WireEnd.None);
