using System.Buffers;

namespace Faultbox.Core.Topology;

/// <summary>The binary values of specifications: bytes as pairs of hexadecimal digits, with or without spaces.</summary>
public static class HexBytes
{
    /// <summary>Parses a text such as <c>0a1b</c> or <c>0A 1B</c>; false when it is none, or when there are no digits.</summary>
    public static bool TryParse(string text, out byte[] bytes)
    {
        var digits = text.Replace(" ", "", StringComparison.Ordinal);
        bytes = new byte[digits.Length / 2];
        return bytes.Length > 0 && Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done;
    }
}
