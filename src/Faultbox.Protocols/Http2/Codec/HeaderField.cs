using System.Text;

namespace Faultbox.Protocols.Http2.Codec;

/// <summary>A header field as bytes.</summary>
/// <param name="Name">Name in lower case, pseudo-header fields with their colon.</param>
/// <param name="Value">Value.</param>
/// <param name="IsSensitive">True when no hop may put it into a table.</param>
internal readonly record struct HeaderField(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value, bool IsSensitive = false)
{
    /// <summary>What a table accounts for an entry beyond its text (RFC 7541 section 4.1).</summary>
    private const int Overhead = 32;

    /// <summary>Makes a field from text.</summary>
    public HeaderField(string name, string value)
        : this(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value))
    {
    }

    /// <summary>Size in a table.</summary>
    public int Size => Name.Length + Value.Length + Overhead;

    /// <summary>Value as text.</summary>
    public string Text => Encoding.Latin1.GetString(Value.Span);

    /// <summary>True when the field has the given name.</summary>
    public bool Is(ReadOnlySpan<byte> name) => Name.Span.SequenceEqual(name);

    /// <summary>The same field in memory of its own.</summary>
    public HeaderField Copy() => this with { Name = Name.ToArray(), Value = Value.ToArray() };
}
