namespace Faultbox.Spec.Files;

/// <summary>A document that is not well formed.</summary>
/// <param name="why">What is wrong.</param>
/// <param name="line">Line, from 1.</param>
/// <param name="column">Column, from 1.</param>
internal sealed class DecodeException(string why, int line, int column) : Exception(why)
{
    /// <summary>Line, from 1.</summary>
    public int Line => line;

    /// <summary>Column, from 1.</summary>
    public int Column => column;
}
